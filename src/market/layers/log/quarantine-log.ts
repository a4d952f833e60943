import { StormFolder, StormFolders } from "../../../kernel/limits/storm-folder.ts"

/** A broken feed must not fill the disk with log lines. */
const limits = { burst: 1, everyMs: 1000 }

/** Counts quarantined ticks of one feed by reason, and reports each reason at most once a second. */
export const makeQuarantineLog = (
  monotonicMs: () => number,
  report: (reason: string, instrument: string, count: number) => void,
  /** Omit: what waits is reported with the next one. */
  later: (run: () => void, afterMs: number) => void = () => undefined
) => {
  const folders = new StormFolders<string>(
    (reason) =>
      new StormFolder({
        limits,
        nowMs: monotonicMs,
        later,
        report: (instrument, count) => report(reason, instrument === "" ? "?" : instrument, count)
      })
  )
  return (reason: string, instrument: string): void => folders.note(reason, instrument)
}

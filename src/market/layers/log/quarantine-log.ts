import { StormFolder } from "../../../kernel/limits/storm-folder.ts"

/** Called with quarantined ticks, at most once a second for each reason: a broken feed must not fill the disk with log lines. */
export type OnQuarantineLog = (feed: string, reason: string, instrument: string, countSince: number) => void

const limits = { burst: 1, everyMs: 1000 }

/** Counts quarantined ticks of one feed by reason and reports them at that pace. */
export const makeQuarantineLog = (
  feed: string,
  monotonicMs: () => number,
  tell: OnQuarantineLog,
  /** Omit: what waits is reported with the next one. */
  later: (run: () => void, afterMs: number) => void = () => undefined
) => {
  const folders = new Map<string, StormFolder<string>>()
  const folderOf = (reason: string): StormFolder<string> => {
    const folder = new StormFolder<string>({
      limits,
      nowMs: monotonicMs,
      later,
      report: (instrument, count) => tell(feed, reason, instrument === "" ? "?" : instrument, count)
    })
    folders.set(reason, folder)
    return folder
  }
  return (reason: string, instrument: string): void => (folders.get(reason) ?? folderOf(reason)).note(instrument)
}

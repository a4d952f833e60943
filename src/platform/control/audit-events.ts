import { StormFolder, StormFolders } from "../../kernel/limits/storm-folder.ts"
import type { AuditEntry } from "../../protocol/control/command.ts"

/**
 * All audit entries share one subject of 200,000 events. A script that sends twenty commands a second, two entries
 * each, would push out all others within 80 minutes; folded like this, one verb that never ends takes eight days. The
 * audit file has each entry.
 */
const limits = { burst: 1000, regainMs: 4000, everyMs: 1000, mostMs: 8000 }

interface AuditEvent {
  readonly entry: AuditEntry
  readonly hash: string
}

/** Folds audit entries before they are events, by verb and result: an event has the newest entry and its hash. */
export const makeAuditEvents = (options: {
  readonly report: (entry: AuditEntry, hash: string) => void
  readonly monotonicMs: () => number
  readonly later: (run: () => void, afterMs: number) => void
}) => {
  const { later, monotonicMs, report } = options
  const folders = new StormFolders<AuditEvent>(
    () =>
      new StormFolder({
        limits,
        nowMs: monotonicMs,
        later,
        merge: (waiting, next) => ({
          ...next,
          entry: { ...next.entry, folded: (waiting.entry.folded ?? 0) + (next.entry.folded ?? 0) }
        }),
        report: ({ entry, hash }, count) => {
          const folded = (entry.folded ?? 0) + count - 1
          report(folded > 0 ? { ...entry, folded } : entry, hash)
        }
      })
  )
  return {
    note: (entry: AuditEntry, hash: string) => folders.note(`${entry.verb} ${entry.result}`, { entry, hash }),
    /** Reports the entries that wait. */
    flush: () => folders.flush()
  }
}

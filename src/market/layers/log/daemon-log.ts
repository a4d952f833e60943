import { StormFolder } from "../../../kernel/limits/storm-folder.ts"
import { makeLogGate } from "../../../platform/log/log-gate.ts"
import { logRecord } from "../../../platform/log/log-record.ts"
import { later, monotonicMs } from "../../../platform/process/clock.ts"
import type { AuditEntry } from "../../../protocol/control/command.ts"
import type { Config } from "../../config/config.ts"

type Level = Config["logLevel"]
const rank: Record<Level, number> = { DEBUG: 0, INFO: 1, WARNING: 2, ERROR: 3 }

/**
 * The daemon's log: one JSON object a line in the shape of `logRecord`. Written synchronously, so it is no Effect; no
 * line is written per tick. The events of the bus become lines in event-lines.ts.
 */
export class DaemonLog {
  private rank: number
  private readonly account: string
  private readonly accounts: ReadonlyMap<string, string>
  private readonly flushes: Array<() => void> = []
  private readonly gate: ReturnType<typeof makeLogGate>
  private readonly requestLines = new StormFolder<null>({
    limits: { burst: 1, everyMs: 1000 },
    nowMs: monotonicMs,
    later,
    report: (_, count) =>
      this.write("WARNING", `${count} requests were refused because too many came`, {
        event: "requests_refused",
        count
      })
  })

  /** `account`: masked, where a line is about no feed; `accounts`: of each feed; omit where there is one. */
  constructor(options: {
    readonly level: Level
    readonly write: (line: string) => void
    readonly account: string
    readonly accounts?: ReadonlyMap<string, string>
  }) {
    this.rank = rank[options.level]
    this.gate = makeLogGate({ write: options.write, nowMs: monotonicMs, later })
    this.account = options.account
    this.accounts = options.accounts ?? new Map()
  }

  /** From here on lines below this level are not written. */
  beginAt(level: Level): void {
    this.rank = rank[level]
  }

  /** Lines of this level are written. */
  isWritten(level: Level): boolean {
    return rank[level] >= this.rank
  }

  write(level: Level, message: string, fields: Readonly<Record<string, unknown>> & { readonly event: string }): void {
    if (this.isWritten(level)) this.note(Date.now(), level, message, fields)
  }

  /** A line of this level is written. Lines of Effect's logger come here with the time of their fiber. */
  note(atMs: number, level: Level, message: unknown, fields: Readonly<Record<string, unknown>>): void {
    const accountOf = (feed: string) => this.accounts.get(feed) ?? this.account
    this.gate.note(logRecord(atMs, level, message, fields, accountOf))
  }

  /** Calls `flush` with each flush of the log: for lines that are held back to be counted together. */
  flushWith(flush: () => void): void {
    this.flushes.push(flush)
  }

  /** Writes the lines that are held back to be counted together; to be called before the process ends. */
  flush(): void {
    for (const flush of this.flushes) flush()
    this.requestLines.flush()
    this.gate.flush()
  }

  /** A request of the control plane was refused because too many came. */
  requestRefused(): void {
    this.requestLines.note(null)
  }

  audit(entry: AuditEntry): void {
    const { feed } = entry.request
    this.write(entry.result === "refused" ? "WARNING" : "INFO", `${entry.verb} ${entry.result}: ${entry.message}`, {
      event: "command",
      audit_id: entry.id,
      verb: entry.verb,
      request: entry.request,
      ...(typeof feed === "string" ? { feed } : {}),
      by: entry.by
    })
  }
}

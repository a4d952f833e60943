import type { SwitchRecord } from "../../../kernel/feed-switch.ts"
import type { OpenSpan, SpanExport } from "../../../platform/trace/span.ts"
import type { AuditEntry } from "../../../protocol/control/command.ts"

/** Commands whose switch may still end, and commands in progress. */
const keptMost = 1024

/**
 * The spans of a daemon: a command from its entry `accepted` to its last one, and a switch from its request to its end,
 * below the command that asked for it.
 */
export const makeDaemonSpans = (spans: SpanExport) => {
  const commands = new Map<string, OpenSpan>()
  const opened = (entry: AuditEntry, startMs: number): OpenSpan => {
    const span = spans.open({
      name: `command ${entry.verb}`,
      startMs,
      attributes: {
        "tickd.command": entry.verb,
        "tickd.command.id": entry.id,
        "tickd.command.user": entry.by.user ?? "unknown"
      }
    })
    commands.set(entry.id, span)
    const [oldest] = commands.keys()
    if (commands.size > keptMost && oldest !== undefined) commands.delete(oldest)
    return span
  }
  return {
    /** Called with each entry of the audit. */
    command: (entry: AuditEntry) => {
      const atMs = Date.parse(entry.at)
      const span = commands.get(entry.id) ?? opened(entry, atMs)
      if (entry.result === "accepted") return
      span.end(atMs, entry.result === "done" ? undefined : `${entry.code ?? entry.result}: ${entry.message}`)
    },
    switched: (record: SwitchRecord) => {
      const { askedMs, cause, committedMs, endedMs, force, from, gapMs, id, kind, result, to, why } = record
      const span = spans.open({
        name: kind,
        parent: commands.get(id),
        startMs: askedMs,
        attributes: {
          "tickd.switch.from": from,
          "tickd.switch.to": to,
          "tickd.switch.cause": cause,
          "tickd.switch.forced": force,
          "tickd.switch.result": result,
          ...(committedMs === undefined ? {} : { "tickd.switch.latency_ms": committedMs - askedMs }),
          ...(gapMs === undefined ? {} : { "tickd.switch.gap_ms": gapMs })
        }
      })
      span.end(endedMs, result === "committed" ? undefined : (why ?? result))
    }
  }
}

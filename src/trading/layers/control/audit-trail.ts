import { join } from "node:path"
import { Effect, Queue } from "effect"
import { makeAuditFile } from "../../../platform/audit/audit-file.ts"
import { makeAuditEvents } from "../../../platform/control/audit-events.ts"
import { emergenciesOf, makeUnwrittenCommands } from "../../../platform/control/unwritten-commands.ts"
import { later, monotonicMs } from "../../../platform/process/clock.ts"
import type { AuditEntry } from "../../../protocol/control/command.ts"
import { tradingCommands } from "../../../protocol/trading/commands.ts"
import { auditSubject, tradeEventsShape } from "../../../protocol/trading/streams.ts"
import { EventPublisher } from "../../ports/event-publisher.ts"
import { TradeLog } from "../lowest.ts"

/** Events that wait for the broker. The oldest go first: the file has them all. */
const waitingMax = 1000
const againMs = 1000

/**
 * What operators did: the hash-chained file first, then the log, and an event for each entry when the broker takes it.
 * @param post runs work that no request waits for
 */
export const makeAuditTrail = Effect.fnUntraced(function* (options: {
  readonly instance: string
  /** Folder of `audit.jsonl`. */
  readonly folder: string
  readonly post: (work: Effect.Effect<void>) => void
}) {
  const { instance, post } = options
  const [publisher, log] = [yield* EventPublisher, yield* TradeLog]
  const file = makeAuditFile(join(options.folder, "audit.jsonl"))
  const queue = yield* Queue.sliding<{ readonly entry: AuditEntry; readonly hash: string }>(waitingMax)
  const state = { isWritten: true, published: 0 }

  const events = makeAuditEvents({
    report: (entry, hash) => void Queue.offerUnsafe(queue, { entry, hash }),
    monotonicMs,
    later
  })
  const auditLine = (entry: AuditEntry): void => {
    const { by, code, message, result, verb } = entry
    const level = result === "failed" ? "WARNING" : "INFO"
    log.write(level, `${verb} ${result} by ${by.user}: ${message}`, {
      event: "audit",
      verb,
      result,
      code,
      audit_id: entry.id,
      user: by.user,
      reason: entry.reason
    })
  }
  const unwritten = makeUnwrittenCommands({
    audit: file,
    journal: { audit: (entry, hash) => void Queue.offerUnsafe(queue, { entry, hash }) },
    log: { audit: auditLine, write: log.write },
    waiting: {
      failed: (_part, _what, { message }) => {
        if (state.isWritten) log.write("ERROR", message, { event: "audit_unwritable" })
        state.isWritten = false
      },
      worked: () => {
        state.isWritten = true
      }
    },
    stream: tradeEventsShape.name,
    emergencies: emergenciesOf(tradingCommands),
    post
  })

  const publish = Effect.fnUntraced(function* ({ entry, hash }: { readonly entry: AuditEntry; readonly hash: string }) {
    const message = {
      messageId: `audit-${entry.id}-${entry.result}`,
      subject: auditSubject(instance),
      body: JSON.stringify({ version: 1, kind: "audit", instance, entry, hash })
    }
    while ((yield* Effect.result(publisher.publish(message)))._tag === "Failure") yield* Effect.sleep(againMs)
    state.published++
  })

  return {
    append: file.append,
    onEntry: (entry: AuditEntry, hash: string): void => {
      events.note(entry, hash)
      auditLine(entry)
      state.isWritten = true
    },
    onUnwritten: unwritten.note,
    later,
    /** Publishes what was noted, for ever. */
    run: Effect.forever(Effect.flatMap(Queue.take(queue), publish)),
    flush: Effect.sync(() => events.flush()),
    state: state as Readonly<typeof state>
  }
})

import { Deferred, Effect, Option, type Scope } from "effect"
import { connectNats } from "../adapters/nats/connect.ts"
import { renderTick, type TailOptions } from "../cli/tail.ts"
import type { TickMessage } from "../protocol/tick-schema.ts"
import { questionConnection } from "./status-query.ts"

/** `tickd tail`: prints live ticks until interrupted, or `--count` of them. Prints by the socket's chunk, not by the tick. */
export const runTail = (options: TailOptions): Effect.Effect<void, unknown> =>
  Effect.scoped(
    Effect.gen(function* (): Effect.fn.Return<void, unknown, Scope.Scope> {
      const connection = yield* Effect.acquireRelease(
        connectNats({ ...questionConnection(options.server, process.env), reconnect: false }),
        (open) => Effect.promise(() => open.close())
      )
      const most = Option.getOrElse(options.count, () => Number.POSITIVE_INFINITY)
      const enough = yield* Deferred.make<void>()
      let shown = 0
      connection.subscribe(options.subject, {
        callback: (error, message) => {
          if (error !== null || shown >= most) return
          shown++
          const text = message.string()
          process.stdout.write(options.json ? `${text}\n` : `${lineOf(message.subject, text)}\n`)
          if (shown >= most) Deferred.doneUnsafe(enough, Effect.void)
        }
      })
      yield* Effect.raceFirst(
        Deferred.await(enough),
        Effect.promise(() => connection.closed())
      )
    })
  )

/** A message that is no tick is shown as it is: tail is for looking at what is there. */
const lineOf = (subject: string, text: string): string => {
  try {
    const tick = JSON.parse(text) as Partial<TickMessage>
    if (typeof tick.symbol === "string" && typeof tick.ts === "number")
      return renderTick(tick as TickMessage, Date.now())
  } catch {
    // shown as it is
  }
  return `${subject} ${text}`
}

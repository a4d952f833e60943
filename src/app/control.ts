import { Effect, Schedule } from "effect"
import { connectNats } from "../adapters/nats/connect.ts"
import { controlSubject, type StatusMessage } from "../protocol/status.ts"
import type { Broker } from "./broker.ts"
import type { Config } from "./config.ts"

const encoder = new TextEncoder()

const retrySchedule = Schedule.min([Schedule.exponential("200 millis", 2), Schedule.spaced("5 seconds")]).pipe(
  Schedule.jittered
)

/**
 * Answers `md.ctl.<instance>.status` over a connection of its own that reconnects by itself: an operator's question must
 * not wait behind ticks, nor the daemon's start behind a broker that is away.
 */
export const runControl = Effect.fnUntraced(function* (options: {
  readonly config: Config
  readonly broker: Broker
  readonly status: () => StatusMessage
  readonly ready: Effect.Effect<void>
}) {
  const { config, broker, status } = options
  yield* options.ready
  const connection = yield* Effect.acquireRelease(
    connectNats({
      url: broker.url(),
      name: `tickd ${config.instance} control`,
      ...(config.nats.user === undefined ? {} : { user: config.nats.user }),
      ...(config.nats.password === undefined ? {} : { pass: config.nats.password.reveal() })
    }).pipe(Effect.retry({ while: (error) => error.retryable, schedule: retrySchedule })),
    (open) => Effect.promise(() => open.close())
  )
  connection.subscribe(controlSubject(config.instance, "status"), {
    callback: (error, message) => {
      if (error === null) message.respond(encoder.encode(JSON.stringify(status())))
    }
  })
  const closed = yield* Effect.promise(() => connection.closed())
  if (closed instanceof Error) return yield* Effect.fail(closed)
})

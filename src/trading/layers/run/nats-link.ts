import type { NatsConnection } from "@nats-io/transport-node"
import { Context, Effect, Layer, Random } from "effect"
import type { Body } from "../../../../actors/runtime/tree.ts"
import { backoffMs } from "../../../../machines/backoff.ts"
import { errorText } from "../../../kernel/error-text.ts"
import { connectNats } from "../../../platform/nats/connect.ts"
import { connectionOf } from "../../../platform/nats/nats-settings.ts"
import { TradeLog } from "../lowest.ts"
import { TradeOptions } from "./trade-options.ts"

const pauses = { baseMs: 200, capMs: 5000 }
const closeMs = 1000

/** The connection of this daemon to NATS: opened again for ever, each time with the credentials as they are then. */
export class NatsLink extends Context.Service<
  NatsLink,
  {
    /** Undefined while there is none. It may be reconnecting: `isUp` says so. */
    readonly connection: () => NatsConnection | undefined
    readonly isUp: () => boolean
    /** Why there is no connection, in one sentence; empty when it is up. */
    readonly problem: () => string
    readonly body: Body
  }
>()("tickd/trading/NatsLink") {}

export const natsLinkLayer = Layer.effect(
  NatsLink,
  Effect.gen(function* () {
    const { broker, config, isStopping } = yield* TradeOptions
    const log = yield* TradeLog
    const seed = yield* Random.nextInt
    let current: NatsConnection | undefined
    let isUp = false
    let problem = "NATS is not connected yet"
    const down = (why: string) => {
      if (isUp && !isStopping())
        log.write("ERROR", `NATS is lost, so entries are refused: ${why}`, { event: "nats_lost" })
      isUp = false
      problem = why
    }
    const up = () => {
      if (!isUp) log.write("INFO", `NATS is connected: ${broker.url()}`, { event: "nats_connected" })
      isUp = true
      problem = ""
    }

    /** One connection, from its opening to its end. */
    const connection = Effect.scoped(
      Effect.gen(function* () {
        if (broker.whenUp !== undefined) yield* broker.whenUp
        const options = connectionOf(config.nats, {
          url: broker.url(),
          name: `tickd ${config.settings.instance} trade`
        })
        const open = yield* Effect.acquireRelease(connectNats(options), (nats) =>
          Effect.gen(function* () {
            current = undefined
            down("the connection was closed")
            yield* Effect.promise(() => nats.close().catch(() => undefined)).pipe(
              Effect.timeout(closeMs),
              Effect.ignore
            )
          })
        )
        current = open
        up()
        yield* Effect.forkScoped(
          Effect.promise(async () => {
            for await (const { type } of open.status()) {
              if (type === "disconnect") down("the server does not answer")
              else if (type === "reconnect") up()
            }
          })
        )
        const error = yield* Effect.promise(() => open.closed())
        if (error) problem = errorText(error)
      })
    )

    const body: Body = (ready) =>
      Effect.gen(function* () {
        // Ready at once: without NATS the gate is closed, and the rest of the daemon works.
        yield* ready
        for (let failures = 0; ; ) {
          const result = yield* Effect.result(connection)
          if (result._tag === "Success") failures = 0
          else {
            if (failures++ === 0) {
              log.write("WARNING", `NATS is not connected: ${result.failure.message}`, { event: "nats_unreachable" })
            }
            problem = result.failure.message
          }
          yield* Effect.sleep(backoffMs(pauses, Math.max(1, failures), seed))
        }
      })
    return { connection: () => current, isUp: () => isUp, problem: () => problem, body }
  })
)

import { Effect, Option } from "effect"
import { closeConnection } from "../client/connection.ts"
import { readConsumers } from "../client/consumer-registry.ts"
import { connectNats } from "../platform/nats/connect.ts"
import { type ConsumersReply, judgeConsumer } from "../protocol/market/consumers.ts"
import { readerConnection } from "./ask/status-query.ts"
import type { ConsumersQuery } from "./consumers.ts"

/** Between the two looks that tell whether a backlog grows. */
const watchMs = 1000

/** `tickd consumers`: a second look only when somebody is behind. */
export const askConsumers = (query: ConsumersQuery) =>
  Effect.scoped(
    Effect.gen(function* () {
      const connection = yield* Effect.acquireRelease(
        connectNats({ ...readerConnection(query.server, process.env), reconnect: false }),
        closeConnection
      )
      const stream = Option.getOrElse(query.stream, () => process.env["TICK_STREAM"] ?? "MD_TICKS")
      const first = yield* readConsumers(connection, stream)
      const anyBehind = first.durables.some(({ backlog }) => backlog > 0)
      const now = anyBehind ? yield* Effect.andThen(Effect.sleep(watchMs), readConsumers(connection, stream)) : first
      const earlier = new Map(first.durables.map((facts) => [facts.name, facts]))
      const nowMs = Date.now()
      const consumers = now.durables.map((facts) => judgeConsumer(facts, nowMs, earlier.get(facts.name)))
      return { stream, consumers, temporary: now.temporary } satisfies ConsumersReply
    })
  )

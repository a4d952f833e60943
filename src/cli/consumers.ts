import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { readConsumers } from "../client/consumer-registry.ts"
import { type ConsumerMessage, type ConsumersReply, judgeConsumer } from "../protocol/market/consumers.ts"
import { DaemonClient } from "./daemon-client.ts"
import { Invocation, present } from "./invocation.ts"
import { jsonFlag, serverFlag } from "./terminal/flags.ts"
import { aligned, count, folded, paintOf } from "./terminal/layout.ts"
import { noTerminal, type Screen } from "./terminal/screen.ts"

/** Pause between two readings, milliseconds: their difference shows whether a backlog grows. */
const watchMs = 1000

/** `3 s ago`, `2 min ago`, `5 h ago`. */
const ago = (atMs: number | null, nowMs: number): string => {
  if (atMs === null) return "never"
  const seconds = Math.max(0, Math.round((nowMs - atMs) / 1000))
  if (seconds < 120) return `${seconds} s ago`
  return seconds < 7200 ? `${Math.round(seconds / 60)} min ago` : `${Math.round(seconds / 3600)} h ago`
}

const lastActivity = ({ last_ack_ms, last_delivery_ms }: ConsumerMessage): number | null =>
  last_ack_ms === null && last_delivery_ms === null ? null : Math.max(last_ack_ms ?? 0, last_delivery_ms ?? 0)

const headings = ["CONSUMER", "STATE", "BACKLOG", "ACK PENDING", "REDELIVERED", "LAST ACTIVITY"]

/** One line per durable consumer. Below it: why it is stuck, else its filter. */
export const renderConsumers = (reply: ConsumersReply, nowMs: number, screen: Screen = noTerminal): string => {
  const paint = paintOf(screen)
  const temporary = `${reply.temporary} temporary ${reply.temporary === 1 ? "reader" : "readers"} beside`
  if (reply.consumers.length === 0) return `No durable consumer reads ${reply.stream}; ${temporary}.`
  const rows = reply.consumers.map((consumer) => [
    consumer.name,
    consumer.reason === null ? consumer.state.toUpperCase() : paint.bad(consumer.state.toUpperCase()),
    count(consumer.backlog),
    count(consumer.ack_pending),
    count(consumer.redelivered),
    ago(lastActivity(consumer), nowMs)
  ])
  const [first = "", ...lines] = aligned([headings, ...rows], [2, 3, 4])
  const below = lines.flatMap((line, at) => {
    const { filter, reason } = reply.consumers[at] as ConsumerMessage
    return [line, folded(`  ${reason ?? filter}`, screen, 4)]
  })
  return [first, ...below, `${reply.stream}: ${temporary}`].join("\n")
}

/** Reads a second time only when a consumer is behind. */
const ask = Effect.fnUntraced(function* (named: Option.Option<string>) {
  const { env } = yield* Invocation
  const connection = yield* (yield* DaemonClient).ticks
  const stream = Option.getOrElse(named, () => env["TICK_STREAM"] ?? "MD_TICKS")
  const first = yield* readConsumers(connection, stream)
  const anyBehind = first.durables.some(({ backlog }) => backlog > 0)
  const now = anyBehind ? yield* Effect.andThen(Effect.sleep(watchMs), readConsumers(connection, stream)) : first
  const earlier = new Map(first.durables.map((facts) => [facts.name, facts]))
  const nowMs = Date.now()
  const consumers = now.durables.map((facts) => judgeConsumer(facts, nowMs, earlier.get(facts.name)))
  return { stream, consumers, temporary: now.temporary } satisfies ConsumersReply
})

/** `tickd consumers`: who reads the ticks, how far behind, stuck or not. */
export const command = Command.make(
  "consumers",
  {
    stream: Flag.String("stream").pipe(
      Flag.withDescription("Stream whose readers to show (default: TICK_STREAM, else MD_TICKS)"),
      Flag.optional
    ),
    json: jsonFlag,
    server: serverFlag
  },
  ({ json, stream }) =>
    Effect.flatMap(ask(stream), (reply) =>
      present(json, reply, (found, screen) => renderConsumers(found, Date.now(), screen))
    )
).pipe(
  Command.provide(({ server }) => DaemonClient.layer({ server, instance: Option.none() })),
  Command.withDescription("Show who reads the stored ticks: backlog, redeliveries, last activity, stuck or not")
)

import { Console, Effect, type Option } from "effect"
import { Command, Flag } from "effect/cli"
import type { ConsumerMessage, ConsumersReply } from "../protocol/market/consumers.ts"
import { jsonFlag, serverFlag } from "./terminal/flags.ts"

export interface ConsumersQuery {
  readonly server: Option.Option<string>
  readonly stream: Option.Option<string>
}

const count = (value: number) => value.toLocaleString("en-US")

/** `3 s ago`, `2 min ago`, `5 h ago`. */
const ago = (atMs: number | null, nowMs: number): string => {
  if (atMs === null) return "never"
  const seconds = Math.max(0, Math.round((nowMs - atMs) / 1000))
  if (seconds < 120) return `${seconds} s ago`
  return seconds < 7200 ? `${Math.round(seconds / 60)} min ago` : `${Math.round(seconds / 3600)} h ago`
}

const lastActivity = ({ last_ack_ms, last_delivery_ms }: ConsumerMessage): number | null =>
  last_ack_ms === null && last_delivery_ms === null ? null : Math.max(last_ack_ms ?? 0, last_delivery_ms ?? 0)

/** One line a durable, its columns aligned, the stuck ones with their reason. */
export const renderConsumers = (reply: ConsumersReply, nowMs: number): string => {
  const rows = reply.consumers.map((consumer) => [
    consumer.name,
    consumer.state.toUpperCase(),
    count(consumer.backlog),
    count(consumer.ack_pending),
    count(consumer.redelivered),
    ago(lastActivity(consumer), nowMs),
    consumer.reason ?? consumer.filter
  ])
  const temporary = `${reply.temporary} temporary ${reply.temporary === 1 ? "reader" : "readers"} beside`
  if (rows.length === 0) return `No durable consumer reads ${reply.stream}; ${temporary}.`
  const table = [["CONSUMER", "STATE", "BACKLOG", "ACK PENDING", "REDELIVERED", "LAST ACTIVITY", ""], ...rows]
  const widths = [0, 1, 2, 3, 4, 5].map((column) => Math.max(...table.map((row) => (row[column] as string).length)))
  const numeric = (column: number) => column >= 2 && column <= 4
  const lines = table.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0
        return numeric(column) ? cell.padStart(width) : cell.padEnd(width)
      })
      .join("  ")
      .trimEnd()
  )
  return [...lines, `${reply.stream}: ${temporary}`].join("\n")
}

/** `tickd consumers`: who reads the ticks, how far behind, stuck or not. */
export const consumersCommand = <E, R>(ask: (query: ConsumersQuery) => Effect.Effect<ConsumersReply, E, R>) =>
  Command.make(
    "consumers",
    {
      stream: Flag.String("stream").pipe(
        Flag.withDescription("Stream whose readers to show (default: TICK_STREAM, else MD_TICKS)"),
        Flag.optional
      ),
      json: jsonFlag,
      server: serverFlag
    },
    ({ json, ...query }) =>
      Effect.flatMap(ask(query), (reply) =>
        Console.log(json ? JSON.stringify(reply) : renderConsumers(reply, Date.now()))
      )
  ).pipe(Command.withDescription("Show who reads the stored ticks: backlog, redeliveries, last activity, stuck or not"))

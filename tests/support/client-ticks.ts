import { jetstream, jetstreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import { connection } from "./nats-server.ts"

/** A tick as the daemon writes it, with the fewest keys. */
export const tickJson = (symbol: string, seq: number, more: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    symbol,
    exchange: "SHFE",
    datetime: "2026-11-20T02:00:00.500Z",
    ts: 1_795_140_000_500,
    last_price: 3000 + seq,
    volume: seq,
    feed: "primary",
    seq,
    recv_ts: 1_795_140_000_000 + seq,
    ...more
  })

export const subjectOf = (symbol: string) => `md.tick.SHFE.${symbol.replace(/\d.*/, "")}.${symbol}`

/** A stream of ticks on `url`, written by its own connection. */
export const openTickStore = (url: string) => Effect.flatMap(connection(url), tickStoreOf)

/** A stream of ticks, written by this connection. */
export const tickStoreOf = Effect.fnUntraced(function* (writer: NatsConnection) {
  const manager = yield* Effect.promise(() => jetstreamManager(writer, { checkAPI: false }))
  const make = (name: string, subject: string) =>
    Effect.promise(() => manager.streams.add({ name, subjects: [subject], allow_direct: true }))
  yield* make("MD_TICKS", "md.tick.>")
  return {
    manager,
    make,
    /** Stores messages in order; resolves when the last one is stored. */
    store: (messages: ReadonlyArray<readonly [subject: string, text: string]>) =>
      Effect.promise(async () => {
        for (const [subject, text] of messages.slice(0, -1)) writer.publish(subject, text)
        const last = messages.at(-1)
        if (last !== undefined) await jetstream(writer).publish(last[0], last[1])
      }),
    consumers: Effect.promise(async () => {
      const names: Array<string> = []
      for await (const { name } of manager.consumers.list("MD_TICKS")) names.push(name)
      return names
    })
  }
})

/** Numbers `from` to `to`, both included. */
export const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at)

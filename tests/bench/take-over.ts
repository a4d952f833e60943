import { jetstreamManager } from "@nats-io/jetstream"
import { Effect } from "effect"
import { makeAckedPublisher } from "../../src/market/adapters/jetstream/acked-publisher.ts"
import { makeWriterFence } from "../../src/market/adapters/jetstream/writer-fence.ts"
import { connectNats } from "../../src/platform/nats/connect.ts"
import { epochSubject } from "../../src/protocol/market/epoch.ts"
import { startBenchServer } from "./bench-server.ts"

/** Messages of a writer that the stream accepted after another one had its epoch. */
export interface TakeOver {
  /** Time from the new writer's request for the epoch to the storing of the old writer's last message. */
  readonly windowMs: number
  readonly messages: number
}

const writer = Effect.fnUntraced(function* (url: string, instance: string, deaf: boolean) {
  const fence = makeWriterFence({
    stream: "MD_TICKS",
    instance,
    host: "bench",
    pid: process.pid,
    run: instance,
    takeOver: true
  })
  const publisher = yield* makeAckedPublisher({
    connect: connectNats({ url, name: instance, reconnect: false }),
    stream: {},
    fence: deaf
      ? { ...fence, keep: (store, onLost) => fence.keep({ ...store, listen: () => undefined }, onLost) }
      : fence,
    onStored: () => undefined
  })
  yield* Effect.forkScoped(Effect.scoped(publisher.run))
  yield* publisher.awaitRoom
  return publisher
})

/** One take-over from a writer at full speed. `deaf`: its permissions do not let it receive the bucket's changes. */
export const takeOver = Effect.fnUntraced(function* (binary: string, deaf: boolean) {
  const server = yield* startBenchServer(binary)
  const first = yield* writer(server.url, "first", deaf)
  let seq = 0
  const sending = Effect.gen(function* () {
    while (first.counts().link !== "fenced") {
      for (; first.room() > 0; seq++) first.send(`md.tick.SHFE.rb.rb${seq % 1000}`, `${seq} ${"x".repeat(640)}`, 0, seq)
      yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
    }
  })
  const taking = Effect.gen(function* () {
    while (first.counts().stored < 50_000) yield* Effect.sleep(5)
    yield* writer(server.url, "second", false)
  })
  yield* Effect.all([sending, taking], { concurrency: "unbounded" })
  const connection = yield* connectNats({ url: server.url, name: "look" })
  return yield* Effect.promise(async (): Promise<TakeOver> => {
    const manager = await jetstreamManager(connection)
    const { state } = await manager.streams.info("MD_TICKS")
    // One machine, one clock: the epoch was requested a moment before the server stored it.
    const record = await manager.streams.getMessage("KV_md_epoch", { last_by_subj: epochSubject("MD_TICKS") })
    const takenMs = (record?.json<{ since: number }>() ?? { since: 0 }).since
    const last = await manager.streams.getMessage("MD_TICKS", { seq: state.last_seq })
    let early = state.first_seq
    let late = state.last_seq + 1
    while (early < late) {
      const middle = (early + late) >> 1
      const message = await manager.streams.getMessage("MD_TICKS", { seq: middle })
      if ((message?.time.getTime() ?? 0) > takenMs) late = middle
      else early = middle + 1
    }
    await connection.close()
    return { windowMs: Math.max(0, (last?.time.getTime() ?? 0) - takenMs), messages: state.last_seq + 1 - early }
  })
})

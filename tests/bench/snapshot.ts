// What a new consumer waits for: the last tick of each of 20,000 instruments, over the project's own client.
import { jetstream, jetstreamManager } from "@nats-io/jetstream"
import { Effect } from "effect"
import { ticks } from "../../src/client/tick-client.ts"
import { connectNats } from "../../src/platform/nats/connect.ts"
import { findNatsServer } from "../../src/platform/nats/find-nats-server.ts"
import { projectRoot } from "../../src/platform/process/project.ts"
import { streamShape } from "../../src/protocol/market/streams.ts"
import { contentTypes, type TickFormat } from "../../src/protocol/market/tick/tick-format.ts"
import { benchMessages } from "./bench-records.ts"
import { startBenchServer } from "./bench-server.ts"
import { median, rounded } from "./statistics.ts"
import { prefixOf, type Suite } from "./suite.ts"

const instruments = 20_000
/** Messages of each instrument, so that the server has to find the last of several. */
const each = 3
const readings = 7

/** Stores the ticks, in order; the last one is acknowledged, and with it all before it. */
const fill = (url: string, format: TickFormat) =>
  Effect.scoped(
    Effect.gen(function* () {
      const nats = yield* Effect.acquireRelease(connectNats({ url, name: "bench fill", reconnect: false }), (open) =>
        Effect.promise(() => open.close())
      )
      yield* Effect.promise(async () => {
        const manager = await jetstreamManager(nats)
        await manager.streams.add(streamShape({ contentType: contentTypes[format] }))
        const messages = benchMessages(format, instruments)
        for (let round = 0; round < each; round++) {
          for (const [at, { subject, data }] of messages.entries()) {
            nats.publish(subject, data)
            // the client has no backpressure, so the answer to a ping is used
            if (at % 2000 === 0) await nats.flush()
          }
        }
        const { subject, data } = messages.at(-1) as (typeof messages)[number]
        await jetstream(nats).publish(subject, data)
      })
    })
  )

/** Milliseconds from nothing, the connection included, until a new consumer has every instrument's last tick. */
const read = async (url: string): Promise<number> => {
  const startedMs = performance.now()
  let seen = 0
  for await (const batch of ticks({ url, from: "snapshot" }).batches) {
    seen += batch.snapshotTicks
    if (seen >= instruments) break
  }
  return performance.now() - startedMs
}

export const suite: Suite = {
  name: "snapshot",
  about: "the last tick of each of 20,000 instruments to a new consumer",
  run: Effect.fnUntraced(function* ({ formats, say }) {
    const { path } = yield* findNatsServer({ env: process.env, root: projectRoot, log: say })
    const rows: Array<readonly [string, string]> = []
    const figures: Record<string, number> = {}
    for (const format of formats) {
      say(`snapshot of ${instruments} instruments, ${format}`)
      const times = yield* Effect.scoped(
        Effect.gen(function* () {
          const server = yield* startBenchServer(path)
          yield* fill(server.url, format)
          const measured: Array<number> = []
          for (let reading = 0; reading < readings; reading++) {
            measured.push(yield* Effect.promise(() => read(server.url)))
          }
          return measured
        })
      )
      figures[`${prefixOf(format)}snapshot_ms_20k`] = rounded(median(times), 1)
      rows.push([
        `snapshot of 20,000, ${format}`,
        `median ${median(times).toFixed(0)} ms (${times.map((ms) => ms.toFixed(0)).join(", ")}; the first compiles) (limit 300)`
      ])
    }
    return { rows, figures }
  })
}

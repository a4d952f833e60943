// What a user would otherwise do: the official client's own acknowledged publish, one by one and with a window.
import { jetstream, jetstreamManager } from "@nats-io/jetstream"
import { connect } from "@nats-io/transport-node"
import { Effect } from "effect"
import { findNatsServer } from "../../src/platform/nats/find-nats-server.ts"
import { projectRoot } from "../../src/platform/process/project.ts"
import { streamShape } from "../../src/protocol/market/streams.ts"
import { benchMessages } from "./bench-records.ts"
import { startBenchServer } from "./bench-server.ts"
import { prefixOf, type Suite } from "./suite.ts"

const forMs = 4000
const window = 2048

/** Messages a second that are stored and acknowledged, with `most` promises at a time. */
const publishFor = async (url: string, messages: ReturnType<typeof benchMessages>, most: number): Promise<number> => {
  const connection = await connect({ servers: url.replace("nats://", "") })
  const js = jetstream(connection)
  const manager = await jetstreamManager(connection)
  await manager.streams.add(streamShape({}))
  let next = 0
  let stored = 0
  const startedMs = performance.now()
  const publisher = async () => {
    while (performance.now() - startedMs < forMs) {
      const { subject, data } = messages[next++ % messages.length] as (typeof messages)[number]
      await js.publish(subject, data, { timeout: 30_000 })
      stored++
    }
  }
  await Promise.all(Array.from({ length: most }, publisher))
  const elapsedMs = performance.now() - startedMs
  await connection.close()
  return (stored * 1000) / elapsedMs
}

export const suite: Suite = {
  name: "usual",
  about: "what a user would otherwise do: awaited js.publish, and js.publish with a window of 2,048",
  run: Effect.fnUntraced(function* ({ formats, say }) {
    const { path } = yield* findNatsServer({ env: process.env, root: projectRoot, log: say })
    const rows: Array<readonly [string, string]> = []
    const figures: Record<string, number> = {}
    for (const format of formats) {
      const messages = benchMessages(format, 1000)
      for (const [most, key, what] of [
        [1, "awaited_tps", "awaited js.publish"],
        [window, "windowed_tps", `js.publish, ${window.toLocaleString("en")} at a time`]
      ] as const) {
        say(`${what}, ${format}`)
        const rate = yield* Effect.scoped(
          Effect.flatMap(startBenchServer(path), ({ url }) => Effect.promise(() => publishFor(url, messages, most)))
        )
        figures[prefixOf(format) + key] = Math.round(rate)
        rows.push([`${what}, ${format}`, `${Math.round(rate).toLocaleString("en")}/s`])
      }
    }
    return { rows, figures }
  })
}

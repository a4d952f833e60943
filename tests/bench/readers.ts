// The reader of tickd-client against the official ordered consumer: speed, CPU, memory, and a server that dies.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { join } from "node:path"
import { jetstream, jetstreamManager } from "@nats-io/jetstream"
import { connect } from "@nats-io/transport-node"
import { Effect } from "effect"
import { startNatsServer } from "../../src/platform/nats/embedded-server.ts"
import { findNatsServer } from "../../src/platform/nats/find-nats-server.ts"
import { projectRoot } from "../../src/platform/process/project.ts"
import { streamShape } from "../../src/protocol/market/streams.ts"
import { runChild } from "./bench-child.ts"
import { benchMessages } from "./bench-records.ts"
import type { ReaderReport, ReaderRun, ReaderWay } from "./child-messages.ts"
import { median } from "./statistics.ts"
import type { Suite } from "./suite.ts"

const stored = 500_000
const rounds = 3
const capacity = 8192
const ways: ReadonlyArray<readonly [ReaderWay, string]> = [
  ["own", "reader of tickd-client"],
  ["iterator", "official, for await"],
  ["callback", "official, callback"]
]

/** Stores further messages and waits for every 1,000th, so that the server keeps up. */
const store = (url: string, count: number) =>
  Effect.promise(async () => {
    const connection = await connect({ servers: url.replace("nats://", ""), noAsyncTraces: true })
    await (await jetstreamManager(connection)).streams.add(streamShape({}))
    const js = jetstream(connection)
    const messages = benchMessages("json", 1000)
    for (let n = 1; n <= count; n++) {
      const { subject, data } = messages[n % messages.length] as (typeof messages)[number]
      if (n % 1000 === 0 || n === count) await js.publish(subject, data, { timeout: 30_000 })
      else connection.publish(subject, data)
    }
    await connection.close()
  })

const startServer = (binary: string, storeDir: string, port = 0) =>
  startNatsServer({ binary, storeDir, port, syncInterval: "1s" })

const read = (stateDir: string, argument: ReaderRun) =>
  runChild<ReaderReport>({
    program: "reader-child.ts",
    argument,
    stateDir,
    profileDir: undefined,
    deadlineMs: 180_000
  })

/** Restarts the server on its store half a second after it died, and then stores `more` messages. */
const restarted = Effect.fnUntraced(function* (
  first: Effect.Success<ReturnType<typeof startServer>>,
  options: { readonly binary: string; readonly storeDir: string; readonly more: number }
) {
  yield* first.exited
  yield* Effect.sleep(500)
  const again = yield* startServer(options.binary, options.storeDir, first.port)
  if (options.more === 0) return
  yield* Effect.sleep(12_000)
  yield* store(again.url, options.more)
})

const plain = (value: number) => Math.round(value).toLocaleString("en")

export const suite: Suite = {
  name: "readers",
  about: "the reader of tickd-client against the official ordered consumer, also over a killed server",
  run: Effect.fnUntraced(function* ({ say }) {
    const { path: binary } = yield* findNatsServer({ env: process.env, root: projectRoot, log: say })
    const stateDir = yield* Effect.acquireRelease(
      Effect.sync(() => {
        mkdirSync(join(projectRoot, ".state"), { recursive: true })
        return mkdtempSync(join(projectRoot, ".state", "bench-"))
      }),
      (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
    )
    const storeDir = join(stateDir, "nats")
    const rows: Array<readonly [string, string]> = []
    const figures: Record<string, number> = {}
    const shared = { capacity, idleMs: 45_000 } as const

    yield* Effect.scoped(
      Effect.gen(function* () {
        const server = yield* startServer(binary, storeDir)
        say(`storing ${plain(stored)} messages`)
        yield* store(server.url, stored)
        const reports = new Map<ReaderWay, Array<ReaderReport>>(ways.map(([way]) => [way, []]))
        for (let round = 0; round < rounds; round++) {
          for (const [way, what] of ways) {
            say(`${what}, round ${round + 1}`)
            const argument: ReaderRun = {
              ...shared,
              natsUrl: server.url,
              natsPid: server.pid,
              way,
              from: "start",
              last: stored
            }
            reports.get(way)?.push(yield* read(stateDir, argument))
          }
        }
        for (const [way, what] of ways) {
          const all = reports.get(way) ?? []
          const of = (name: "messagesPerSecond" | "clientCpuUs" | "serverCpuUs" | "peakRssMb") =>
            median(all.map((report) => report[name]))
          figures[`reader_${way}_tps`] = Math.round(of("messagesPerSecond"))
          figures[`reader_${way}_cpu_us`] = Number(of("clientCpuUs").toFixed(2))
          figures[`reader_${way}_server_cpu_us`] = Number(of("serverCpuUs").toFixed(2))
          figures[`reader_${way}_rss_mb`] = Math.round(of("peakRssMb"))
          rows.push([
            what,
            `${plain(of("messagesPerSecond"))}/s, CPU ${of("clientCpuUs").toFixed(2)} us, server ` +
              `${of("serverCpuUs").toFixed(2)} us, peak RSS ${plain(of("peakRssMb"))} MB`
          ])
        }
      })
    )

    /** One run over a server that dies. */
    const outage = Effect.fnUntraced(function* (
      way: ReaderWay,
      given: Pick<ReaderRun, "from" | "last" | "killAfter">,
      more: number
    ) {
      const server = yield* startServer(binary, storeDir)
      yield* Effect.forkScoped(restarted(server, { binary, storeDir, more }))
      const argument = { ...shared, natsUrl: server.url, natsPid: server.pid, way, ...given }
      return yield* read(stateDir, argument)
    }, Effect.scoped)

    const note = (what: string, key: string, report: ReaderReport) => {
      figures[`reader_${key}_repeated`] = report.repeated
      figures[`reader_${key}_missing`] = report.lost
      figures[`reader_${key}_pause_ms`] = Math.round(report.pauseMs)
      rows.push([
        what,
        `repeated ${plain(report.repeated)}, lost ${plain(report.lost)}, pause ${plain(report.pauseMs)} ms` +
          (report.error === undefined ? "" : `, ended: ${report.error}`)
      ])
    }
    for (const [way, what] of ways) {
      say(`${what}: server killed half way`)
      const halfWay = { from: "start", last: stored, killAfter: stored / 2 } as const
      note(`${what}: server killed half way`, `${way}_killed`, yield* outage(way, halfWay, 0))
    }
    let last = stored
    for (const [way, what] of ways) {
      say(`${what}: server killed before the first live message`)
      last += 1000
      const before = { from: "live", last, killAfter: 0 } as const
      note(`${what}: killed before the first live message`, `${way}_live`, yield* outage(way, before, 1000))
    }
    return { rows, figures }
  })
}

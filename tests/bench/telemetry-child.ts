// Serves the telemetry port in one way beside a loop that works like the line. Argument: a TelemetryRun.
import { Worker } from "node:worker_threads"
import { Effect } from "effect"
import { LatencyHistogram } from "../../src/kernel/latency-histogram.ts"
import { makeMetrics } from "../../src/market/adapters/prometheus/metrics.ts"
import { metricBounds } from "../../src/market/layers/status/metric-bounds.ts"
import { statusMessage } from "../support/status-message.ts"
import type { Lateness, TelemetryReport, TelemetryRun } from "./child-messages.ts"
import { usageOf } from "./process-usage.ts"

const run = JSON.parse(process.argv[2] as string) as TelemetryRun
const metrics = makeMetrics({ bounds: metricBounds, status: () => statusMessage, latency: new LatencyHistogram() })
const answers = {
  metrics: metrics.read,
  readiness: () => ({ reasons: [], beside: [] }),
  status: () => statusMessage
}

/** One kept connection, like a scraper's, in a separate thread whose CPU does not count. */
const scraper = new Worker(
  `const { parentPort } = require("node:worker_threads")
   const { Agent, get } = require("node:http")
   const agent = new Agent({ keepAlive: true, maxSockets: 1 })
   const ask = (url) => new Promise((resolve, reject) => get(url, { agent }, (response) => {
     if (response.statusCode !== 200) reject(new Error(url + " " + response.statusCode))
     response.resume().once("end", resolve)
   }).once("error", reject))
   parentPort.on("message", async ({ url, count, everyMs }) => {
     for (let n = 0; n < count; n++) {
       const next = everyMs === 0 ? undefined : new Promise((resolve) => setTimeout(resolve, everyMs))
       await ask(url)
       await next
     }
     parentPort.postMessage("done")
   })`,
  { eval: true }
)
const scrape = (url: string, count: number, everyMs = 0) =>
  new Promise<void>((resolve) => {
    scraper.once("message", () => resolve())
    scraper.postMessage({ url, count, everyMs }, [])
  })

const mainCpuUs = () => {
  const { system, user } = process.threadCpuUsage()
  return user + system
}
const costOf = async (count: number, work: () => Promise<void>) => {
  const before = mainCpuUs()
  await work()
  return (mainCpuUs() - before) / count
}

/** A batch of 20 ticks of 10 us each millisecond. */
const batchMs = 0.2
const lateness = async (work: () => Promise<void>): Promise<Lateness> => {
  const late: Array<number> = []
  let going = true
  let dueMs = performance.now() + 1
  const loop = () => {
    const nowMs = performance.now()
    late.push(Math.max(0, nowMs - dueMs))
    while (performance.now() - nowMs < batchMs);
    dueMs = performance.now() + 1
    if (going) setTimeout(loop, 1)
  }
  loop()
  await work()
  going = false
  late.sort((a, b) => a - b)
  const at = (share: number) => late[Math.floor(share * (late.length - 1))] as number
  return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) }
}

const startedMs = performance.now()
const start =
  run.way === "node"
    ? (await import("./node-telemetry.ts")).startNodeTelemetry("127.0.0.1", answers)
    : (await import("../../src/platform/http/telemetry-server.ts")).startTelemetryServer("127.0.0.1", 0, answers)
const program = Effect.gen(function* () {
  const { port } = yield* start
  const startMs = performance.now() - startedMs
  const url = `http://127.0.0.1:${port}`
  return yield* Effect.promise(async (): Promise<TelemetryReport> => {
    // Compiled before anything is measured.
    await scrape(`${url}/metrics`, 300)
    await scrape(`${url}/healthz`, 300)
    const rssMb = usageOf(process.pid).rssMb
    const count = Math.round(run.phaseMs / 50)
    const quiet = await lateness(() => new Promise((resolve) => setTimeout(resolve, run.phaseMs)))
    const scraped = await lateness(() => scrape(`${url}/metrics`, count, 50))
    const metricsCpuUs = await costOf(run.requests, () => scrape(`${url}/metrics`, run.requests))
    const healthCpuUs = await costOf(run.requests, () => scrape(`${url}/healthz`, run.requests))
    const renderCpuUs = await costOf(run.requests, async () => {
      for (let n = 0; n < run.requests; n++) await metrics.read()
    })
    return { quiet, scraped, metricsCpuUs, healthCpuUs, renderCpuUs, startMs, rssMb }
  })
})
process.stdout.write(`${JSON.stringify(await Effect.runPromise(Effect.scoped(program)))}\n`)
process.exit(0)

// Reads a stream in one way, in a process of its own so that its CPU and memory are its own. Argument: a ReaderRun.
import { readFileSync } from "node:fs"
import { DeliverPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream"
import { connect } from "@nats-io/transport-node"
import { Effect } from "effect"
import { OrderedReader } from "../../src/client/ordered-reader.ts"
import type { ReaderReport, ReaderRun } from "./child-messages.ts"
import { usageOf } from "./process-usage.ts"

const run = JSON.parse(process.argv[2] as string) as ReaderRun
const { capacity, killAfter, last, natsPid } = run
const stream = "MD_TICKS"
const heartbeatMs = 5000
const connection = await connect({
  servers: run.natsUrl.replace("nats://", ""),
  noAsyncTraces: true,
  maxReconnectAttempts: -1,
  reconnectTimeWait: 100
})
const { state } = await (await jetstreamManager(connection)).streams.info(stream)

/** Sequence of the last message that is not wanted. */
let seen = run.from === "live" ? state.last_seq : 0
const wanted = last - seen
let messages = 0
let repeated = 0
let bytes = 0
let pauseMs = 0
let lastMs = performance.now()
let startedMs = 0
let error: string | undefined
const serverMs = () => {
  try {
    return usageOf(natsPid).cpuMs
  } catch {
    return Number.NaN
  }
}

const kill = () => process.kill(natsPid, "SIGKILL")
const taken = (sequence: number, data: Uint8Array): void => {
  const nowMs = performance.now()
  pauseMs = Math.max(pauseMs, nowMs - lastMs)
  lastMs = nowMs
  bytes += data.length
  messages++
  if (sequence > seen) seen = sequence
  else repeated++
  if (messages === killAfter) kill()
  if (sequence >= last) end()
}

const open = { atMs: performance.now(), cpu: process.cpuUsage(), serverMs: serverMs() }
const end = (): void => {
  const nowMs = performance.now()
  const { system, user } = process.cpuUsage(open.cpu)
  const report: ReaderReport = {
    messages,
    messagesPerSecond: (messages * 1000) / (lastMs - startedMs),
    clientCpuUs: (user + system) / messages,
    serverCpuUs: ((serverMs() - open.serverMs) * 1000) / messages,
    peakRssMb: Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) / 1024,
    repeated,
    lost: wanted - (messages - repeated),
    pauseMs: Math.max(pauseMs, nowMs - lastMs),
    ...(error === undefined ? {} : { error })
  }
  process.stdout.write(`${JSON.stringify(report)}\n`)
  process.exit(0)
}
setInterval(() => performance.now() - lastMs > run.idleMs && end(), 100)
if (killAfter === 0) setTimeout(kill, 1000)
startedMs = performance.now()

const readOwn = async () => {
  const start = run.from === "live" ? ({ type: "live" } as const) : ({ type: "sequence", sequence: 1 } as const)
  const reader = new OrderedReader({ connection, stream, filters: [">"], start, capacity, heartbeatMs })
  for (;;) {
    for (const item of await Effect.runPromise(reader.buffer.take))
      if (item.type === "message") taken(item.sequence, item.data)
  }
}

const readOfficial = async () => {
  const deliver_policy = run.from === "live" ? DeliverPolicy.New : DeliverPolicy.All
  const consumer = await jetstream(connection).consumers.get(stream, { deliver_policy })
  const shared = { max_messages: capacity, expires: 30_000, idle_heartbeat: heartbeatMs }
  if (run.way === "callback") {
    const handle = await consumer.consume({ ...shared, callback: ({ data, seq }) => taken(seq, data) })
    await handle.closed()
  } else for await (const { data, seq } of await consumer.consume(shared)) taken(seq, data)
  throw new Error("the official consumer ended")
}

await (run.way === "own" ? readOwn() : readOfficial()).catch((cause: unknown) => {
  error = cause instanceof Error ? cause.message : String(cause)
  end()
})

// Two ways to store each tick once over a killed server: reading the stream's tail, or an id a message. What each
// costs.
import { join } from "node:path"
import { Effect, Fiber } from "effect"
import { makeAckedPublisher } from "../../src/market/adapters/jetstream/acked-publisher.ts"
import { connectNats } from "../../src/platform/nats/connect.ts"
import { startNatsServer } from "../../src/platform/nats/embedded-server.ts"
import { findNatsServer } from "../../src/platform/nats/find-nats-server.ts"
import { projectRoot } from "../../src/platform/process/project.ts"
import { runChild } from "./bench-child.ts"
import { startBenchServer } from "./bench-server.ts"
import { BlindResend } from "./blind-resend.ts"
import type { IdReport, IdRun } from "./child-messages.ts"
import { median } from "./statistics.ts"
import type { Measured, Suite } from "./suite.ts"
import { type TakeOver, takeOver } from "./take-over.ts"

const rounds = 3
const window = 2048
const payloadBytes = 640
const messages = 220_000
const warmUpMessages = 20_000
const twoMinutesMs = 120_000

const rate = Effect.fnUntraced(function* (binary: string, messageIds: boolean) {
  const server = yield* startBenchServer(binary)
  const argument: IdRun = {
    natsUrl: server.url,
    natsPid: server.pid,
    messages,
    warmUpMessages,
    window,
    subjects: 1000,
    payloadBytes,
    messageIds,
    duplicateWindowMs: twoMinutesMs
  }
  const { stateDir } = server
  return yield* runChild<IdReport>({
    program: "exactly-once-child.ts",
    argument,
    stateDir,
    profileDir: undefined,
    deadlineMs: 90_000
  })
})

/** Kills the server under load and starts it again on its store, to measure the publisher's recovery. */
const killAndRestart = Effect.fnUntraced(function* (
  binary: string,
  storeDir: string,
  first: { port: number; pid: number }
) {
  process.kill(first.pid, "SIGKILL")
  yield* Effect.sleep(500)
  return yield* startNatsServer({ binary, storeDir, port: first.port, syncInterval: "1s" })
})

/** Messages stored before the server is killed: the size of the store decides the server's own start time. */
const storedBefore = 100_000

const tailRecovery = Effect.fnUntraced(function* (binary: string) {
  const { stateDir } = yield* startBenchServer(binary)
  const storeDir = join(stateDir, "killed")
  const server = yield* startNatsServer({ binary, storeDir, port: 0, syncInterval: "1s" })
  const payload = Buffer.alloc(payloadBytes, "x")
  const publisher = yield* makeAckedPublisher({
    connect: connectNats({ url: server.url, name: "bench", reconnect: false }),
    stream: {},
    window,
    backoffMs: 20,
    backoffCapMs: 20,
    onStored: () => undefined
  })
  let seq = 0
  const sendingState = { on: true }
  // Messages differ in their bytes, as ticks do: that is their identity.
  const send = () => {
    for (; publisher.room() > 0; seq++) {
      const bytes = Buffer.from(payload)
      bytes.write(String(seq))
      publisher.send(`md.tick.SHFE.rb.rb${seq % 1000}`, bytes, 0, seq)
    }
  }
  const sender = Effect.gen(function* () {
    while (sendingState.on) {
      yield* publisher.awaitRoom
      if (sendingState.on) send()
      yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
    }
  })
  yield* Effect.forkScoped(Effect.scoped(publisher.run))
  const sending = yield* Effect.forkScoped(sender)
  while (publisher.counts().stored < storedBefore) yield* Effect.sleep(5)
  yield* killAndRestart(binary, storeDir, server)
  sendingState.on = false
  const readyMs = performance.now()
  yield* publisher.drained
  const elapsedMs = performance.now() - readyMs
  yield* Fiber.interrupt(sending)
  return elapsedMs
})

const resendRecovery = Effect.fnUntraced(function* (binary: string) {
  const { stateDir } = yield* startBenchServer(binary)
  const storeDir = join(stateDir, "killed")
  const server = yield* startNatsServer({ binary, storeDir, port: 0, syncInterval: "1s" })
  const publisher = new BlindResend({ url: server.url, window, payloadBytes })
  yield* Effect.promise(() => publisher.open(true))
  const running = yield* Effect.forkScoped(Effect.promise(() => publisher.run()))
  while (publisher.acknowledged < storedBefore) yield* Effect.sleep(5)
  const again = yield* Effect.forkScoped(
    Effect.andThen(
      Fiber.join(running),
      Effect.promise(() => publisher.open(false))
    )
  )
  yield* killAndRestart(binary, storeDir, server)
  const readyMs = performance.now()
  yield* Fiber.join(again)
  const elapsedMs = performance.now() - readyMs
  yield* Effect.promise(() => publisher.close())
  return elapsedMs
})

export const suite: Suite = {
  name: "exactly-once",
  about: "reading the stream's tail against an id a message: rate, CPU, server memory, recovery from kill -9",
  run: Effect.fnUntraced(function* ({ say }) {
    const { path: binary } = yield* findNatsServer({ env: process.env, root: projectRoot, log: say })
    const plain: Array<IdReport> = []
    const ids: Array<IdReport> = []
    const tail: Array<number> = []
    const resend: Array<number> = []
    const heard: Array<TakeOver> = []
    const unheard: Array<TakeOver> = []
    for (let round = 1; round <= rounds; round++) {
      say(`round ${round} of ${rounds}`)
      plain.push(yield* Effect.scoped(rate(binary, false)))
      ids.push(yield* Effect.scoped(rate(binary, true)))
      tail.push(yield* Effect.scoped(tailRecovery(binary)))
      heard.push(yield* Effect.scoped(takeOver(binary, false)))
      unheard.push(yield* Effect.scoped(takeOver(binary, true)))
      resend.push(yield* Effect.scoped(resendRecovery(binary)))
    }
    const of = (reports: ReadonlyArray<IdReport>, key: keyof IdReport) => median(reports.map((report) => report[key]))
    const longest = (takes: ReadonlyArray<TakeOver>) => Math.max(...takes.map(({ windowMs }) => windowMs))
    const most = (takes: ReadonlyArray<TakeOver>) => Math.max(...takes.map(({ messages }) => messages))
    const figures = {
      once_plain_tps: of(plain, "messagesPerSecond"),
      once_ids_tps: of(ids, "messagesPerSecond"),
      once_plain_client_cpu_us: of(plain, "clientCpuUs"),
      once_ids_client_cpu_us: of(ids, "clientCpuUs"),
      once_plain_server_cpu_us: of(plain, "serverCpuUs"),
      once_ids_server_cpu_us: of(ids, "serverCpuUs"),
      once_plain_server_rss_mb: of(plain, "serverRssMb"),
      once_ids_server_rss_mb: of(ids, "serverRssMb"),
      once_tail_recovery_ms: median(tail),
      once_ids_recovery_ms: median(resend),
      takeover_heard_window_ms: longest(heard),
      takeover_heard_messages: most(heard),
      takeover_unheard_window_ms: longest(unheard),
      takeover_unheard_messages: most(unheard)
    }
    const pair = (left: number, right: number, digits: number) => `${left.toFixed(digits)} / ${right.toFixed(digits)}`
    return {
      figures,
      rows: [
        ["each: no header and the tail / Nats-Msg-Id and sending again", `medians of ${rounds}`],
        ["messages a second", pair(figures.once_plain_tps, figures.once_ids_tps, 0)],
        ["client CPU a message, us", pair(figures.once_plain_client_cpu_us, figures.once_ids_client_cpu_us, 1)],
        ["server CPU a message, us", pair(figures.once_plain_server_cpu_us, figures.once_ids_server_cpu_us, 1)],
        [
          `server RSS, ${messages} ids in two minutes, MB`,
          pair(figures.once_plain_server_rss_mb, figures.once_ids_server_rss_mb, 0)
        ],
        [
          "kill -9: server ready to all stored, ms",
          pair(figures.once_tail_recovery_ms, figures.once_ids_recovery_ms, 0)
        ]
      ]
    } satisfies Measured
  })
}

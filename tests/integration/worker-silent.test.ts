// A stopped or blocked worker reports nothing, so only its missing progress can end it; and what a dead worker leaves
// behind must hold no login. Real processes: a stop and a crash have no stand-in.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Exit, Scope } from "effect"
import { afterEach, assert, beforeAll, it } from "vitest"
import { ownLossReasons } from "../../src/kernel/instrument/vendor-codes.ts"
import { TickSlab } from "../../src/kernel/tick/tick-slab.ts"
import { makeCtpFront } from "../../src/market/adapters/ctp/ctp-front.ts"
import type { FrontEvent } from "../../src/market/ports/market-front.ts"
import { withoutSecrets } from "../../src/platform/process/child-environment.ts"
import { buildNative, nativeFile, until, usualLibrary } from "../support/native-worker.ts"

beforeAll(buildNative, 120_000)
const ends: Array<() => Promise<unknown> | void> = []
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

const secret = "s3cret-Pa55"

/** A front adapter over the simulated library, with a time limit of 1.5 s for workers without progress. */
const open = async (env: Readonly<Record<string, string>> = {}) => {
  const folder = mkdtempSync(join(tmpdir(), "tickd-silent-"))
  ends.push(() => rmSync(folder, { recursive: true, force: true }))
  const scope = Effect.runSync(Scope.make())
  ends.push(() => Effect.runPromise(Scope.close(scope, Exit.void)))
  const lines: Array<string> = []
  const ctp = await Effect.runPromise(
    makeCtpFront({
      feed: "primary",
      binary: nativeFile("tickd-feed-worker"),
      library: usualLibrary,
      flowDir: join(folder, "flow"),
      fronts: ["bench://2:100:0"],
      production: true,
      brokerId: "9999",
      userId: "0123456789",
      password: () => secret,
      ringCapacity: 1024,
      onLine: (line) => void lines.push(line),
      onControl: () => undefined,
      env: withoutSecrets({ ...process.env, ...env, CTP_PRIMARY_PASSWORD: secret, NATS_URL: `nats://u:${secret}@h` }),
      silenceMs: 1500
    }).pipe(Effect.provideService(Scope.Scope, scope))
  )
  const slab = new TickSlab(1024)
  ctp.connectIntake({
    room: () => 1024,
    slab: () => slab,
    accept: () => {
      slab.used = 0
    },
    whenRoom: () => undefined
  })
  const events: Array<FrontEvent> = []
  ctp.front.listen((event) => void events.push(event))
  /** Runs one worker to its end and returns how it ended. */
  const run = () => Effect.runPromise(Effect.flip(ctp.front.runWorker(Effect.void)))
  const saw = (type: FrontEvent["type"], times = 1) =>
    until(type, () => events.filter((event) => event.type === type).length >= times)
  return { ctp, events, folder, lines, run, saw }
}

it("V8: a stopped worker is killed, said truly, and the next one serves", async () => {
  const { ctp, events, run, saw } = await open()
  const first = run()
  await saw("connected")
  process.kill(ctp.workerPid(), "SIGSTOP")
  const error = await first
  assert.deepStrictEqual([error.code, error.fatal], ["WORKER_HUNG", false])
  assert.match(
    error.message,
    /^The feed worker of primary did not answer for 2 s: it was killed and is started again\.$/
  )
  assert.deepInclude(events, { type: "disconnected", reason: ownLossReasons.workerSilent })
  const second = run()
  await saw("connected", 2)
  await Effect.runPromise(ctp.front.requestLogin)
  await saw("loggedIn")
  process.kill(ctp.workerPid(), "SIGKILL")
  assert.strictEqual((await second).code, "WORKER_DIED")
})

it("V8: a worker whose library holds a request is killed for the command that it does not carry out", async () => {
  const { ctp, run, saw } = await open({ TICKD_SIM_HANG_LOGIN: "1" })
  const ended = run()
  await saw("connected")
  await Effect.runPromise(ctp.front.requestLogin)
  assert.match((await ended).message, /primary did not execute a command for 2 s/)
})

it("V14: a crash is the worker's, and leaves no core, no login and no file of its own", async () => {
  const { ctp, events, folder, lines, run, saw } = await open({ TICKD_SIM_CRASH_AFTER: "30" })
  const ended = run()
  await saw("connected")
  await Effect.runPromise(ctp.front.requestLogin)
  await saw("loggedIn")
  const proc = (name: string) => readFileSync(`/proc/${ctp.workerPid()}/${name}`, "latin1")
  assert.match(proc("limits"), /^Max core file size +1 +1 /m)
  const shown = proc("environ") + proc("cmdline")
  assert.include(shown, "TICKD_SIM_CRASH_AFTER")
  assert.notInclude(shown, secret)
  assert.notInclude(shown, "0123456789")
  await Effect.runPromise(ctp.front.subscribe(["rb0001", "rb0002"]))
  const error = await ended
  assert.strictEqual(error.code, "WORKER_DIED")
  assert.match(error.message, /died with signal SIGSEGV/)
  assert.deepInclude(events, { type: "disconnected", reason: ownLossReasons.workerEnded })
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  assert.deepStrictEqual(files.map(({ name }) => name).toSorted(), [
    "DialogRsp.con",
    "QueryRsp.con",
    "TradingDay.con",
    "session.lock"
  ])
  const left = files.map(({ name, parentPath }) => readFileSync(join(parentPath, name), "latin1")).join("")
  assert.notInclude(left + lines.join(""), secret)
  assert.deepStrictEqual(
    readdirSync("/dev/shm").filter((name) => name.startsWith(`tickd-ring-${process.pid}-`)),
    []
  )
})

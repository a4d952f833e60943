// What is away must not keep the rest from starting or from being seen: a front, its worker, a broker, a broker that
// hangs.
import { execFileSync } from "node:child_process"
import { join } from "node:path"
import { Kvm } from "@nats-io/kv"
import { Effect, Scope } from "effect"
import { afterAll, afterEach, describe, expect, it } from "vitest"
import { startNatsServer } from "../../src/platform/nats/embedded-server.ts"
import type { StatusMessage } from "../../src/protocol/market/status.ts"
import { marketContracts } from "../../src/simulator/market/market-contracts.ts"
import { daemonEnvironment, startFront } from "../support/cli-daemon.ts"
import {
  demoAddresses,
  endCommands,
  eventually,
  freePorts,
  holdPort,
  isRunning,
  lastJson,
  logLines,
  natsPid,
  startTickd,
  stateFolder,
  tickd
} from "../support/cli-process.ts"
import { connection, natsBinary } from "../support/nats-server.ts"

const folder = stateFolder()
const freePort = async () => {
  const held = await holdPort()
  await held.release()
  return held.port
}
const statusAt = async (port: number) =>
  (await (await fetch(`http://127.0.0.1:${port}/status`)).json()) as StatusMessage

afterEach(endCommands)
afterAll(folder.remove)

it("a worker that never becomes ready: the daemon is up, names it, and answers over NATS", async () => {
  // Loading a pipe without a writer never returns, and a vendor's library may do the same.
  const library = join(folder.path, "hangs.so")
  execFileSync("mkfifo", [library])
  const [http, nats] = [await freePort(), await freePort()]
  const daemon = startTickd(
    ["run", "--embedded-nats"],
    daemonEnvironment(join(folder.path, "worker"), "tcp://127.0.0.1:1", {
      CTP_MD_LIBRARY: library,
      INGEST_METRICS_PORT: String(http),
      NATS_PORT: String(nats)
    })
  )
  await daemon.printed(/"message":"root\/control serves"/)
  const server = ["--server", `nats://127.0.0.1:${nats}`]
  const tree = await eventually("an answer", async () => {
    const answer = await tickd(["tree", ...server])
    return answer.code === 0 ? answer.stdout : undefined
  })
  expect(tree).toMatch(/front-primary +running/)
  expect(tree).toMatch(/feed-worker +starting, starting/)
  expect((await tickd(["state", "feed-worker-primary", ...server])).stdout).toMatch(/starting/)
  expect((await tickd(["status", ...server])).stdout).toMatch(/NOT READY: session primary not started, feed worker/)
  expect((await fetch(`http://127.0.0.1:${http}/readyz`)).status).toBe(503)
  daemon.child.kill("SIGTERM")
  expect((await daemon.ended).code).toBe(0)
})

describe("an external broker", () => {
  it("away at the start, back, away with a full queue: each is reported, also a front lost meanwhile, and the last state is stopped", async () => {
    const scope = Effect.runSync(Scope.make())
    const port = await freePort()
    const storeDir = join(folder.path, "store")
    const start = Effect.gen(function* () {
      return yield* startNatsServer({ binary: yield* natsBinary, storeDir, port })
    })
    const startBroker = () => Effect.runPromise(Effect.provideService(start, Scope.Scope, scope))
    const front = await startFront()
    const http = await freePort()
    const url = `nats://127.0.0.1:${port}`
    const daemon = startTickd(
      ["run"],
      daemonEnvironment(join(folder.path, "away"), front.address, {
        NATS_URL: url,
        INGEST_METRICS_PORT: String(http),
        // The spool would take what the queue cannot.
        TICK_SPOOL_MAX_MB: "0",
        TICK_QUEUE_MAXSIZE: "1000",
        TICKD_INSTRUMENTS: marketContracts(50)
          .map(({ id }) => id)
          .join(",")
      })
    )
    const session = async () => (await statusAt(http)).sessions[0]
    const away = await eventually("the front streams, the broker is away", async () => {
      const status = await statusAt(http)
      return status.sessions[0]?.state === "streaming" ? status : undefined
    })
    expect(away.reasons).toEqual([
      expect.stringMatching(/^broker link (down|connecting)$/),
      expect.stringMatching(/^tick stream: NATS at .* does not answer \(connection refused\): start it/)
    ])

    const broker = await startBroker()
    await eventually("ready", async () => (await statusAt(http)).ready)
    expect((await tickd(["status", "--server", url])).stdout).not.toMatch(/NOT READY/)

    await Effect.runPromise(broker.stop)
    await eventually("the queue is full", async () => (await statusAt(http)).queue.depth >= 1000, 60_000)
    await eventually("ticks wait in the ring", async () => (await statusAt(http)).ledger[0]?.in_flight_at.ring !== 0)
    front.child.kill("SIGKILL")
    const lost = await eventually("the loss is reported", async () => {
      const now = await session()
      return now?.state === "streaming" ? undefined : now
    })
    expect(lost?.last_error).toMatch(/front disconnected/)
    expect((await statusAt(http)).broker.link).not.toBe("up")

    await startBroker()
    await eventually("all is stored", async () => {
      const status = await statusAt(http)
      return status.broker.link === "up" && status.ledger[0]?.in_flight === 0
    })
    await eventually("the events of the outage", async () => {
      const { stdout } = await tickd(["history", "session-primary", "--since", "5m", "--server", url])
      return /streaming → awaitingReconnect {2}on FRONT_DISCONNECTED/.test(stdout)
    })
    daemon.child.kill("SIGTERM")
    const { code, stdout } = await daemon.ended
    expect(code).toBe(0)
    expect(logLines(stdout).some(({ event }) => event === "child_restarting")).toBe(false)

    const states = await Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          const reader = yield* connection(url)
          return yield* Effect.promise(async () => {
            const kv = await new Kvm(reader).open("md_state")
            const found: Record<string, string> = {}
            for await (const key of await kv.keys("acceptance.*")) {
              const text = (await kv.get(key))?.string() ?? "{}"
              found[key] = (JSON.parse(text) as { readonly state: string }).state
            }
            return found
          })
        })
      )
    )
    expect(states).toEqual({
      "acceptance.daemon": "stopped",
      "acceptance.feed-worker-primary": "stopped",
      "acceptance.market-hours": "stopped",
      "acceptance.publisher": "closed",
      "acceptance.repair-primary": "stopped",
      "acceptance.session-primary": "stopped"
    })
    const gone = await tickd(["state", "--instance", "acceptance", "--server", url])
    expect(gone.code).toBe(69)
    expect(gone.stderr).toMatch(/its last snapshot, written at .*, says stopped: .*\[NO_ANSWER\]/)
    await Effect.runPromise(Scope.close(scope, { _tag: "Success", value: undefined } as never))
  })
})

it("an embedded broker that hangs is killed, started again, counted, and costs no tick", async () => {
  const state = join(folder.path, "hangs")
  const demo = startTickd(["demo", "--for", "45s", "--rate", "500", "--json", "--state", state, ...freePorts])
  const { http } = await demoAddresses(demo)
  const status = async () => (await (await fetch(`${http}/status`)).json()) as StatusMessage
  await eventually("ready", async () => (await status()).ready)
  const hung = natsPid(state)
  process.kill(hung, "SIGSTOP")
  await eventually("another nats-server", () => natsPid(state) !== hung, 35_000)
  expect(isRunning(hung)).toBe(false)
  const now = await eventually("ready again", async () => {
    const answer = await status()
    return answer.ready ? answer : undefined
  })
  expect(now.restart_history?.at(-1)).toMatchObject({ path: "root/broker", how: "failed" })
  expect(now.restart_history?.at(-1)?.reason).toMatch(/was running and did not answer for 1[5-9] s: it was killed/)
  demo.child.kill("SIGTERM")
  const { code, stdout } = await demo.ended
  expect(code).toBe(0)
  const report = lastJson(stdout)
  expect(report).toMatchObject({ balanced: true, in_flight: 0, dropped: 0, stored: report["published"] })
})

// A cause that passes on the side of NATS must cost time and never the daemon: each is put before one real daemon,
// one after the other, and taken away again. The rest of them: tests/unit/market/layers/causes/causes.test.ts.
import { spawn } from "node:child_process"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { jetstreamManager } from "@nats-io/jetstream"
import { connect } from "@nats-io/transport-node"
import { Effect } from "effect"
import { afterAll, afterEach, beforeAll, expect, it } from "vitest"
import { daemonEnvironment, startFront } from "../support/cli-daemon.ts"
import {
  endCommands,
  eventually,
  holdPort,
  logLines,
  type RunningCommand,
  startTickd,
  stateFolder
} from "../support/cli-process.ts"
import { natsBinary } from "../support/nats-server.ts"

const folder = stateFolder()
const servers: Array<ReturnType<typeof spawn>> = []

beforeAll(async () => {
  mkdirSync(folder.path, { recursive: true })
})
afterEach(async () => {
  await endCommands()
  for (const server of servers.splice(0)) server.kill("SIGKILL")
})
afterAll(folder.remove)

const serverRecord = (name: string) => readFileSync(join(folder.path, name, "nats", "nats-server.json"), "utf8")

const freePort = async () => {
  const held = await holdPort()
  await held.release()
  return held.port
}

const startDaemon = async (name: string, flags: ReadonlyArray<string>, more: Readonly<Record<string, string>>) => {
  const front = (await startFront()).address
  const metrics = more["INGEST_METRICS_PORT"] ?? String(await freePort())
  const daemon = startTickd(
    ["run", ...flags],
    daemonEnvironment(join(folder.path, name), front, { ...more, INGEST_METRICS_PORT: metrics })
  )
  const get = async (path: string) => (await fetch(`http://127.0.0.1:${metrics}${path}`)).text()
  const readyz = (what: string, pattern: RegExp) =>
    eventually(
      what,
      async () => {
        const text = await get("/readyz")
        return pattern.test(text) ? text : undefined
      },
      40_000
    )
  return { daemon, get, readyz }
}

const stop = async (daemon: RunningCommand) => {
  daemon.child.kill("SIGTERM")
  const ended = await daemon.ended
  expect(ended.code).toBe(0)
  const ledger = logLines(ended.stdout).findLast(({ event }) => event === "ledger")?.["ledger"] as ReadonlyArray<{
    balanced: boolean
    in_flight: number
    published: number
  }>
  expect(ledger.every(({ balanced, in_flight }) => balanced && in_flight === 0)).toBe(true)
  expect(ledger[0]?.published).toBeGreaterThan(0)
  return logLines(ended.stdout)
}

it("R1: rights, passwords and limits that are wrong for a while end no daemon, and the control plane stops no tick", async () => {
  const port = await freePort()
  const config = join(folder.path, "nats.conf")
  const ticks = "{ user: ticks, password: tickpass }"
  const ops = "{ user: ops, password: opspass }"
  const denied = '{ user: ticks, password: tickpass, permissions: { publish: { deny: ["md.tick.>"] } } }'
  const write = (...users: ReadonlyArray<string>) =>
    writeFileSync(
      config,
      `listen: 127.0.0.1:${port}\njetstream { store_dir: "${join(folder.path, "store")}" }\nauthorization { users = [ ${users.join(", ")} ] }\n`
    )
  const binary = await Effect.runPromise(Effect.scoped(natsBinary))
  // The password of the control plane is wrong from the start.
  write(ticks, ops.replace("opspass", "other"))
  const server = spawn(binary, ["-c", config], { stdio: "ignore" })
  servers.push(server)
  const reload = (...users: ReadonlyArray<string>) => {
    write(...users)
    server.kill("SIGHUP")
  }
  const { daemon, get, readyz } = await startDaemon("users", [], {
    NATS_URL: `nats://127.0.0.1:${port}`,
    NATS_USER: "ticks",
    NATS_PASSWORD: "tickpass",
    NATS_OPS_USER: "ops",
    NATS_OPS_PASSWORD: "opspass"
  })
  // The journal's present step may also be reported when its connection breaks.
  const refused =
    /^ready\n(?:warning: .*\n)*warning: control plane: NATS at .* refuses the credentials of "tickd acceptance control"/
  await readyz("ready without a control plane", refused)
  expect(await get("/metrics")).toMatch(/^md_waiting\{part="control plane",code="NATS_AUTH_REJECTED"\} 1$/m)
  reload(ticks, ops)
  await readyz("the control plane is there", /^ready\n$/)

  reload(ticks, ops.replace("opspass", "rotated"))
  await readyz("ready while the password is another", refused)
  reload(ticks, ops)
  await readyz("the journal writes again", /^ready\n$/)

  reload(denied, ops)
  await readyz("says which right is missing", /^not ready: .*tick stream: This NATS user may not publish to md\.tick\./)
  reload(ticks, ops)
  await readyz("publishes again", /^ready\n$/)

  const nats = await connect({ servers: `127.0.0.1:${port}`, user: "ticks", pass: "tickpass" })
  const manager = await jetstreamManager(nats)
  const limit = async (bytes: number) =>
    manager.streams.update("MD_TICKS", {
      ...(await manager.streams.info("MD_TICKS")).config,
      max_msg_size: bytes
    })
  await limit(100)
  await readyz("says which limit is too small", /^not ready: .*tick stream: .*message size exceeds.*max_msg_size/)
  await limit(-1)
  await readyz("stores again", /^ready\n$/)
  await nats.close()

  const lines = await stop(daemon)
  // Each sentence at once and then once a minute, for any number of attempts.
  const codes = lines.filter(({ event }) => event === "waiting").map(({ code }) => code)
  expect(codes.filter((code) => code === "NATS_AUTH_REJECTED").length).toBeLessThanOrEqual(4)
  expect(codes).toContain("PUBLISH_DENIED")
  expect(codes).toContain("MESSAGE_TOO_LARGE")
}, 120_000)

it("R3: ports in use are waited for by name, at the start and after the server died", async () => {
  const heldMetrics = await holdPort()
  const heldNats = await holdPort()
  const { daemon, get, readyz } = await startDaemon("ports", ["--embedded-nats"], {
    NATS_PORT: String(heldNats.port),
    INGEST_METRICS_PORT: String(heldMetrics.port)
  })
  await daemon.printed(new RegExp(`nats-server waits: Port ${heldNats.port} on 127.0.0.1 is in use`))
  await daemon.printed(new RegExp(`telemetry waits: Port ${heldMetrics.port} on 127.0.0.1 is in use`))
  await heldMetrics.release()
  await readyz("says what it waits for", new RegExp(`nats-server: Port ${heldNats.port} on 127.0.0.1 is in use`))
  await heldNats.release()
  await readyz("ready", /^ready\n$/)

  // The port is free until the next start of the server, a fifth of a second later; a faster server is killed again.
  const again = await eventually("the port is held", async () => {
    const [, pid = ""] = /"pid":(\d+)/.exec(serverRecord("ports")) ?? []
    process.kill(Number(pid), "SIGKILL")
    for (let tries = 0; ; tries++) {
      try {
        return await holdPort(heldNats.port)
      } catch (error) {
        if (tries > 20) throw error
      }
    }
  })
  await readyz(
    "names the port again",
    new RegExp(`^not ready: .*nats-server: Port ${heldNats.port} on 127.0.0.1 is in`)
  )
  expect(await get("/healthz")).toBe("ok\n")
  await again.release()
  await readyz("ready again", /^ready\n$/)
  const lines = await stop(daemon)
  expect(JSON.stringify(lines)).not.toMatch(/Schema validation failed/)
}, 120_000)

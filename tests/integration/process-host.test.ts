// Real programs, started as a runbook starts them: a second copy, a signal for a stranger, or a daemon that dies with
// its terminal would cost a session.
import { spawn } from "node:child_process"
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, expect, it } from "vitest"
import { isListening } from "../../src/ops/adapters/process/port-holder.ts"
import { account, startFront } from "../support/cli-daemon.ts"
import { endCommands, eventually, isRunning } from "../support/cli-process.ts"
import { makeLiveMachine } from "../support/live-stack.ts"

type Machine = Awaited<ReturnType<typeof makeLiveMachine>>

let front: Awaited<ReturnType<typeof startFront>>
beforeAll(async () => {
  front = await startFront()
})
afterAll(endCommands)

const recordOf = ({ folder }: Machine, name: string) =>
  JSON.parse(readFileSync(join(folder, "run", `${name}.json`), "utf8")) as {
    readonly pid: number
    readonly ticks: string
    readonly start: { readonly hash: string }
  }

/** Ends what a test has started, by the ids of its records, and removes its folder. */
const cleanUp = async (machine: Machine) => {
  for (const name of ["tickd", "nats-server"]) {
    if (!existsSync(join(machine.folder, "run", `${name}.json`))) continue
    const { pid } = recordOf(machine, name)
    const command = isRunning(pid) ? readFileSync(`/proc/${pid}/cmdline`, "utf8") : ""
    if (/nats-server|tickd\.mjs/.test(command)) process.kill(pid, "SIGKILL")
    await eventually(`${name} is gone`, () => !isRunning(pid))
  }
  // The shells write the exit codes a moment later.
  await new Promise((resolve) => setTimeout(resolve, 200))
  machine.remove()
}

const withMachine = (test: (machine: Machine) => Promise<void>) => async () => {
  const machine = await makeLiveMachine(front.address)
  try {
    await test(machine)
  } finally {
    await cleanUp(machine)
  }
}

const ready = ({ httpPort }: Machine) =>
  eventually("the daemon is ready", async () => (await fetch(`http://127.0.0.1:${httpPort}/readyz`)).ok, 30_000)

describe("the process runtime", () => {
  it(
    "starts NATS and the daemon once, adopts them in the next run, and ends them with 0",
    withMachine(async (machine) => {
      const first = await machine.newRun()
      expect(await first.observe()).toEqual({
        nats: undefined,
        tickd: undefined,
        monitoring: undefined,
        console: undefined
      })
      assert.isTrue(await first.start("nats"))
      assert.isTrue(await first.start("tickd"))
      await ready(machine)
      const pids = [recordOf(machine, "nats-server").pid, recordOf(machine, "tickd").pid]

      const second = await machine.newRun()
      const seen = await second.observe()
      assert.include(seen.tickd, `tickd pid ${pids[1]} since 20`)
      assert.isFalse(await second.start("nats"))
      assert.isFalse(await second.start("tickd"))
      expect([recordOf(machine, "nats-server").pid, recordOf(machine, "tickd").pid]).toEqual(pids)

      assert.isTrue(await second.stop("tickd"))
      assert.isFalse(await second.stop("tickd"))
      assert.match(readFileSync(join(machine.folder, "run", "tickd.exit"), "utf8"), / 0\n$/)
      assert.include(readFileSync(join(machine.folder, "logs", "tickd.log"), "utf8"), "final account")
      assert.isTrue(await second.stop("nats"))
      assert.isFalse(pids.some(isRunning))
    }),
    60_000
  )

  it(
    "keeps secrets in files of its owner, and in no environment, record or log",
    withMachine(async (machine) => {
      const run = await machine.newRun({ CTP_PRIMARY_PASSWORD: account.password })
      await run.start("nats")
      await run.start("tickd")
      await ready(machine)
      const dir = join(machine.folder, "run")
      assert.strictEqual(statSync(dir).mode & 0o777, 0o700)
      assert.strictEqual(statSync(join(dir, "credentials")).mode & 0o777, 0o700)
      const secret = join(dir, "credentials", "CTP_PRIMARY_PASSWORD")
      assert.strictEqual(statSync(secret).mode & 0o777, 0o600)
      assert.strictEqual(readFileSync(secret, "utf8"), account.password)
      assert.strictEqual(statSync(join(dir, "tickd.json")).mode & 0o777, 0o600)
      const { pid } = recordOf(machine, "tickd")
      const environment = readFileSync(`/proc/${pid}/environ`, "utf8")
      assert.include(environment, `CREDENTIALS_DIRECTORY=${join(dir, "credentials")}`)
      for (const text of [
        environment,
        readFileSync(`/proc/${pid}/cmdline`, "utf8"),
        readFileSync(join(dir, "tickd.json"), "utf8"),
        readFileSync(join(machine.folder, "logs", "tickd.log"), "utf8"),
        machine.lines.join("\n")
      ])
        assert.notInclude(text, account.password)
      await run.stop("tickd")
      await run.stop("nats")
    }),
    60_000
  )

  it(
    "never signals the process of a stale record",
    withMachine(async (machine) => {
      const run = await machine.newRun()
      await run.start("nats")
      const record = recordOf(machine, "nats-server")
      await run.stop("nats")
      const stranger = spawn("sleep", ["60"], { stdio: "ignore" })
      const path = join(machine.folder, "run", "nats-server.json")
      writeFileSync(path, JSON.stringify({ ...record, pid: stranger.pid }))
      const next = await machine.newRun()
      assert.isUndefined((await next.observe()).nats)
      assert.isFalse(await next.stop("nats"))
      assert.isTrue(await next.start("nats"))
      await next.stop("nats")
      assert.isTrue(isRunning(stranger.pid ?? 0))
      stranger.kill("SIGKILL")
    }),
    60_000
  )

  it(
    "refuses a port that a stranger holds, and names it",
    withMachine(async (machine) => {
      const stranger = spawn(machine.set["NATS_SERVER"] ?? "", ["-a", "127.0.0.1", "-p", String(machine.natsPort)], {
        stdio: "ignore"
      })
      await eventually("it listens", () => isListening(machine.natsPort))
      const run = await machine.newRun()
      await expect(run.start("nats")).rejects.toThrow(
        new RegExp(`port ${machine.natsPort} is held by pid ${stranger.pid} \\(.*nats-server`)
      )
      assert.isTrue(isRunning(stranger.pid ?? 0))
      stranger.kill("SIGKILL")
    }),
    60_000
  )
})

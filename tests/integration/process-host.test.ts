// Real programs, started as a runbook starts them: a second copy, a signal for a stranger, or a daemon that dies with
// its terminal would cost a session.
import { execFileSync, spawn } from "node:child_process"
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, expect, it } from "vitest"
import { isListening } from "../../src/platform/process/port-holder.ts"
import { account, startFront } from "../support/cli-daemon.ts"
import { endCommands, eventually, isRunning, startCommand } from "../support/cli-process.ts"
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
    "stops a program although what it ran with cannot be kept, as on a full disk",
    withMachine(async (machine) => {
      const run = await machine.newRun()
      await run.start("nats")
      await run.start("tickd")
      await ready(machine)
      await run.end()
      const next = await machine.newRun()
      const limitFiles = (most: string) => execFileSync("prlimit", ["--pid", `${process.pid}`, `--fsize=${most}:`])
      limitFiles("0")
      try {
        assert.isTrue(await next.stop("tickd"))
      } finally {
        limitFiles("unlimited")
      }
      assert.match(machine.lines.join("\n"), /^ERROR The settings of tickd cannot be kept in /m)
      assert.isUndefined((await next.observe()).tickd)
      assert.isFalse(existsSync(join(machine.folder, "run", "before")))
      await next.stop("nats")
    }),
    60_000
  )

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

  it(
    "survives the tool that started it, and is started once by two tools at the same time",
    withMachine(async (machine) => {
      const tool = () =>
        startCommand(["tests/support/live-start.ts", JSON.stringify(machine.set), join(machine.folder, "logs")])
      const tools = [tool(), tool()]
      const outputs = await Promise.all(tools.map((each) => each.printed(/started (\w+) (\w+)/)))
      assert.strictEqual(outputs.filter(([, nats]) => nats === "true").length, 1)
      assert.strictEqual(outputs.filter(([, , tickd]) => tickd === "true").length, 1)
      for (const { child, ended } of tools) {
        child.kill("SIGKILL")
        await ended
      }
      await ready(machine)
      const run = await machine.newRun()
      assert.isTrue(await run.stop("tickd"))
      assert.isTrue(await run.stop("nats"))
    }),
    60_000
  )

  it(
    "notices a daemon that was killed, completes the half of a stack, and keeps the log of the dead one",
    withMachine(async (machine) => {
      const run = await machine.newRun()
      await run.start("nats")
      await run.start("tickd")
      await ready(machine)
      process.kill(recordOf(machine, "tickd").pid, "SIGKILL")
      await eventually("it is noticed", async () => (await run.observe()).tickd === undefined)
      const next = await machine.newRun()
      assert.isFalse(await next.stop("tickd"))
      assert.isFalse(await next.start("nats"))
      assert.isTrue(await next.start("tickd"))
      await ready(machine)
      const logs = readdirSync(join(machine.folder, "logs")).filter((name) => name.startsWith("tickd."))
      assert.lengthOf(logs, 2)
      assert.lengthOf(
        logs.filter((name) => /^tickd\.\d{8}-\d{6}\.log$/.test(name)),
        1
      )
      await next.stop("tickd")
      await next.stop("nats")
    }),
    60_000
  )

  it(
    "reports a daemon that ends at its start with its code and its last lines",
    withMachine(async (machine) => {
      const run = await machine.newRun({ TICK_WINDOW: "nonsense" })
      await run.start("nats")
      await expect(run.start("tickd")).rejects.toThrow(
        /tickd ended with 78 at its start; its last lines: .*TICK_WINDOW/s
      )
      assert.isUndefined((await run.observe()).tickd)
      await run.stop("nats")
    }),
    60_000
  )

  it(
    "leaves a program with other settings alone in a start, and restarts it as it was in a rollback, also of a killed run",
    withMachine(async (machine) => {
      const old = { CTP_PRIMARY_PASSWORD: "the-0ld-secret" }
      const first = await machine.newRun(old)
      await first.start("nats")
      await first.start("tickd")
      await ready(machine)
      const before = recordOf(machine, "tickd")

      // What a rotation leaves: the record is that of the start, and the file has the new secret.
      const secret = join(machine.folder, "run", "credentials", "CTP_PRIMARY_PASSWORD")
      writeFileSync(secret, "the-r0tated-secret")
      const rotated = await machine.newRun({ CTP_PRIMARY_PASSWORD: "the-r0tated-secret" })
      assert.isFalse(await rotated.start("tickd"))
      assert.notInclude(machine.lines.join("\n"), "other settings")
      await rotated.end()
      writeFileSync(secret, old.CTP_PRIMARY_PASSWORD)

      const next = await machine.newRun({ CTP_PRIMARY_PASSWORD: "the-n3w-secret", LOG_LEVEL: "WARNING" })
      assert.isFalse(await next.start("tickd"))
      assert.include(machine.lines.join("\n"), "runs with other settings than these")
      assert.isFalse(await next.start("tickd", "before"))
      assert.isTrue(await next.stop("tickd"))
      assert.isTrue(await next.start("tickd"))
      assert.strictEqual(readFileSync(secret, "utf8"), "the-n3w-secret")
      assert.notStrictEqual(recordOf(machine, "tickd").start.hash, before.start.hash)

      assert.isTrue(await next.start("tickd", "before"))
      assert.strictEqual(recordOf(machine, "tickd").start.hash, before.start.hash)
      assert.strictEqual(readFileSync(secret, "utf8"), old.CTP_PRIMARY_PASSWORD)
      assert.isFalse(await next.start("tickd", "before"))
      await next.end()

      // A run that is killed between its stop and the end: the next one finds what ran before it.
      const killed = await machine.newRun({ LOG_LEVEL: "WARNING" })
      await killed.stop("tickd")
      await killed.start("tickd")
      assert.notStrictEqual(recordOf(machine, "tickd").start.hash, before.start.hash)
      const recovering = await machine.newRun({ LOG_LEVEL: "WARNING" }, true)
      assert.isTrue(await recovering.start("tickd", "before"))
      assert.strictEqual(recordOf(machine, "tickd").start.hash, before.start.hash)
      assert.strictEqual(readFileSync(secret, "utf8"), old.CTP_PRIMARY_PASSWORD)
      await recovering.end()

      // What a killed run has completed stays: the rollback of the next run does not undo it.
      const complete = await machine.newRun({ LOG_LEVEL: "WARNING" })
      await complete.stop("tickd")
      await complete.start("tickd")
      const { pid } = recordOf(machine, "tickd")
      assert.isFalse(await (await machine.newRun()).start("tickd", "before"))
      assert.strictEqual(recordOf(machine, "tickd").pid, pid)
      await next.stop("tickd")
      await next.stop("nats")
    }),
    60_000
  )

  it(
    "kills a program that does not end within its grace, and takes it for no clean end, however often it is asked",
    withMachine(async (machine) => {
      const run = await machine.newRun({ TICKD_SHUTDOWN_DEADLINE_MS: "1000" })
      await run.start("nats")
      await run.start("tickd")
      await ready(machine)
      const { pid } = recordOf(machine, "tickd")
      process.kill(pid, "SIGSTOP")
      await expect(run.stop("tickd")).rejects.toThrow(/did not end within 6 s and was killed/)
      assert.isFalse(isRunning(pid))
      await expect(run.stop("tickd")).rejects.toThrow(/was killed/)
      await run.stop("nats")
    }),
    60_000
  )
})

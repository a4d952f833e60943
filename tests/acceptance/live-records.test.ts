// Every way in which a call of the runbooks ends leaves one line in the audit, one event and one pushed exit code: also
// a refused command line, a signal while the program is loaded, and a defect of the tool.
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest"
import { endCommands, launcher, startCommand, stateFolder } from "../support/cli-process.ts"
import { projectRoot } from "../support/nats-server.ts"

const program = join(projectRoot, "deploy", "operations", "start_live_env.sh")
/** Nothing listens there: what is not delivered waits in the run folder. */
const nowhere = { NATS_URL: "nats://127.0.0.1:1", PUSHGATEWAY_URL: "http://127.0.0.1:1" }

let folder: ReturnType<typeof stateFolder>
beforeEach(() => {
  folder = stateFolder()
})
afterEach(() => folder.remove())
afterAll(endCommands)

const auditOf = (logs = "logs/runbooks"): ReadonlyArray<string> => {
  const path = join(folder.path, logs, "startup_audit.log")
  return existsSync(path) ? readFileSync(path, "utf8").trimEnd().split("\n") : []
}
const queued = (name: string): unknown => {
  const path = join(folder.path, "run", "push-queue", `${name}.json`)
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8").replaceAll("\0", "").trim()) : undefined
}
const events = () => (queued("events") ?? []) as ReadonlyArray<Readonly<Record<string, unknown>>>

describe("a command line that is refused", () => {
  const script = (...args: ReadonlyArray<string>) =>
    startCommand(args, { program, cwd: folder.path, env: nowhere }).ended

  it("is in the audit with the command that it names, and in the records that wait", { timeout: 60_000 }, async () => {
    for (const args of [
      ["--status"],
      ["--failover", "--drill"],
      ["--failover", "--window", "noon"],
      ["--window", "night", "--debug", "--debug"]
    ]) {
      expect(await script(...args)).toMatchObject({ code: 1, stderr: expect.stringContaining("LIVE_FLAGS_REFUSED") })
    }
    expect(auditOf().map((line) => line.split(",").slice(1).join())).toEqual([
      "unknown,day,live,1",
      "unknown,day,live,1",
      "failover,day,live,1",
      "start,night,live,1"
    ])
    expect(events().map(({ command, exit_code }) => `${String(command)} ${String(exit_code)}`)).toEqual([
      "unknown 1",
      "unknown 1",
      "failover 1",
      "start 1"
    ])
    expect(queued("metrics")).toEqual({ md_runbook_exit_code: 1 })
  })

  it("uses the log folder that it names; a mock reaches for nothing else", { timeout: 60_000 }, async () => {
    expect((await script("--log-dir", "own", "--stop", "--mock", "--config", "third")).code).toBe(1)
    expect(auditOf("own")).toEqual([expect.stringMatching(/,stop,day,mock,1$/)])
    expect(existsSync(join(folder.path, "run"))).toBe(false)
    expect((await script("--restart", "--env-file", "none.env")).code).toBe(1)
    expect(auditOf()).toEqual([expect.stringMatching(/,restart,day,live,1$/)])
    expect(events()).toEqual([expect.objectContaining({ command: "restart", end: "failed", exit_code: 1 })])
  })
})

describe("a signal while the program is loaded", () => {
  const verb = (...flags: ReadonlyArray<string>) =>
    startCommand([...flags, "--", launcher, "live", "start", "--mock"], { cwd: folder.path })
  /** Says when the program itself handles SIGTERM: its first lines have run. */
  const saying = `data:text/javascript,${encodeURIComponent(`
    const on = process.on.bind(process)
    process.on = (name, act) => {
      const self = on(name, act)
      if (name === "SIGTERM") process.stdout.write("handled\\n")
      return self
    }`)}`

  it.each([0, 50, 100, 200, 400])("is recorded %i ms after the first lines", { timeout: 30_000 }, async (afterMs) => {
    const run = verb("--import", saying)
    await run.printed(/^handled$/m)
    await sleep(afterMs)
    process.kill(run.pid, "SIGTERM")
    const ended = await run.ended
    expect(ended, ended.stdout).toMatchObject({ code: 143, stderr: "" })
    expect(auditOf()).toEqual([expect.stringMatching(/,start,day,mock,143$/)])
  })

  it.each([50, 100, 200, 400])("leaves a record or nothing at all %i ms after the call", {
    timeout: 30_000
  }, async (afterMs) => {
    const run = verb()
    await sleep(afterMs)
    process.kill(run.pid, "SIGINT")
    const { code } = await run.ended
    if (code === 130) expect(auditOf()).toEqual([expect.stringMatching(/,start,day,mock,130$/)])
    else expect([code, existsSync(join(folder.path, "logs"))]).toEqual([null, false])
  })
})

describe("a defect of the tool", () => {
  /** Throws where nothing catches it, as soon as a text is printed. */
  const throwingAt = (text: string) =>
    `data:text/javascript,${encodeURIComponent(`
    const write = process.stdout.write.bind(process.stdout)
    process.stdout.write = (chunk, ...others) => {
      if (String(chunk).startsWith("{") && String(chunk).includes(${JSON.stringify(text)})) {
        setImmediate(() => { throw new Error("planted") })
      }
      return write(chunk, ...others)
    }`)}`

  it("is in the audit at once, with 70, and the next run ends what it has left", { timeout: 60_000 }, async () => {
    const variables = { ...nowhere, MANAGE_NATS: "0", MANAGE_MONITORING: "0" }
    const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}`)
    writeFileSync(join(folder.path, ".env.live"), `${lines.join("\n")}\n`, { mode: 0o600 })
    const stop = (...flags: ReadonlyArray<string>) =>
      startCommand([...flags, "--", launcher, "live", "stop"], { cwd: folder.path }).ended
    const broken = await stop("--import", throwingAt("Stage stopTickd"))
    expect(broken, broken.stdout).toMatchObject({ code: 70 })
    expect(broken.stderr).toMatch(/^tickd: a bug of tickd, please report it: uncaughtException: Error: planted/)
    expect(auditOf()).toEqual([expect.stringMatching(/,stop,day,live,70$/)])
    expect(queued("metrics")).toEqual({ md_runbook_exit_code: 70 })

    const next = await stop()
    expect(next, next.stdout).toMatchObject({ code: 0 })
    expect(next.stdout).toMatch(/Found a run that did not end: stop of .* in stage stopTickd/)
    expect(auditOf().map((line) => line.split(",").at(-1))).toEqual(["70", "0"])
    expect(events().map(({ exit_code }) => exit_code)).toEqual([70, 0])
  })
})

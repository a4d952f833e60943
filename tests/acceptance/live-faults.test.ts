// What goes wrong before the market opens, on real processes: each fault has its code, one sentence with the fix, one
// line in the audit, and leaves what ran before. The same faults as in docs/reference/runbook-faults.md.
import { execFileSync, spawn } from "node:child_process"
import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { afterAll, beforeAll, expect, it } from "vitest"
import { type Ended, eventually, isRunning, startCommand } from "../support/cli-process.ts"
import { logOf, makeRunbookFolder } from "../support/runbook-folder.ts"

let box: Awaited<ReturnType<typeof makeRunbookFolder>>
beforeAll(async () => {
  box = await makeRunbookFolder()
}, 60_000)
afterAll(() => box.remove())

const day = ["--env-file", "day.env"]
const messages = (end: Ended) => logOf(end).map(({ level, message }) => `${level} ${message}`)
const expectRefusal = (end: Ended, code: number, sentence: RegExp) => {
  expect(end, end.stdout + end.stderr).toMatchObject({ code })
  expect(end.stdout).toMatch(sentence)
  expect(end.stdout).not.toMatch(/s3cret/)
}
/** The lines of the audit that a step has added, without their times. */
const audited = async (step: () => Promise<unknown>) => {
  const before = box.audit().length
  await step()
  return box.audit().slice(before)
}
/** Starts a command and gives it a signal when it has printed something. */
const broken = async (signal: NodeJS.Signals, pattern: RegExp, ...args: ReadonlyArray<string>) => {
  const run = box.begin([...day, ...args])
  await run.printed(pattern)
  process.kill(run.pid, signal)
  return run.ended
}
/** Ends a program as a crash does. */
const crash = async (name: "nats-server" | "tickd" | "pushgateway") => {
  const pid = box.pidOf(name)
  process.kill(pid, "SIGKILL")
  await eventually(`${name} is gone`, () => !isRunning(pid))
}

it("refuses an env file that is wrong, at once and with every fault", { timeout: 60_000 }, async () => {
  box.envFile("wrong.env", { CTP_PRIMARY_USER_ID: "", CTP_BACKUP_BROKER_ID: '"8888' })
  appendFileSync(box.path("wrong.env"), "CTP_PRIMARY_BROKER_ID=1\nno variable\n")
  const lines = await audited(async () => {
    const end = await box.run(["--env-file", "wrong.env"])
    expectRefusal(end, 1, /^.*CTP_PRIMARY_BROKER_ID is set in line \d+ and again in line \d+, to another value/m)
    for (const fault of [
      /the quote of CTP_BACKUP_BROKER_ID is not closed/,
      /no NAME=value/,
      /CTP_PRIMARY_USER_ID is not set/
    ]) {
      expect(end.stdout).toMatch(fault)
    }
    expect(end.stdout).not.toMatch(/attempt 2 of 3/)
  })
  expect(lines).toEqual(["start,day,live,1"])
  expect(box.running()).toEqual([])
})

it("names what is behind the port of NATS", { timeout: 60_000 }, async () => {
  box.envFile("other.env", { MANAGE_NATS: "0" })
  const stranger = createServer((socket) => {
    socket.on("error", () => undefined)
    socket.end("HTTP/1.0 400\r\n\r\n")
  })
  await new Promise<void>((listens) => stranger.listen(box.ports.nats, "127.0.0.1", listens))
  const lines = await audited(async () => {
    expectRefusal(
      await box.run(day),
      11,
      /^Port \d+ of NATS is taken by pid \d+ \(.+\), which no runbook started here: .*MANAGE_NATS=0/m
    )
    expectRefusal(await box.run(["--env-file", "other.env"]), 1, /^What answers at nats:\S+ is not a NATS server: /m)
    await new Promise((closed) => stranger.close(closed))
    const foreign = startCommand(["-a", "127.0.0.1", "-p", String(box.ports.nats)], {
      program: box.variables["NATS_SERVER"] ?? ""
    })
    await foreign.printed(/Server is ready/)
    const end = await box.run(["--env-file", "other.env"])
    expectRefusal(end, 1, /^NATS at \S+ has no JetStream for this user \(.*\): start it with -js/m)
    foreign.child.kill("SIGTERM")
    await foreign.ended
  })
  expect(lines).toEqual(["start,day,live,11", "start,day,live,1", "start,day,live,1"])
  expect(box.running()).toEqual([])
})

it("undoes a start at Ctrl-C in each stage, also while it waits for a front", { timeout: 90_000 }, async () => {
  const lines = await audited(async () => {
    for (const stage of ["nats", "tickd", "subscription"]) {
      const end = await broken("SIGINT", new RegExp(`Component: ${stage}, Status: STARTING`))
      expect(end, stage + end.stdout).toMatchObject({ code: 130 })
      expect(box.running(), stage).toEqual([])
    }
    // Contracts that the front refuses are asked for again: the coverage is what the operator sees meanwhile.
    box.fronts.primary.child.stdin?.write("reject-instruments 5\n")
    const short = await broken(
      "SIGINT",
      /Stage subscription waits: Coverage of feed primary is 75.00 % \(15 of 20\), below 99.50 %; missing are .*: run/
    )
    expect(short.code).toBe(130)
    box.fronts.primary.child.stdin?.write("reject-instruments 0\nno-login-answer on\n")
    const silent = await broken("SIGINT", /Stage subscription waits: Session primary is not logged in, it is /)
    expect(silent.code).toBe(130)
    // A refused password stays refused: it is not tried again.
    box.fronts.primary.child.stdin?.write("no-login-answer off\npassword other\n")
    const refused = await box.run(day)
    expectRefusal(refused, 21, /^.*primary.* rejected.*$/m)
    expect(refused.stdout).toMatch(/^Rollback to primary succeeded$/m)
    box.fronts.primary.child.stdin?.write("password off\n")
    expect(box.running()).toEqual([])
  })
  expect(lines).toEqual([...Array.from({ length: 5 }, () => "start,day,live,130"), "start,day,live,21"])
})

it("completes or undoes what a killed tool has left", { timeout: 120_000 }, async () => {
  // A file as an editor of another system leaves it, which others can read too.
  const text = readFileSync(box.path("day.env"), "utf8")
  writeFileSync(box.path("odd.env"), text.replace(/^(\w+)=(.*)$/gm, '$1="$2"\r').concat("TICKD_NONE=1\r\n"))
  chmodSync(box.path("odd.env"), 0o644)
  const lines = await audited(async () => {
    await broken("SIGKILL", /Component: nats, Status: READY/)
    const first = box.begin(["--env-file", "odd.env"])
    await first.printed(/Stage tickd, attempt/)
    const second = await box.run([...day, "--stop"])
    expectRefusal(second, 12, /^The lock is held by \S+ \(pid \d+, --start\) since [\d:]+: wait for that run/m)
    const end = await first.ended
    expect(end, end.stdout).toMatchObject({ code: 0 })
    expect(messages(end)).toContainEqual(expect.stringMatching(/Its start is not complete: restoring/))
    for (const code of ["ENV_CRLF", "ENV_QUOTES", "ENV_MODE", "ENV_UNKNOWN"]) {
      expect(end.stdout).toMatch(new RegExp(`"WARN".*\\[${code}\\]`))
    }

    const daemon = box.pidOf("tickd")
    await broken("SIGKILL", /tickd \(pid \d+\) is asked to end/, "--restart")
    // The line comes before the signal: the tool may have died in between.
    if (isRunning(daemon)) process.kill(daemon, "SIGTERM")
    await eventually("the old daemon is gone", () => !isRunning(daemon))
    const failover = await broken("SIGKILL", /Stage switchFeed, attempt/, "--failover", "--config", "backup")
    expect(messages(failover)).toContainEqual(expect.stringMatching(/Its restart is not complete: restoring/))
    expect(messages(failover)).not.toContainEqual(expect.stringMatching(/Stage handOver waits/))

    const failback = await box.run([...day, "--failback"])
    expect(failback, failback.stdout).toMatchObject({ code: 0 })
    expect(messages(failback)).toContainEqual(expect.stringMatching(/Found a run that did not end: failover of /))
  })
  expect(lines).toEqual([
    "start,day,live,137",
    "stop,day,live,12",
    "start,day,live,0",
    "restart,day,live,137",
    "failover,day,live,137",
    "failback,day,live,0"
  ])
})

it("takes a stack that is half there, and a clock or a disk that is not as it should be", {
  timeout: 90_000
}, async () => {
  const lines = await audited(async () => {
    await crash("tickd")
    const again = await box.run(day)
    expect(again, again.stdout).toMatchObject({ code: 0 })
    await crash("nats-server")
    await crash("pushgateway")
    const others = await box.run(day)
    expect(others, others.stdout).toMatchObject({ code: 0 })
    expect(box.running()).toHaveLength(4)

    const late = "data:text/javascript,const%20now=Date.now;Date.now=()=>now()+600000"
    const clock = await box.run(day, { NODE_OPTIONS: `--import=${late}` })
    expectRefusal(clock, 11, /^The clock of this machine is \d+\.\d s ahead of that of the NATS server: synchronise/m)
    expect(box.running()).toHaveLength(4)
  })
  expect(lines).toEqual(["start,day,live,0", "start,day,live,0", "start,day,live,11"])
})

it.runIf(process.getuid?.() === 0)(
  "switches the feed while the disk of the logs is full",
  { timeout: 60_000 },
  async () => {
    const folder = box.path("full")
    mkdirSync(folder)
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder])
    try {
      writeFileSync(box.path("full", "filler"), Buffer.alloc(65_536))
      const end = await box.run([...day, "--log-dir", "full", "--failover", "--config", "backup"])
      expect(end, end.stdout).toMatchObject({ code: 0 })
      expect(end.stdout).toMatch(
        /A switch does not wait for this: The log folder \S+ cannot be written \(ENOSPC\): make room/
      )
      expect(end.stdout).toMatch(
        /The audit \S+ cannot be written \(ENOSPC.*The line is kept in \S+; the next run appends it/
      )
      expect(end.stdout).toMatch(/\d+ log lines could not be written to \S+ \(ENOSPC\): make room/)
      writeFileSync(box.path("full", "filler"), "")
      expect((await box.run([...day, "--failback"])).code).toBe(0)
      expect(readFileSync(box.path("full", "startup_audit.log"), "utf8")).toMatch(/^[^,\n]+,failover,day,live,0\n$/)
    } finally {
      execFileSync("umount", [folder])
    }
  }
)

it("ends what a killed stop has left, and no process that is not its own", { timeout: 60_000 }, async () => {
  writeFileSync(box.path("file"), "")
  const unlogged = await box.run([...day, "--log-dir", "file/logs"])
  expect(unlogged.code).toBe(1)
  expect(unlogged.stderr).toMatch(/The log folder \S+ cannot be written \(ENOTDIR\): let this user write it, or name/)

  const stranger = spawn("sleep", ["60"])
  const lines = await audited(async () => {
    await broken("SIGKILL", /Stage stopTickd, attempt/, "--stop")
    const stop = await box.run([...day, "--stop"])
    expect(stop, stop.stdout).toMatchObject({ code: 0 })
    expect(messages(stop)).toContainEqual(expect.stringMatching(/Its stop is not complete: restoring/))
    expect(box.running()).toEqual([])

    const record = JSON.parse(readFileSync(box.path("run", "tickd.json"), "utf8")) as object
    writeFileSync(box.path("run", "tickd.json"), `${JSON.stringify({ ...record, pid: stranger.pid })}\n`)
    expect((await box.run([...day, "--stop"])).code).toBe(0)
  })
  expect(lines).toEqual(["stop,day,live,137", "stop,day,live,0", "stop,day,live,0"])
  expect(isRunning(stranger.pid ?? 0)).toBe(true)
  stranger.kill("SIGKILL")
  expect(existsSync(box.path("run", "credentials"))).toBe(false)
})

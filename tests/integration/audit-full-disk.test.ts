// On a full disk an operator must still be able to switch, drain and look closer, and what was requested must be found later.
import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import { makeCommandHandler } from "../../src/market/layers/control/command-handler.ts"
import { makeOperationCommands } from "../../src/market/layers/control/operation-commands.ts"
import { makeUnwrittenCommands } from "../../src/market/layers/control/unwritten-commands.ts"
import { verifyChain } from "../../src/platform/audit/audit-chain.ts"
import { type AuditFile, makeAuditFile, readAuditLines, reserveOf } from "../../src/platform/audit/audit-file.ts"
import { readReserve } from "../../src/platform/audit/audit-reserve.ts"
import type { AuditEntry } from "../../src/protocol/control/command.ts"
import { ControlError } from "../../src/protocol/control/control.ts"
import { projectRoot } from "../support/nats-server.ts"

let folder = ""
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tickd-audit-full-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A handler whose events, log lines and waits are kept, and whose timers the test runs. */
const handlerOf = (audit: AuditFile) => {
  const seen = { events: [] as Array<AuditEntry>, log: [] as Array<string>, waits: [] as Array<string> }
  const timers: Array<() => void> = []
  const done: Array<string> = []
  const unwritten = makeUnwrittenCommands({
    audit,
    journal: { audit: (entry) => void seen.events.push(entry) },
    log: { audit: (entry) => void seen.log.push(`${entry.verb} ${entry.result}`), write: () => undefined },
    waiting: {
      failed: (_part, name, error) => void seen.waits.push(`${name}: ${(error as { message: string }).message}`),
      worked: (_part, name = "") => void seen.waits.push(`${name} works`)
    },
    later: (run) => void timers.push(run)
  })
  const verbs = makeOperationCommands({
    instance: "t1",
    children: () => ["root/line"],
    operations: {
      restartChild: async (child) => void done.push(`restart ${child}`),
      setLogLevel: (level) => void done.push(`log-level ${level}`),
      refreshContracts: undefined,
      retrySession: (feed) => {
        done.push(`retry ${feed}`)
        return "the password"
      },
      feeds: () => ["primary"],
      drain: () => void done.push("drain")
    },
    nowMs: () => 0,
    later: () => undefined,
    onLateFailure: () => undefined
  })
  let id = 0
  const command = makeCommandHandler({
    instance: "t1",
    audit,
    onEntry: (entry) => void seen.events.push(entry),
    onUnwritten: unwritten.note,
    stopping: () => false,
    nowMs: () => 0,
    nextId: () => String(++id)
  })
  const bytes = (request: unknown) => new TextEncoder().encode(JSON.stringify(request))
  return { seen, timers, done, command, verbs, bytes }
}

describe("R13, U2: an audit file that cannot be written", () => {
  it("R13: emergencies are carried out and kept aside, other requests are refused, and the file gets all of it later", () => {
    const path = join(folder, "audit.jsonl")
    const audit = makeAuditFile(path)
    // A folder in its place: no process can write there, root neither.
    mkdirSync(path)
    const { seen, timers, done, command, verbs, bytes } = handlerOf(audit)
    command(verbs.drain)(bytes({ reason: "disk full" }), undefined)
    command(verbs.logLevel)(bytes({ level: "DEBUG" }), undefined)
    command(verbs.retry)(bytes({ feed: "primary" }), undefined)
    assert.throws(
      () => command(verbs.restart)(bytes({ child: "root/line" }), undefined),
      ControlError,
      /Nothing was done/
    )
    assert.deepStrictEqual(done, ["drain", "log-level DEBUG", "retry primary"])
    const results = ["drain", "log-level", "retry"].flatMap((verb) => [`${verb} accepted`, `${verb} done`])
    results.push("restart refused")
    assert.deepStrictEqual(seen.log, results)
    assert.deepStrictEqual(
      seen.events.map(({ verb, result }) => `${verb} ${result}`),
      results
    )
    assert.deepStrictEqual(
      readReserve(reserveOf(path)).map(({ verb, result }) => `${verb} ${result}`),
      results
    )
    assert.match(seen.waits.at(-1) ?? "", /^audit file: .*EISDIR.* It misses 7 entries/)
    timers.shift()?.()
    assert.lengthOf(timers, 1, "tried again later")

    rmdirSync(path)
    timers.shift()?.()
    assert.strictEqual(seen.waits.at(-1), "audit file works")
    assert.deepInclude(verifyChain(readAuditLines(path)), { entries: 7, broken: undefined })
    assert.deepStrictEqual(readReserve(reserveOf(path)), [])
  })

  it("R13: what a former life kept aside is written by the next one, ahead of its own commands", () => {
    const path = join(folder, "audit.jsonl")
    mkdirSync(path)
    const former = handlerOf(makeAuditFile(path))
    former.command(former.verbs.drain)(former.bytes({}), undefined)
    rmdirSync(path)
    const next = handlerOf(makeAuditFile(path))
    next.command(next.verbs.logLevel)(next.bytes({ level: "INFO" }), undefined)
    const chain = verifyChain(readAuditLines(path))
    assert.deepInclude(chain, { entries: 4, broken: undefined })
  })

  it("U2: the reserve takes a command on a disk that is really full", (context) => {
    const program = `
      import { makeAuditFile, reserveOf } from "${join(projectRoot, "src/platform/audit/audit-file.ts")}"
      import { readReserve } from "${join(projectRoot, "src/platform/audit/audit-reserve.ts")}"
      import { execFileSync } from "node:child_process"
      const path = process.argv[1] + "/audit.jsonl"
      const audit = makeAuditFile(path)
      execFileSync("sh", ["-c", 'dd if=/dev/zero of="$0/fill" bs=1k 2>/dev/null; dd if=/dev/zero of="$0/rest" bs=1 2>/dev/null; true', process.argv[1]])
      const entry = { version: 2, id: "7", verb: "failover", request: {}, message: "x".repeat(300) }
      try { audit.append(entry); console.log("written") } catch (error) { console.log(error.message) }
      console.log(audit.keepAside(entry), readReserve(reserveOf(path))[0]?.id)`
    const inside = 'mount -t tmpfs -o size=256k tmpfs "$1" && shift && exec "$0" "$@"'
    const args = [folder, "--input-type=module", "-e", program, folder]
    const run = spawnSync("unshare", ["-rm", "sh", "-c", inside, process.execPath, ...args], { encoding: "utf8" })
    if (run.stdout === "") return context.skip(`skipped: no mount namespace here: ${run.stderr.split("\n")[0]}`)
    assert.match(run.stdout, /ENOSPC.*: make room on its disk\.\ntrue 7\n$/)
  })
})

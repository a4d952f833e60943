// On a full disk an operator must still be able to switch, drain and look closer, and what was requested must be found
// later.
import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { afterEach, beforeEach } from "vitest"
import { makeOperationCommands } from "../../src/market/layers/control/operation-commands.ts"
import { verifyChain } from "../../src/platform/audit/audit-chain.ts"
import { type AuditFile, makeAuditFile, readAuditLines, reserveOf } from "../../src/platform/audit/audit-file.ts"
import type { AuditError } from "../../src/platform/audit/audit-log.ts"
import { readReserve } from "../../src/platform/audit/audit-reserve.ts"
import { makeCommandHandler } from "../../src/platform/control/command-handler.ts"
import type { CommandHandler } from "../../src/platform/control/command-table.ts"
import { emergenciesOf, makeUnwrittenCommands } from "../../src/platform/control/unwritten-commands.ts"
import type { AuditEntry } from "../../src/protocol/control/command.ts"
import { marketCommands } from "../../src/protocol/market/commands.ts"
import { projectRoot } from "../support/nats-server.ts"
import { bytesOf } from "../support/send-command.ts"

let folder = ""
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tickd-audit-full-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A handler that records its events, log lines and waits; the test runs its background work. */
const handlerOf = (audit: AuditFile) => {
  const seen = { events: [] as Array<AuditEntry>, log: [] as Array<string>, waits: [] as Array<string> }
  const posted: Array<Effect.Effect<void>> = []
  const done: Array<string> = []
  const post = (work: Effect.Effect<void>) => void posted.push(work)
  const unwritten = makeUnwrittenCommands({
    audit,
    journal: { audit: (entry) => void seen.events.push(entry) },
    log: { audit: (entry) => void seen.log.push(`${entry.verb} ${entry.result}`), write: () => undefined },
    waiting: {
      failed: (_part, name, error) => void seen.waits.push(`${name}: ${(error as { message: string }).message}`),
      worked: (_part, name = "") => void seen.waits.push(`${name} works`)
    },
    stream: "MD_EVENTS",
    emergencies: emergenciesOf(marketCommands),
    post
  })
  const verbs = makeOperationCommands({
    instance: "t1",
    children: () => ["root/line"],
    operations: {
      restartChild: (child) => Effect.sync(() => void done.push(`restart ${child}`)),
      setLogLevel: (level) => void done.push(`log-level ${level}`),
      refreshContracts: undefined,
      retrySession: (feed) =>
        Effect.sync(() => {
          done.push(`retry ${feed}`)
          return "the password"
        }),
      reloadLogin: () => Effect.succeed(Effect.succeed({ result: "committed", tookMs: 5 })),
      feeds: () => ["primary"],
      drain: () => void done.push("drain")
    },
    onLateFailure: () => undefined
  })
  const commands = makeCommandHandler<AuditError>({
    instance: "t1",
    append: audit.append,
    onEntry: (entry) => void seen.events.push(entry),
    onUnwritten: unwritten.note,
    stopping: () => false,
    nextId: () => "1",
    monotonicMs: () => 0,
    later: () => undefined,
    post
  })
  const send = (verb: keyof typeof verbs, request: unknown) =>
    commands.take(
      marketCommands[verb],
      verbs[verb] as CommandHandler
    )({
      payload: bytesOf(request),
      requestInfo: undefined
    })
  return { seen, posted, done, send }
}

describe("R13, U2: an audit file that cannot be written", () => {
  it.effect(
    "R13: emergencies are carried out and kept aside, other requests are refused, and the file gets all of it later",
    () =>
      Effect.gen(function* () {
        const path = join(folder, "audit.jsonl")
        const audit = makeAuditFile(path)
        // A folder in its place: no process can write there, root neither.
        mkdirSync(path)
        const { seen, posted, done, send } = handlerOf(audit)
        yield* send("drain", { reason: "disk full" })
        yield* send("log-level", { level: "DEBUG" })
        yield* send("retry", { feed: "primary" })
        const refused = yield* Effect.flip(send("restart", { child: "root/line" }))
        assert.match(refused.message, /Nothing was done/)
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
        assert.lengthOf(posted, 1, "one fiber tries again, whatever the number of commands")
        const retry = yield* Effect.forkChild(posted[0] ?? Effect.die("nothing tries again"))
        yield* TestClock.adjust(10_000)
        assert.match(seen.waits.at(-1) ?? "", /EISDIR/)

        rmdirSync(path)
        yield* TestClock.adjust(10_000)
        yield* Fiber.join(retry)
        assert.strictEqual(seen.waits.at(-1), "audit file works")
        assert.deepInclude(verifyChain(readAuditLines(path)), { entries: 7, broken: undefined })
        assert.deepStrictEqual(readReserve(reserveOf(path)), [])
      })
  )

  it.effect("R13: what a previous run kept aside is written by the next one, ahead of its own commands", () =>
    Effect.gen(function* () {
      const path = join(folder, "audit.jsonl")
      mkdirSync(path)
      yield* handlerOf(makeAuditFile(path)).send("drain", {})
      rmdirSync(path)
      yield* handlerOf(makeAuditFile(path)).send("log-level", { level: "INFO" })
      const chain = verifyChain(readAuditLines(path))
      assert.deepInclude(chain, { entries: 4, broken: undefined })
    })
  )

  it("U2: the reserve takes a command on a disk that is really full", (context) => {
    const program = `
      import { makeAuditFile, reserveOf } from "${join(projectRoot, "src/platform/audit/audit-file.ts")}"
      import { readReserve } from "${join(projectRoot, "src/platform/audit/audit-reserve.ts")}"
      import { execFileSync } from "node:child_process"
      import { Effect } from "effect"
      const path = process.argv[1] + "/audit.jsonl"
      const audit = makeAuditFile(path)
      execFileSync("sh", ["-c", 'dd if=/dev/zero of="$0/fill" bs=1k 2>/dev/null; dd if=/dev/zero of="$0/rest" bs=1 2>/dev/null; true', process.argv[1]])
      const entry = { version: 2, id: "7", verb: "failover", request: {}, message: "x".repeat(300) }
      console.log(Effect.runSync(Effect.match(audit.append(entry), { onSuccess: () => "written", onFailure: (error) => error.message })))
      console.log(audit.keepAside(entry), readReserve(reserveOf(path))[0]?.id)`
    const inside = 'mount -t tmpfs -o size=256k tmpfs "$1" && shift && exec "$0" "$@"'
    const args = [folder, "--input-type=module", "-e", program, folder]
    const run = spawnSync("unshare", ["-rm", "sh", "-c", inside, process.execPath, ...args], { encoding: "utf8" })
    if (run.stdout === "") return context.skip(`skipped: no mount namespace here: ${run.stderr.split("\n")[0]}`)
    assert.match(run.stdout, /ENOSPC.*: make room on its disk\.\ntrue 7\n$/)
  })
})

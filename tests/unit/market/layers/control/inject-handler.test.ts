// A drill hurts a running daemon: nothing may be injected that is not allowed, not possible or not written down first.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Result } from "effect"
import { crashWorker } from "../../../../../src/market/layers/control/inject-drills.ts"
import { type DrillOptions, makeInject } from "../../../../../src/market/layers/control/inject-handler.ts"
import { DrillNotPossible } from "../../../../../src/market/ports/drills.ts"
import { AuditError } from "../../../../../src/platform/audit/audit-log.ts"
import { marketCommands } from "../../../../../src/protocol/market/commands.ts"
import { startCommands } from "../../../../support/send-command.ts"

const makeHandler = (
  over: Partial<DrillOptions> & { readonly stopping?: () => boolean; readonly isAuditFull?: boolean } = {}
) => {
  const done: Array<string> = []
  const inject = makeInject({
    instance: "demo",
    enabled: true,
    feeds: ["primary"],
    drills: {
      crash: (feed) =>
        Effect.sync(() => {
          done.push(`crash ${feed}`)
          return "crashed"
        }),
      silence: (_feed, forMs) =>
        Effect.sync(() => {
          done.push(`silence ${forMs}`)
          return "silent"
        })
    },
    ...over
  })
  const { send } = startCommands({
    append: ({ result }) =>
      over.isAuditFull === true
        ? Effect.fail(new AuditError({ message: "disk full" }))
        : Effect.sync(() => String(done.push(result))),
    ...(over.stopping !== undefined && { stopping: over.stopping })
  })
  const command = (request: unknown): string => {
    const result = Effect.runSync(Effect.result(send(marketCommands.inject, inject, request)))
    return Result.isSuccess(result) ? result.success.done : result.failure.code
  }
  return { done, command }
}

const crash = { fault: "crash", feed: "primary", reason: "drill of the month" }

describe("commands for drills", () => {
  it("are written down before they are carried out, and after", () => {
    const { done, command } = makeHandler()
    assert.strictEqual(command(crash), "crashed")
    assert.deepStrictEqual(done, ["accepted", "crash primary", "done"])
  })

  it("are refused, audited and not carried out: disabled, unknown, impossible here, malformed, stopping", () => {
    const cases: ReadonlyArray<readonly [string, unknown, Parameters<typeof makeHandler>[0]]> = [
      ["DRILLS_DISABLED", crash, { enabled: false }],
      ["STOPPING", crash, { stopping: () => true }],
      ["UNKNOWN_FAULT", { ...crash, fault: "earthquake" }, {}],
      ["UNKNOWN_FEED", { ...crash, feed: "backup" }, {}],
      ["DRILL_NOT_POSSIBLE", { ...crash, fault: "login-reject" }, {}],
      ["UNKNOWN_FIELD", { ...crash, force: true }, {}],
      ["MALFORMED_REQUEST", "{", {}]
    ]
    for (const [code, request, over] of cases) {
      const { done, command } = makeHandler(over)
      assert.strictEqual(command(request), code)
      assert.deepStrictEqual(done, ["refused"], code)
    }
  })

  it("are not carried out when the audit cannot be written", () => {
    const { command, done } = makeHandler({ isAuditFull: true })
    assert.strictEqual(command(crash), "AUDIT_FAILED")
    assert.deepStrictEqual(done, [])
    assert.strictEqual(command({ ...crash, feed: "backup" }), "UNKNOWN_FEED")
  })

  it("that turn out to be impossible are audited as failed", () => {
    const { done, command } = makeHandler({
      drills: { crash: () => Effect.fail(new DrillNotPossible({ message: "not now" })) }
    })
    assert.strictEqual(command(crash), "DRILL_NOT_POSSIBLE")
    assert.deepStrictEqual(done, ["accepted", "failed"])
  })

  it("last for 30 s when they do not say", () => {
    const { done, command } = makeHandler()
    command({ fault: "silence", feed: "primary" })
    command({ fault: "silence", feed: "primary", for_ms: 250 })
    assert.deepStrictEqual(
      done.filter((line) => line.startsWith("silence")),
      ["silence 30000", "silence 250"]
    )
  })

  it("never signal the daemon itself when there is no worker", () => {
    const killed: Array<number> = []
    const kill = (pid: number) => killed.push(pid)
    const none = Effect.runSyncExit(crashWorker(() => 0, kill)("primary", 1))
    assert.deepStrictEqual(
      none,
      Exit.fail(new DrillNotPossible({ message: "The feed worker of primary is not running: wait for its restart." }))
    )
    assert.deepStrictEqual(killed, [])
    Effect.runSync(crashWorker(() => 77, kill)("primary", 1))
    assert.deepStrictEqual(killed, [77])
  })
})

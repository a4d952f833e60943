// A drill hurts a running daemon: nothing may be injected that is not allowed, not possible or not written down first.
import { assert, describe, it } from "@effect/vitest"
import {
  type CommandHandlerOptions,
  makeCommandHandler
} from "../../../../../src/market/layers/control/command-handler.ts"
import { crashWorker } from "../../../../../src/market/layers/control/inject-drills.ts"
import { type DrillOptions, drillCommand } from "../../../../../src/market/layers/control/inject-handler.ts"
import { DrillNotPossible, type Drills } from "../../../../../src/market/ports/drills.ts"
import { AuditError } from "../../../../../src/platform/audit/audit-log.ts"
import { ControlError } from "../../../../../src/protocol/control/control.ts"
import type { InjectReply } from "../../../../../src/protocol/control/inject.ts"

const makeHandler = (over: Partial<DrillOptions & CommandHandlerOptions> = {}) => {
  const told: Array<string> = []
  const drills: Drills = {
    crash: (feed) => {
      told.push(`crash ${feed}`)
      return "crashed"
    },
    silence: (_feed, forMs) => {
      told.push(`silence ${forMs}`)
      return "silent"
    }
  }
  let id = 0
  const options: DrillOptions & CommandHandlerOptions = {
    instance: "demo",
    enabled: true,
    feeds: ["primary"],
    drills,
    audit: { append: ({ result }) => String(told.push(result)) },
    onEntry: () => undefined,
    stopping: () => false,
    nowMs: () => 0,
    nextId: () => String(++id),
    ...over
  }
  const handler = makeCommandHandler(options)(drillCommand(options))
  const command = (request: unknown) => {
    try {
      const payload = new TextEncoder().encode(typeof request === "string" ? request : JSON.stringify(request))
      return (handler(payload, undefined) as InjectReply).done
    } catch (error) {
      return error instanceof ControlError ? error.code : `bug: ${String(error)}`
    }
  }
  return { told, command }
}

const crash = { fault: "crash", feed: "primary", reason: "drill of the month" }

describe("commands for drills", () => {
  it("are written down before they are carried out, and after", () => {
    const { told, command } = makeHandler()
    assert.strictEqual(command(crash), "crashed")
    assert.deepStrictEqual(told, ["accepted", "crash primary", "done"])
  })

  it("are refused, audited and not carried out: disabled, unknown, impossible here, malformed, stopping", () => {
    const cases: ReadonlyArray<readonly [string, unknown, Partial<DrillOptions & CommandHandlerOptions>]> = [
      ["DRILLS_DISABLED", crash, { enabled: false }],
      ["STOPPING", crash, { stopping: () => true }],
      ["UNKNOWN_FAULT", { ...crash, fault: "earthquake" }, {}],
      ["UNKNOWN_FEED", { ...crash, feed: "backup" }, {}],
      ["DRILL_NOT_POSSIBLE", { ...crash, fault: "login-reject" }, {}],
      ["UNKNOWN_FIELD", { ...crash, force: true }, {}],
      ["MALFORMED_REQUEST", "{", {}]
    ]
    for (const [code, request, over] of cases) {
      const { told, command } = makeHandler(over)
      assert.strictEqual(command(request), code)
      assert.deepStrictEqual(told, ["refused"], code)
    }
  })

  it("are not carried out when the audit cannot be written", () => {
    const done: Array<string> = []
    const { command } = makeHandler({
      drills: { crash: (feed) => String(done.push(feed)) },
      audit: {
        append: () => {
          throw new AuditError({ message: "disk full" })
        }
      }
    })
    assert.strictEqual(command(crash), "AUDIT_FAILED")
    assert.deepStrictEqual(done, [])
    assert.strictEqual(command({ ...crash, feed: "backup" }), "UNKNOWN_FEED")
  })

  it("that turn out to be impossible are audited as failed", () => {
    const { told, command } = makeHandler({
      drills: {
        crash: () => {
          throw new DrillNotPossible({ message: "not now" })
        }
      }
    })
    assert.strictEqual(command(crash), "DRILL_NOT_POSSIBLE")
    assert.deepStrictEqual(told, ["accepted", "failed"])
  })

  it("last for 30 s when they do not say", () => {
    const { told, command } = makeHandler()
    command({ fault: "silence", feed: "primary" })
    command({ fault: "silence", feed: "primary", for_ms: 250 })
    assert.deepStrictEqual(
      told.filter((line) => line.startsWith("silence")),
      ["silence 30000", "silence 250"]
    )
  })

  it("never signal the daemon itself when there is no worker", () => {
    const killed: Array<number> = []
    const kill = (pid: number) => killed.push(pid)
    assert.throws(() => crashWorker(() => 0, kill)("primary", 1), DrillNotPossible)
    assert.deepStrictEqual(killed, [])
    crashWorker(() => 77, kill)("primary", 1)
    assert.deepStrictEqual(killed, [77])
  })
})

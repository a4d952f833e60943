// An operator restarts a child or drains the daemon in a hurry: a wrong name must be refused with the right ones.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { makeOperationCommands } from "../../../../../src/market/layers/control/operation-commands.ts"
import { OperationRefused } from "../../../../../src/market/ports/operations.ts"
import { marketCommands } from "../../../../../src/protocol/market/commands.ts"
import { startCommands } from "../../../../support/send-command.ts"

describe("commands for the process", () => {
  const setUpProcess = (children: ReadonlyArray<string>, restartable: (path: string) => boolean = () => true) => {
    const done: Array<string> = []
    const verbs = makeOperationCommands({
      instance: "t1",
      children: () => children,
      onLateFailure: (child, why) => void done.push(`${child}: ${why}`),
      operations: {
        restartChild: (path) =>
          restartable(path)
            ? Effect.sync(() => void done.push(path))
            : Effect.fail(new OperationRefused({ message: "it runs" })),
        setLogLevel: (level) => void done.push(level),
        refreshContracts: undefined,
        retrySession: () => Effect.succeed("the password"),
        reloadLogin: () => Effect.succeed(Effect.succeed({ result: "committed", tookMs: 5 })),
        feeds: () => ["primary"],
        drain: () => void done.push("drain")
      }
    })
    const { send: sendTo } = startCommands()
    const send = (verb: keyof typeof verbs, request: unknown) =>
      Effect.match(sendTo(marketCommands[verb], verbs[verb] as never, request), {
        onSuccess: () => "done",
        onFailure: ({ code, message }) => `${code} ${message}`
      })
    return { done, send }
  }

  it.effect("U10: restart takes an id of the tree that only one child has", () =>
    Effect.gen(function* () {
      const { done, send } = setUpProcess(["root/telemetry", "front-primary/session", "front-backup/session"])
      const restart = (child: string) => send("restart", { child })
      assert.strictEqual(yield* restart("telemetry"), "done")
      assert.strictEqual(yield* restart("front-backup/session"), "done")
      assert.include(yield* restart("session"), "name one of front-primary/session, front-backup/session")
      assert.include(yield* restart("root"), 'no child "root"')
      assert.deepStrictEqual(done, ["root/telemetry", "front-backup/session"])
    })
  )

  it.effect("name what does not exist, and say why a child was not restarted", () =>
    Effect.gen(function* () {
      const { done, send } = setUpProcess(
        ["line/publisher", "front-primary/session", "root/journal"],
        (path) => path === "front-primary/session"
      )
      assert.match(yield* send("restart", { child: "root/x" }), /^UNKNOWN_CHILD/)
      assert.strictEqual(
        yield* send("restart", { child: "line/publisher" }),
        "NOT_NOW line/publisher was not restarted: it runs"
      )
      assert.match(yield* send("log-level", { level: "LOUD" }), /^MALFORMED_REQUEST/)
      // There is no source of contracts: refused before it is audited as begun.
      assert.match(yield* send("contracts-refresh", {}), /^NOT_NOW/)
      assert.strictEqual(yield* send("restart", { child: "front-primary/session" }), "done")
      assert.strictEqual(yield* send("log-level", { level: "DEBUG" }), "done")
      assert.strictEqual(yield* send("drain", {}), "done")
      assert.deepStrictEqual(done.splice(0), ["front-primary/session", "DEBUG", "drain"])
      // The child that carries the reply is restarted after it, and a failure is logged.
      const sent = yield* Effect.forkChild(send("restart", { child: "root/journal" }))
      yield* TestClock.adjust(100)
      assert.deepStrictEqual(done, [])
      yield* TestClock.adjust(200)
      assert.strictEqual(yield* Fiber.join(sent), "done")
      assert.deepStrictEqual(done, ["root/journal: it runs"])
    })
  )
})

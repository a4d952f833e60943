// A script that repeats a command, or sends it twice at once, must not switch feeds twice: one id is carried out once.
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Result } from "effect"
import type { CommandHandler } from "../../../../src/platform/control/command-table.ts"
import { refuse } from "../../../../src/protocol/control/control.ts"
import { marketCommands } from "../../../../src/protocol/market/commands.ts"
import { startCommands } from "../../../support/send-command.ts"

const { drain, restart } = marketCommands
const reply = { version: 1, instance: "t1", id: "1", at: "", done: "done" } as const

describe("commands", () => {
  it.effect("with one request_id that come at once are carried out once, and both get the answer", () =>
    Effect.gen(function* () {
      const { entries, send } = startCommands()
      const ended = yield* Deferred.make<void>()
      let deeds = 0
      const act: CommandHandler<typeof restart> = () =>
        Effect.succeed(
          Effect.suspend(() => {
            deeds++
            return Effect.as(Deferred.await(ended), { reply, done: "done" })
          })
        )
      const request = { child: "x", request_id: "r1" }
      const first = yield* Effect.forkChild(send(restart, act, request))
      const second = yield* Effect.forkChild(send(restart, act, request))
      yield* Effect.yieldNow
      const other = yield* Effect.flip(send(restart, act, { ...request, child: "y" }))
      assert.strictEqual(other.code, "DUPLICATE_REQUEST_ID")
      yield* Deferred.succeed(ended, undefined)
      assert.deepStrictEqual([yield* Fiber.join(first), yield* Fiber.join(second)], [reply, reply])
      assert.strictEqual(deeds, 1)
      assert.deepStrictEqual(
        entries.map(({ result }) => result),
        ["accepted", "refused", "done"]
      )
    })
  )

  it.effect("that were refused leave their request_id free; one that failed is not tried again under its id", () =>
    Effect.gen(function* () {
      const { entries, send } = startCommands()
      let isReady = false
      let deeds = 0
      const act: CommandHandler<typeof restart> = () =>
        isReady
          ? Effect.succeed(
              Effect.suspend(() => {
                deeds++
                return refuse("NOT_NOW", "the child did not start")
              })
            )
          : refuse("UNKNOWN_CHILD", "no such child")
      const request = { child: "x", request_id: "r1" }
      const codes: Array<string> = []
      for (let count = 0; count < 4; count++) {
        codes.push((yield* Effect.flip(send(restart, act, request))).code)
        isReady = count >= 1
      }
      assert.deepStrictEqual(codes, ["UNKNOWN_CHILD", "UNKNOWN_CHILD", "NOT_NOW", "NOT_NOW"])
      assert.strictEqual(deeds, 1)
      assert.deepStrictEqual(
        entries.map(({ result }) => result),
        ["refused", "refused", "accepted", "failed"]
      )
    })
  )

  it.effect("whose handler has a bug are audited as failed, and answered as a bug", () =>
    Effect.gen(function* () {
      const { entries, send } = startCommands()
      const exit = yield* Effect.exit(
        send(restart, () => Effect.succeed(Effect.die(new Error("a bug"))), { child: "x" })
      )
      assert.isTrue(exit._tag === "Failure")
      assert.deepStrictEqual(
        entries.map(({ code, message, result }) => [result, code, message]),
        [
          ["accepted", null, "about to be done"],
          ["failed", "INTERNAL", "a bug"]
        ]
      )
    })
  )

  it.effect("are not carried out before the audit has them, unless they are an emergency", () =>
    Effect.gen(function* () {
      const deeds: Array<string> = []
      const unwritten: Array<string> = []
      const { send } = startCommands({
        append: () => Effect.fail({ message: "disk full" }),
        onUnwritten: ({ result, verb }) => unwritten.push(`${verb} ${result}`)
      })
      const act = (name: string) => () =>
        Effect.succeed(
          Effect.sync(() => {
            deeds.push(name)
            return { reply, done: name }
          })
        )
      const refused = yield* Effect.result(send(restart, act("restart"), { child: "x", request_id: "r1" }))
      assert.isTrue(Result.isFailure(refused) && refused.failure.code === "AUDIT_FAILED")
      yield* send(drain, act("drain"), {})
      assert.deepStrictEqual(deeds, ["drain"])
      assert.deepStrictEqual(unwritten, ["restart refused", "drain accepted", "drain done"])
    })
  )

  it.effect("that are refused in a flood are folded, and a flush writes the rest", () =>
    Effect.gen(function* () {
      const { entries, flush, send } = startCommands()
      for (let count = 0; count < 100; count++) {
        yield* Effect.flip(send(restart, () => refuse("UNKNOWN_CHILD", "no such child"), { child: "x" }))
      }
      assert.lengthOf(entries, 60)
      yield* flush
      assert.lengthOf(entries, 61)
      assert.strictEqual(entries.at(-1)?.folded, 39)
    })
  )
})

// An operator rehearses what a failed stage does before it happens: the rehearsal must end as the run would.
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Console, Effect, Layer } from "effect"
import { Command } from "effect/cli"
import { command } from "../../../../src/app/live/live.ts"
import { Invocation } from "../../../../src/cli/invocation.ts"
import { noTerminal } from "../../../../src/cli/terminal/screen.ts"
import { usageLayer } from "../../../../src/cli/terminal/usage.ts"
import { UserError } from "../../../../src/platform/process/user-error.ts"
import { noShutdown } from "../../../support/invocation.ts"

const rehearsed = (...args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    let exitCode = 0
    const log = { ...console, log: (text: string) => void lines.push(text) } as Console.Console
    const invocation = Layer.succeed(Invocation, {
      env: {},
      stopRequested: Effect.never,
      screen: noTerminal,
      endWith: (code) =>
        Effect.sync(() => {
          exitCode = code
        })
    })
    yield* Command.runWith(command, { version: "0" })(["rehearse", ...args]).pipe(
      Effect.provideService(Console.Console, log),
      Effect.provide(Layer.mergeAll(NodeServices.layer, usageLayer(80), invocation, noShutdown))
    )
    return { text: lines.join("\n"), exitCode }
  })

it.effect("shows each step, what runs afterwards, and ends with the code of the run", () =>
  Effect.gen(function* () {
    const { exitCode, text } = yield* rehearsed("--restart", "--fails", "handOver")
    assert.strictEqual(exitCode, 2)
    assert.match(text, /^ +9 s {2}restoring +handOver +3$/m)
    assert.match(text, /^Rollback to primary succeeded$/m)
    assert.match(text, /^after +nats running, tickd running, .*active feed primary$/m)
    assert.match(text, /^audit +1 line$/m)
  })
)

it.effect("begins a start with nothing, and prints one JSON object", () =>
  Effect.gen(function* () {
    const { exitCode, text } = yield* rehearsed("--json")
    const reply = JSON.parse(text) as { readonly before: object; readonly after: object; readonly end: string }
    assert.strictEqual(exitCode, 0)
    assert.include(reply.before, { nats: null, active_feed: null })
    assert.include(reply.after, { nats: "started", active_feed: "primary" })
    assert.strictEqual(reply.end, "succeeded")
  })
)

it.effect("takes a fault that passes, a signal, and a rollback that fails", () =>
  Effect.gen(function* () {
    assert.strictEqual((yield* rehearsed("--hangs", "nats", "--attempts", "2")).exitCode, 0)
    const interrupted = yield* rehearsed("--failover", "--interrupt-at", "3", "--restore", "fails")
    assert.strictEqual(interrupted.exitCode, 130)
    assert.match(interrupted.text, /manual intervention required/)
    const again = yield* rehearsed("--from", "up")
    assert.match(again.text, /Everything runs already: nothing was changed/)
  })
)

it.effect("refuses a stage that the plan does not have, by name", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(rehearsed("--restart", "--unproved", "nats"))
    assert.instanceOf(error, UserError)
    assert.include(error, { code: "STAGE_UNKNOWN", exitCode: 1 })
    assert.match(String((error as UserError).message), /nats is no stage of this plan: validate, preflight, handOver/)
  })
)

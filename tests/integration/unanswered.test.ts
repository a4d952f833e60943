// "No daemon answers" sends an operator to restart a healthy daemon: the reason why a request got no answer must be
// exact.
import { assert, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { DaemonClient } from "../../src/cli/daemon-client.ts"
import { UserError } from "../../src/platform/process/user-error.ts"
import { marketCommands } from "../../src/protocol/market/commands.ts"
import { invocation } from "../support/invocation.ts"
import { environmentOf, startSecure } from "../support/nats-secure.ts"
import { connection, startServer } from "../support/nats-server.ts"

const failureOf = <A, E, R>(asked: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(asked), (error) => {
    assert.instanceOf(error, UserError)
    return error as unknown as UserError
  })

it.live("distinguishes an absent daemon, a silent one, a too large request and a wrong name", () =>
  Effect.gen(function* () {
    const server = yield* startServer()
    const responder = yield* connection(server.url)
    responder.subscribe("md.ctl.silent.status", { callback: () => undefined })
    yield* Effect.promise(() => responder.flush())
    const ask = (instance: string, request: object = {}) =>
      failureOf(
        Effect.flatMap(DaemonClient, (client) => client.ask(marketCommands.status, request, 300)).pipe(
          Effect.provide(DaemonClient.layer({ server: Option.some(server.url), instance: Option.some(instance) })),
          Effect.provide(invocation())
        )
      )

    const cases = [
      [yield* ask("absent"), "NO_ANSWER", 69, /^No daemon absent answers/],
      [yield* ask("silent"), "NO_ANSWER", 69, /silent has not answered md\.ctl\.silent\.status within 0\.3 s/],
      [yield* ask("silent", { a: "x".repeat(2_000_000) }), "REQUEST_TOO_LARGE", 65, /has 2000008 bytes/],
      [yield* ask("a b"), "WRONG_USE", 64, /"a b" cannot be the name/]
    ] as const
    for (const [error, code, exitCode, sentence] of cases) {
      assert.deepInclude(error, { code, exitCode })
      assert.match(error.message, sentence)
    }
  })
)

it.live("a refusal has the daemon's code and sentence, and an exit code for its kind", () =>
  Effect.gen(function* () {
    const server = yield* startServer()
    const responder = yield* connection(server.url)
    const refusal = (code: string) =>
      JSON.stringify({ version: 1, ok: false, instance: "t1", error: { code, message: `The sentence of ${code}.` } })
    const answers = [refusal("UNKNOWN_CHILD"), refusal("NOT_NOW"), refusal("INTERNAL"), "[]"]
    responder.subscribe("md.ctl.t1.tree", { callback: (_, message) => void message.respond(answers.shift() ?? "") })
    yield* Effect.promise(() => responder.flush())
    const ask = failureOf(
      Effect.flatMap(DaemonClient, (client) => client.ask(marketCommands.tree, {})).pipe(
        Effect.provide(DaemonClient.layer({ server: Option.some(server.url), instance: Option.some("t1") })),
        Effect.provide(invocation())
      )
    )
    const message = "The sentence of UNKNOWN_CHILD."
    assert.deepInclude(yield* ask, { code: "UNKNOWN_CHILD", message, exitCode: 65 })
    assert.deepInclude(yield* ask, { code: "NOT_NOW", exitCode: 69 })
    assert.deepInclude(yield* ask, { code: "INTERNAL", exitCode: 70 })
    assert.deepInclude(yield* ask, { code: "ANSWER_NOT_UNDERSTOOD", exitCode: 69 })
  })
)

it.live("reports a missing permission to the user", () =>
  Effect.gen(function* () {
    const installation = yield* startSecure
    for (const instance of [Option.some("t1"), Option.none()]) {
      const asked = Effect.flatMap(DaemonClient, (client) =>
        client.command(marketCommands.drain, {}, { reason: Option.none(), timeoutMs: 1000 })
      ).pipe(
        Effect.provide(DaemonClient.layer({ server: Option.none(), instance })),
        Effect.provide(invocation(environmentOf(installation, "reader")))
      )
      const error = yield* failureOf(asked)
      assert.deepInclude(error, { code: "NATS_DENIED", exitCode: 69 })
      assert.match(error.message, /may not ask .*--context/)
    }
  })
)

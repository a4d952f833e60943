// "Nobody is there" sends an operator to restart a healthy daemon: what kept a question from its answer must be told as it is.
import { assert, it } from "@effect/vitest"
import { Effect, Option, Schema } from "effect"
import { askDaemon, resolveInstance } from "../../src/cli/ask/state-query.ts"
import { UserError } from "../../src/platform/process/user-error.ts"
import { connectAs, startSecure } from "../support/nats-secure.ts"
import { connection, startServer } from "../support/nats-server.ts"

const failureOf = <A, E, R>(asked: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(asked), (error) => {
    assert.instanceOf(error, UserError)
    return error as unknown as UserError
  })

it.live("tells apart who is not there, who is silent, what is too large and what is no name", () =>
  Effect.gen(function* () {
    const server = yield* startServer()
    const asker = yield* connection(server.url)
    const responder = yield* connection(server.url)
    responder.subscribe("md.ctl.silent.status", { callback: () => undefined })
    yield* Effect.promise(() => responder.flush())
    const ask = (instance: string, request: object = {}) =>
      failureOf(askDaemon(asker, instance, "status", request, Schema.Unknown, 300))

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

it.live("tells a user without permission that it is the permission", () =>
  Effect.gen(function* () {
    const installation = yield* startSecure
    const reader = yield* connectAs(installation, "reader")
    for (const asked of [
      askDaemon(reader, "t1", "drain", {}, Schema.Unknown, 1000),
      resolveInstance(reader, { server: Option.none(), instance: Option.none() }).pipe(
        Effect.andThen((instance) => askDaemon(reader, instance, "drain", {}, Schema.Unknown, 1000))
      )
    ]) {
      const error = yield* failureOf(asked)
      assert.deepInclude(error, { code: "NATS_DENIED", exitCode: 69 })
      assert.match(error.message, /may not ask .*--context/)
    }
  })
)

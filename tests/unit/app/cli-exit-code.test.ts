// Scripts and service managers use the exit code: a configuration fault must not look like one that a restart fixes.
import { assert, describe, it } from "@effect/vitest"
import { Cause } from "effect"
import { parseDurationMs } from "../../../src/cli/terminal/flags.ts"
import { ConfigError } from "../../../src/market/config/config-error.ts"
import { FeedWorkerError } from "../../../src/market/domain/feed/feed-worker-error.ts"
import { NatsConnectError } from "../../../src/platform/nats/connect.ts"
import { exitCodeOf, sentenceOf, UserError } from "../../../src/platform/process/user-error.ts"

const message = "The thing is wrong: fix it."

describe("exit codes", () => {
  it("distinguish configuration, absence and bugs", () => {
    const code = (error: unknown) => exitCodeOf(Cause.fail(error))
    assert.strictEqual(code(new UserError({ code: "X", message, exitCode: 65 })), 65)
    assert.strictEqual(code(new ConfigError({ code: "CONFIG_INVALID", message })), 78)
    assert.strictEqual(code(new NatsConnectError({ code: "NATS_UNREACHABLE", message })), 69)
    assert.strictEqual(code(new NatsConnectError({ code: "NATS_AUTH_REJECTED", message })), 78)
    assert.strictEqual(code(new FeedWorkerError({ code: "LIBRARY_NOT_LOADED", fatal: true, message })), 78)
    assert.strictEqual(code(new FeedWorkerError({ code: "WORKER_DIED", fatal: false, message })), 70)
    assert.strictEqual(exitCodeOf(Cause.die(new TypeError("x"))), 70)
  })

  it("go with one sentence and its code, and with the stack of a bug only", () => {
    assert.strictEqual(
      sentenceOf(Cause.fail(new ConfigError({ code: "CONFIG_INVALID", message }))),
      `${message} [CONFIG_INVALID]`
    )
    assert.include(sentenceOf(Cause.die(new TypeError("x is undefined"))), "a bug of tickd")
  })
})

describe("a time on the command line", () => {
  it("has a unit, or counts as seconds", () => {
    assert.deepStrictEqual(["20s", "500ms", "5m", "1h", "1.5", "soon", "-3s", ""].map(parseDurationMs), [
      20_000,
      500,
      300_000,
      3_600_000,
      1500,
      undefined,
      undefined,
      undefined
    ])
  })
})

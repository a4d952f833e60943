// A broker resets the password at 20:40: the daemon must take the new one without a new start, and at once when it is
// asked.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Result } from "effect"
import { DaemonStates, type SessionState } from "../../../../../actors/market/daemon-states.ts"
import { makeFeedGate } from "../../../../../actors/runtime/feed-gate.ts"
import { Secret } from "../../../../../src/kernel/secret.ts"
import { secretOrFile } from "../../../../../src/market/config/contract-settings.ts"
import { makeOperationCommands } from "../../../../../src/market/layers/control/operation-commands.ts"
import { makeRetry, passwordText } from "../../../../../src/market/layers/feeds/session-retry.ts"
import { marketCommands } from "../../../../../src/protocol/market/commands.ts"
import { startCommands } from "../../../../support/send-command.ts"
import { connected, startSession } from "../../../../support/session-machine-run.ts"

describe("U3: a password file is read again at each login", () => {
  it("U3: gives what the file holds now, and the last good text where it holds none", () => {
    const folder = mkdtempSync(join(tmpdir(), "tickd-secret-"))
    try {
      const file = join(folder, "password")
      writeFileSync(file, "old\n")
      const secret = secretOrFile(undefined, file, "CTP_PRIMARY_PASSWORD", 41)
      assert.strictEqual(secret.reveal(), "old")
      writeFileSync(file, "new\n")
      assert.strictEqual(secret.reveal(), "new")
      const problems: Array<string> = []
      for (const text of ["x".repeat(200), "two\nlines"]) {
        writeFileSync(file, text)
        assert.strictEqual(
          secret.reveal((sentence) => problems.push(sentence)),
          "new"
        )
      }
      rmSync(file)
      assert.strictEqual(
        secret.reveal((sentence) => problems.push(sentence)),
        "new"
      )
      assert.lengthOf(problems, 3)
      for (const sentence of problems) assert.match(sentence, /^CTP_PRIMARY_PASSWORD_FILE names .*: (correct|check) /)
      assert.notInclude(problems.join(), "xxx")
      assert.notInclude(JSON.stringify(secret) + String(secret), "new")
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it("R1: a file that cannot be read yet is waited for, one with a wrong text is refused", () => {
    const folder = mkdtempSync(join(tmpdir(), "tickd-secret-"))
    try {
      const file = join(folder, "password")
      const secret = secretOrFile(undefined, file, "CTP_BACKUP_PASSWORD", 41, "waits")
      assert.match(secret.problem() ?? "", /^CTP_BACKUP_PASSWORD_FILE names .* cannot be read \(ENOENT\): check /)
      writeFileSync(file, "two\nlines")
      assert.match(secret.problem() ?? "", /: correct the file\.$/)
      assert.throws(() => secretOrFile(undefined, file, "CTP_BACKUP_PASSWORD", 41, "waits"), /: correct the file\.$/)
      writeFileSync(file, "good\r\n")
      assert.isUndefined(secret.problem())
      rmSync(file)
      assert.isUndefined(secret.problem(), "the text that was read stands")
      assert.strictEqual(secret.reveal(), "good")
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it("U3: a password that is no file stays as it was", () => {
    assert.strictEqual(secretOrFile("plain", undefined, "CTP_PRIMARY_PASSWORD", 41).reveal(), "plain")
  })
})

describe("U3: tickd retry", () => {
  const setUp = () => {
    const states = new DaemonStates()
    const asked: Array<string> = []
    const gates = { primary: makeFeedGate(), backup: makeFeedGate() }
    const feeds = (["primary", "backup"] as const).map((feed) => ({
      feed,
      profile: { feed, password: new Secret("x") },
      gate: gates[feed],
      ask: ({ type }: { readonly type: string }) => void asked.push(`${feed} ${type}`)
    }))
    const verbs = makeOperationCommands({
      instance: "t1",
      children: () => [],
      onLateFailure: () => undefined,
      operations: {
        restartChild: () => Effect.void,
        setLogLevel: () => undefined,
        refreshContracts: undefined,
        retrySession: makeRetry(feeds as never, states),
        reloadLogin: () => Effect.succeed(Effect.succeed({ result: "committed", tookMs: 5 })),
        feeds: () => feeds.map(({ feed }) => feed),
        drain: () => undefined
      }
    })
    const { entries, send } = startCommands()
    const retry = (feed: string) => {
      const sent = send(marketCommands.retry, verbs.retry, { feed, reason: "new password" })
      const result = Effect.runSync(Effect.result(sent))
      return Result.isSuccess(result) ? result.success : result.failure.code
    }
    const stand = (state: string) => states.sessions.set("primary", { state } as SessionState)
    return { asked, entries, retry, stand, gates }
  }

  it("U3: a session that waits, is rejected or failed tries again now, and the audit says who asked", () => {
    const { asked, entries, retry, stand } = setUp()
    for (const state of ["rejected", "failed", "backingOff", "resting"]) {
      stand(state)
      assert.include(JSON.stringify(retry("primary")), "tries again now")
    }
    assert.deepStrictEqual(asked, Array(4).fill("primary RETRY_ASKED"))
    assert.deepInclude(entries[1], { verb: "retry", result: "done", reason: "new password" })
  })

  it("U3: says which password a retry goes with: a changed variable does not reach a daemon that runs", () => {
    const { retry, stand } = setUp()
    stand("rejected")
    assert.include(JSON.stringify(retry("primary")), "a changed CTP_PRIMARY_PASSWORD needs a restart")
    const ofFile = new Secret("x", () => "x")
    assert.strictEqual(passwordText({ feed: "backup", password: ofFile }), "the password that its file holds")
  })

  it("U3: says so where there is nothing to retry", () => {
    const { asked, gates, retry, stand } = setUp()
    assert.strictEqual(retry("primary"), "NOT_NOW")
    stand("streaming")
    assert.strictEqual(retry("primary"), "NOT_NOW")
    stand("rejected")
    gates.primary.close()
    assert.strictEqual(retry("primary"), "NOT_NOW")
    assert.strictEqual(retry("third"), "UNKNOWN_FEED")
    assert.deepStrictEqual(asked, [])
  })

  it.effect("U3: a session in its pause does not wait for its end, and keeps logins apart all the same", () =>
    Effect.gen(function* () {
      const session = yield* startSession({ backoff: { baseMs: 60_000, capMs: 60_000 } })
      yield* session.send(connected, { type: "LOGIN_REFUSED", errorId: 7, message: "not initialised" })
      assert.strictEqual(session.state(), "backingOff")
      yield* session.send({ type: "RETRY_ASKED" })
      assert.strictEqual(session.state(), "awaitingLogin")
      assert.strictEqual(session.count("requestLogin"), 1)
      yield* Fiber.interrupt(session.fiber)
    })
  )
})

// A rotation that leaves the backup feed logged out is found at the worst moment: when the primary fails.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { DaemonStates, type SessionState } from "../../../../../actors/market/daemon-states.ts"
import { makeFeedGate } from "../../../../../actors/runtime/feed-gate.ts"
import { Secret } from "../../../../../src/kernel/secret.ts"
import { secretOrFile } from "../../../../../src/market/config/contract-settings.ts"
import { makeLoginReload } from "../../../../../src/market/layers/feeds/login-reload.ts"
import { passwordText } from "../../../../../src/market/layers/feeds/session-retry.ts"

const folder = mkdtempSync(join(tmpdir(), "tickd-reload-"))
afterAll(() => rmSync(folder, { recursive: true }))

/** How the front of the test answers a login with this password. */
type Answer = "accepts" | "refuses" | "is silent" | "acknowledges half"

const setUp = (answers: (password: string) => Answer) => {
  const file = join(folder, "password")
  writeFileSync(file, "old\n")
  const password = secretOrFile(undefined, file, "CTP_BACKUP_PASSWORD", 41)
  const states = new DaemonStates()
  const gate = makeFeedGate()
  const used: Array<string> = []
  const asked: Array<string> = []
  const logins = { lastLoginMs: -1000 }
  let active: string | undefined = "primary"
  let totals = { acknowledged: 10, rejected: 0, wanted: 10, sent: 0, missing: 0 }
  const stand = (state: SessionState["state"], lastError?: string) =>
    Effect.map(Clock.currentTimeMillis, (sinceMs) =>
      states.sessions.set("backup", { state, sinceMs, lastError } as SessionState)
    )
  const front = Effect.gen(function* () {
    yield* stand("loggingIn")
    logins.lastLoginMs = yield* Clock.currentTimeMillis
    used.push(password.reveal())
    const answer = answers(password.reveal())
    yield* Effect.sleep(100)
    if (answer === "refuses") return yield* stand("rejected", "login refused, error 3: CTP:invalid login")
    if (answer === "is silent") return yield* stand("backingOff", "the login was not answered in time")
    totals = { ...totals, acknowledged: answer === "acknowledges half" ? 5 : 10 }
    return yield* stand("streaming")
  })
  const fork = Effect.runForkWith
  const reload = makeLoginReload({
    feeds: [
      {
        feed: "backup",
        profile: { feed: "backup", password } as never,
        gate,
        ask: ({ type }: { readonly type: string }) => {
          asked.push(type)
          run(front)
        },
        asking: { logins, subscriptions: { totals: () => totals } as never }
      }
    ],
    states,
    active: () => active
  })
  let run: (effect: Effect.Effect<unknown>) => void = () => undefined
  /** The outcome in one line. */
  const outcome = (more: { readonly force?: boolean } = {}) =>
    Effect.gen(function* () {
      const services = yield* Effect.context()
      run = (effect) => void fork(services)(effect)
      const sent = yield* Effect.forkChild(
        Effect.flatten(reload({ feed: "backup", limitMs: 5000, force: false, ...more })).pipe(
          Effect.match({
            onSuccess: ({ result }) => result as string,
            onFailure: ({ code, message }) => `${code} ${message}`
          })
        )
      )
      yield* TestClock.adjust(12_000)
      return yield* Fiber.join(sent)
    })
  return {
    asked,
    used,
    gate,
    password,
    outcome,
    stand,
    write: (text: string) => writeFileSync(file, `${text}\n`),
    setActive: (feed: string | undefined) => void (active = feed)
  }
}

describe("login-reload", () => {
  it.effect("logs the standby feed in with the secret that its file holds now", () =>
    Effect.gen(function* () {
      const { asked, outcome, password, stand, used, write } = setUp((text) => (text === "new" ? "accepts" : "refuses"))
      yield* stand("streaming")
      assert.strictEqual(yield* outcome(), "unchanged")
      assert.deepStrictEqual(asked, [])
      write("new")
      assert.strictEqual(yield* outcome(), "committed")
      assert.deepStrictEqual([asked, used], [["RELOGIN_ASKED"], ["new"]])
      assert.strictEqual(yield* outcome(), "unchanged")
      assert.strictEqual(yield* outcome({ force: true }), "committed")
      assert.isFalse(password.isHeldBack)
    })
  )

  it.effect("uses the former secret again when the front refuses the new one, and stays with it", () =>
    Effect.gen(function* () {
      const { asked, outcome, password, stand, used, write } = setUp((text) =>
        text === "wrong" ? "refuses" : "accepts"
      )
      yield* stand("streaming")
      write("wrong")
      const said = yield* outcome()
      assert.match(
        said,
        /^LOGIN_ROLLED_BACK The new login of backup failed: login refused, error 3: .* former secret again/
      )
      assert.notInclude(said, "wrong")
      assert.deepStrictEqual(
        [asked, used],
        [
          ["RELOGIN_ASKED", "RETRY_ASKED"],
          ["wrong", "old"]
        ]
      )
      // A reconnect in the night must not try the wrong one once more: fronts lock accounts.
      assert.strictEqual(password.reveal(), "old")
      assert.match(passwordText({ feed: "backup", password }), /^the former password/)
      write("right")
      assert.strictEqual(password.reveal(), "right")
    })
  )

  it.effect("takes a secret that was refused when it is asked for once more: the broker may have been late", () =>
    Effect.gen(function* () {
      let accepted = "old"
      const { outcome, stand, write } = setUp((text) => (text === accepted ? "accepts" : "refuses"))
      yield* stand("streaming")
      write("new")
      assert.match(yield* outcome(), /^LOGIN_ROLLED_BACK/)
      accepted = "new"
      assert.strictEqual(yield* outcome(), "committed")
    })
  )

  it.effect("goes back when the login is not proved in time, or when instruments are missing", () =>
    Effect.gen(function* () {
      for (const answer of ["is silent", "acknowledges half"] as const) {
        const { outcome, stand, write } = setUp((text) => (text === "new" ? answer : "accepts"))
        yield* stand("streaming")
        write("new")
        assert.match(yield* outcome(), /^LOGIN_ROLLED_BACK .* was not proved within 5 s/, answer)
      }
    })
  )

  it.effect("says that the feed is lost when neither secret logs in", () =>
    Effect.gen(function* () {
      const { outcome, stand, write } = setUp(() => "refuses")
      yield* stand("streaming")
      write("new")
      assert.match(yield* outcome(), /^LOGIN_LOST .* The former secret failed too/)
      yield* stand("rejected")
      write("other")
      assert.match(yield* outcome(), /^LOGIN_LOST .* not logged in before either/)
    })
  )

  it.effect("is refused for the active feed, a held one, an unsettled one, and a secret that is no file", () =>
    Effect.gen(function* () {
      const { asked, gate, outcome, setActive, stand, write } = setUp(() => "accepts")
      assert.match(yield* outcome(), /^NOT_NOW .* not there yet/)
      yield* stand("subscribing")
      assert.match(yield* outcome(), /^NOT_NOW The session of backup is subscribing/)
      yield* stand("streaming")
      write("new")
      setActive("backup")
      assert.match(yield* outcome({ force: true }), /^FEED_IS_ACTIVE .* make the other one active first/)
      setActive(undefined)
      assert.match(yield* outcome(), /^FEED_IS_ACTIVE .* --force/)
      setActive("primary")
      gate.close()
      assert.match(yield* outcome(), /^NOT_NOW .* held back/)
      write("two\nlines")
      gate.open()
      assert.match(yield* outcome(), /^SECRET_UNREADABLE CTP_BACKUP_PASSWORD_FILE names .*: correct the file/)
      assert.deepStrictEqual(asked, [])
      setActive(undefined)
      write("new")
      assert.strictEqual(yield* outcome({ force: true }), "committed")
    })
  )

  it.effect("is refused for a secret of a variable: a running process does not see it change", () =>
    Effect.gen(function* () {
      const states = new DaemonStates()
      states.sessions.set("backup", { state: "streaming", sinceMs: 0 } as SessionState)
      const profile = { feed: "backup", password: new Secret("x") }
      const reload = makeLoginReload({
        feeds: [{ feed: "backup", profile, gate: makeFeedGate(), ask: () => undefined, asking: {} } as never],
        states,
        active: () => "primary"
      })
      const refused = yield* Effect.flip(reload({ feed: "backup", limitMs: 1000, force: false }))
      assert.strictEqual(refused.code, "SECRET_NOT_FILE")
      assert.include(refused.message, "CTP_BACKUP_PASSWORD_FILE, or restart")
    })
  )
})

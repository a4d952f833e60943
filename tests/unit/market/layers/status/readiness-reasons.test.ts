// "not ready: session primary backingOff" at 20:55 does not help: each reason names its cause, the front and the fix.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { DaemonStates, type SessionState } from "../../../../../actors/market/daemon-states.ts"
import { lossWords, ownLossReasons } from "../../../../../src/kernel/instrument/vendor-codes.ts"
import {
  lostRedundancy,
  type ReadyFeed,
  reasonsNotReady,
  soundFeeds
} from "../../../../../src/market/layers/status/readiness.ts"
import { startTelemetryServer } from "../../../../../src/platform/http/telemetry-server.ts"

const address = "tcp://180.168.146.187:10131"

const sound: SessionState = {
  state: "streaming",
  sinceMs: 0,
  attempts: 0,
  troubles: [],
  cause: undefined,
  lastError: undefined,
  tradingDay: undefined
}

const make = (feeds: ReadonlyArray<string>, more: Partial<ReadyFeed> = {}) => {
  const states = new DaemonStates()
  const fronts = feeds.map((feed) => ({ feed, addresses: [address], ...more }))
  const stand = (feed: string, state: SessionState["state"], more: Partial<SessionState> = {}) =>
    states.sessions.set(feed, { ...sound, ...more, state })
  const reasons = () => reasonsNotReady({ states, fronts, publisher: () => ({ link: "up" }) })
  return { states, fronts, stand, reasons, feeds: () => soundFeeds({ states, fronts }) }
}

describe("V14: every state of a session says why and what to do", () => {
  const rows: ReadonlyArray<readonly [SessionState["state"], Partial<SessionState>, RegExp]> = [
    [
      "backingOff",
      { cause: "connect_timeout", lastError: "the front did not accept a connection in time", attempts: 3 },
      /^session primary backingOff: the front did not accept a connection in time \(front tcp:\/\/180\.168\.146\.187:10131, attempt 3\): check CTP_PRIMARY_MD_ADDRESS of primary and the network between/
    ],
    [
      "backingOff",
      { cause: "login_refused", lastError: "login refused, error 7: CTP:还没有初始化", attempts: 1 },
      /: login refused, error 7: CTP:还没有初始化 \(front tcp:.*, attempt 1\): it is tried again$/
    ],
    [
      "backingOff",
      { cause: "disconnected", lastError: lossWords(0x1001), attempts: 9 },
      /reason 0x1001 \(the network read failed.*\) \(front .*\): the front or the network closes the connection/
    ],
    [
      "rejected",
      { cause: "login_refused", lastError: "login refused, error 3: CTP:不合法的登录", attempts: 0 },
      /^session primary rejected: login refused, error 3: CTP:不合法的登录 .*: fix the credentials, then run `tickd retry --feed primary`$/
    ],
    ["failed", { cause: "login_timeout", lastError: "x" }, /run `tickd retry --feed primary`, or wait for the next/],
    ["degraded", { troubles: ["coverage 498 of 500"] }, /^session primary degraded: coverage 498 of 500 \(front /],
    ["connecting", {}, /^session primary connecting: \(front tcp:\/\/180\.168\.146\.187:10131\)$/],
    ["crashed", { lastError: "mailbox overflowed" }, /^session primary crashed: mailbox overflowed /]
  ]
  for (const [state, context, expected] of rows) {
    it(`V14: ${state} ${context.cause ?? ""}`, () => {
      const { reasons, stand } = make(["primary"])
      stand("primary", state, context)
      assert.match(reasons().join("; "), expected)
    })
  }

  it("U3: where the password is of a variable, the remedy of a rejected login names the restart that it needs", () => {
    const { reasons, stand } = make(["primary"], { fixedPassword: true })
    stand("primary", "rejected", { cause: "login_refused", lastError: "x" })
    assert.match(
      reasons().join(),
      /retry --feed primary`; a changed CTP_PRIMARY_PASSWORD needs a restart of the daemon$/
    )
  })

  it("V14: a session that begins with a new worker names the end of the worker before", () => {
    const { reasons, stand, states } = make(["primary"])
    states.workers.set("primary", {
      state: "running",
      sinceMs: 0,
      lastError: "The feed worker of primary died with signal SIGKILL"
    })
    stand("primary", "connecting", {})
    assert.match(reasons().join(), /primary connecting: The feed worker of primary died with signal SIGKILL \(front /)
  })

  it("V14: a session that has no worker yet says why the worker is not there", () => {
    const { reasons, states } = make(["primary"])
    states.workers.set("primary", {
      state: "backingOff",
      sinceMs: 0,
      lastError: "FLOW_FOLDER: another session holds it"
    })
    assert.deepStrictEqual(reasons(), [
      "session primary not started, feed worker backingOff: FLOW_FOLDER: another session holds it"
    ])
  })

  it("V14: a loss that no library reported is not blamed on the front", () => {
    const { reasons, stand } = make(["primary"])
    stand("primary", "backingOff", { cause: "own_loss", lastError: lossWords(ownLossReasons.workerEnded) })
    assert.match(
      reasons().join(),
      /: the feed worker ended, and the link with it \(front .*\): it is started and dialled again$/
    )
  })
})

describe("U5: one feed of two is ready, and redundancy is lost", () => {
  const rejected: Partial<SessionState> = { cause: "login_refused", lastError: "login refused, error 3: no" }

  it("U5: says how many feeds serve and what ails the other", () => {
    const { feeds, reasons, stand } = make(["primary", "backup"])
    stand("primary", "rejected", rejected)
    stand("backup", "streaming")
    assert.deepStrictEqual(reasons(), [])
    assert.match(
      lostRedundancy(feeds()) ?? "",
      /^1 of 2 feeds \(primary rejected: login refused, error 3: no .*tickd retry --feed primary`\)$/
    )
  })

  it("U5: neither two sound feeds, nor one that is alone, nor a cold one that is held back have lost any", () => {
    for (const isHeld of [undefined, () => true]) {
      const { feeds, fronts, stand } = make(["primary", "backup"])
      stand("primary", "streaming")
      if (isHeld === undefined) stand("backup", "resting")
      else Object.assign(fronts[1] as object, { isHeld })
      assert.strictEqual(lostRedundancy(feeds()), undefined)
    }
    const alone = make(["primary"])
    alone.stand("primary", "streaming")
    assert.deepStrictEqual([lostRedundancy(alone.feeds()), alone.reasons()], [undefined, []])
    const none = make(["primary", "backup"])
    none.stand("primary", "rejected", rejected)
    none.stand("backup", "rejected", rejected)
    assert.strictEqual(lostRedundancy(none.feeds()), undefined)
    assert.lengthOf(none.reasons(), 2)
  })

  it("R11: a feed that is late is not sound, by how much is said, and the only one is not ready", () => {
    const alone = make(["primary"], { lateMs: () => 73_400 })
    alone.stand("primary", "streaming")
    assert.match(alone.reasons().join("; "), /^session primary late: its ticks arrive 70 s behind the exchanges: /)
    const { feeds, fronts, stand } = make(["primary", "backup"])
    Object.assign(fronts[0] as object, { lateMs: () => 12_300 })
    stand("primary", "streaming")
    stand("backup", "streaming")
    assert.match(lostRedundancy(feeds()) ?? "", /^1 of 2 feeds \(primary late: its ticks arrive 12 s behind/)
  })

  it.live("U5: /readyz is exactly `ready` while nothing is lost, and keeps its 200 with what is lost behind it", () =>
    Effect.gen(function* () {
      let redundancy: string | undefined
      const server = yield* startTelemetryServer("127.0.0.1", 0, {
        metrics: () => Promise.resolve({ contentType: "", text: "" }),
        readiness: () => ({ reasons: [], beside: [], ...(redundancy !== undefined && { redundancy }) }),
        status: () => ({})
      })
      const ask = Effect.promise(async () => {
        const response = await fetch(`http://127.0.0.1:${server.port}/readyz`)
        return `${response.status} ${await response.text()}`
      })
      assert.strictEqual(yield* ask, "200 ready\n")
      redundancy = "1 of 2 feeds (primary rejected: no)"
      assert.strictEqual(yield* ask, "200 ready, 1 of 2 feeds (primary rejected: no)\n")
    })
  )
})

// A command changes what a trading handler receives: it is carried out once, written down, and refused in one sentence.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { refusalOf, type SubscriptionRecord } from "../../../../../src/kernel/instrument/subscription-record.ts"
import { makeSubscriptionCommands } from "../../../../../src/market/layers/control/subscription-commands.ts"
import type { SubscriptionHandler } from "../../../../../src/market/ports/subscription-handler.ts"
import { replyBytesMax } from "../../../../../src/protocol/control/control.ts"
import type { ControlErrorCode } from "../../../../../src/protocol/control/error-codes.ts"
import { marketCommands } from "../../../../../src/protocol/market/commands.ts"
import { symbolsMax } from "../../../../../src/protocol/market/subscriptions.ts"
import { startCommands } from "../../../../support/send-command.ts"
import { subscriptionRecord } from "../../../../support/subscription-record.ts"

const record = (instrumentId: string, over: Partial<SubscriptionRecord> = {}) =>
  subscriptionRecord(instrumentId, instrumentId, over)

const setUp = (records: ReadonlyArray<SubscriptionRecord> = [], stopping = false) => {
  const wanted: Array<string> = []
  const held = [...records]
  const handler: SubscriptionHandler = {
    feeds: ["primary"],
    records: () => held,
    exchangeOf: () => "SHFE",
    stalled: () => [],
    lastDayOf: (id) => (id === "rb2610" ? 20261015 : undefined),
    contracts: () => ["ag2702", "cu2701", "rb2701"].map((name) => ({ id: name, exchange: "SHFE" })),
    want: (instruments) => {
      wanted.push(...instruments)
      return { accepted: instruments, rejected: [] }
    },
    unwant: (instruments) => ({
      accepted: [],
      rejected: instruments.map((instrument) => ({ instrument, reason: "Not wanted" }))
    }),
    resubscribe: (instruments) => ({ accepted: instruments, rejected: [] })
  }
  const verbs = makeSubscriptionCommands({ instance: "t1", handler })
  const { entries, send: sendTo } = startCommands({ stopping: () => stopping })
  const send = (verb: keyof typeof verbs, request: unknown) => sendTo(marketCommands[verb], verbs[verb], request)
  const codeOf = (verb: keyof typeof verbs, request: unknown) =>
    Effect.match(send(verb, request), { onSuccess: () => "done", onFailure: ({ code }) => code })
  /** Sends, and lets `waitMs` pass. */
  const sendAndWait = Effect.fnUntraced(function* (verb: keyof typeof verbs, request: unknown, waitMs: number) {
    const sent = yield* Effect.forkChild(send(verb, request))
    yield* TestClock.adjust(waitMs)
    return yield* Fiber.join(sent)
  })
  return { entries, held, wanted, send, sendAndWait, codeOf }
}

describe("commands for symbols", () => {
  it.effect("name each symbol once in the reply, whatever it was called, and say why one is not taken", () =>
    Effect.gen(function* () {
      const { entries, send, wanted } = setUp()
      const reply = yield* send("subscribe", {
        symbols: ["rb2701", "rb2701", "rb2701.SHFE", "cu2701.DCE", "xx9999", "rb2610.SHFE", "", " ag2702 "],
        reason: "night session"
      })
      assert.deepInclude(reply, {
        accepted: ["rb2701", "ag2702"],
        rejected: [
          { symbol: "cu2701.DCE", reason: "Wrong exchange: cu2701 trades on SHFE" },
          { symbol: "xx9999", reason: "Unknown instrument: no contract list has it" },
          { symbol: "rb2610.SHFE", reason: "Expired: its last trading day was 20261015" },
          { symbol: "", reason: "Symbol cannot be empty" }
        ],
        rejected_total: 4,
        waited: false
      })
      assert.deepStrictEqual(wanted, ["rb2701", "ag2702"])
      assert.deepStrictEqual(
        entries.map(({ result, reason }) => [result, reason]),
        [
          ["accepted", "night session"],
          ["done", "night session"]
        ]
      )
    })
  )

  it.effect("wait for the front's answers when asked to, and no longer than asked", () =>
    Effect.gen(function* () {
      const slow = setUp()
      yield* Effect.forkChild(
        Effect.delay(
          Effect.sync(() => slow.held.push(record("rb2701", { acknowledgedMs: 200 }))),
          200
        )
      )
      const waited = yield* slow.sendAndWait("subscribe", { symbols: ["rb2701", "cu2701"], wait_ms: 1000 }, 1100)
      assert.deepInclude(waited, { accepted: ["rb2701"], pending: ["cu2701"], waited: true })
      const refused = setUp([record("rb2701", { refusal: refusalOf(16, "no such instrument", 0) })])
      const reply = yield* refused.send("subscribe", { symbols: ["rb2701"], wait_ms: 1000 })
      assert.deepStrictEqual(reply.rejected, [{ symbol: "rb2701", reason: "INSTRUMENT_NOT_FOUND: no such instrument" }])
    })
  )

  it.effect("that ask once more wait for a new answer, whatever the front said before", () =>
    Effect.gen(function* () {
      const { sendAndWait } = setUp([
        record("rb2701", { refusal: refusalOf(16, "long ago", -5) }),
        record("cu2701", { acknowledgedMs: -5 })
      ])
      const again = yield* sendAndWait("resubscribe", { symbols: ["rb2701", "cu2701"], wait_ms: 300 }, 400)
      assert.deepStrictEqual([again.pending, again.accepted, again.rejected], [["rb2701", "cu2701"], [], []])
    })
  )

  it.effect("are refused whole: empty, too many, of wrong types, with an unknown field, while the daemon drains", () =>
    Effect.gen(function* () {
      const many = Array.from({ length: symbolsMax + 1 }, (_, at) => `x${at}`)
      const cases: ReadonlyArray<readonly [unknown, ControlErrorCode]> = [
        [{ symbols: [] }, "NOTHING_ASKED"],
        [{ symbols: many }, "TOO_MANY_SYMBOLS"],
        [{ symbols: Array.from({ length: 100_000 }, (_, at) => `longer${at}`) }, "REQUEST_TOO_LARGE"],
        [{ symbols: "rb2701" }, "MALFORMED_REQUEST"],
        [{ symbols: [1] }, "MALFORMED_REQUEST"],
        [{ symbols: ["rb2701"], force: true }, "UNKNOWN_FIELD"],
        [{ symbols: ["rb2701"], feed: "third" }, "UNKNOWN_FEED"],
        [[], "MALFORMED_REQUEST"]
      ]
      for (const [request, code] of cases) {
        const { codeOf, entries, wanted } = setUp()
        assert.strictEqual(yield* codeOf("subscribe", request), code)
        assert.deepStrictEqual(wanted, [])
        assert.deepStrictEqual(
          entries.map((entry) => [entry.result, entry.code]),
          [["refused", code]]
        )
      }
      assert.strictEqual(yield* setUp([], true).codeOf("subscribe", { symbols: ["rb2701"] }), "STOPPING")
    })
  )

  it.effect("that are refused for one field still say in the audit who asked and why", () =>
    Effect.gen(function* () {
      const by = { user: "wang", host: "handler-3", client: "script" }
      const { codeOf, entries } = setUp()
      yield* codeOf("subscribe", { symbols: "rb2701", by, reason: "night session", request_id: "r1" })
      yield* codeOf("subscribe", { symbols: ["rb2701"], by, reason: 5 })
      yield* codeOf("subscribe", [by])
      assert.deepStrictEqual(
        entries.map((entry) => [entry.result, entry.by.user, entry.reason, entry.request_id]),
        [
          ["refused", "wang", "night session", "r1"],
          ["refused", "wang", "not given", null],
          ["refused", "not given", "not given", null]
        ]
      )
    })
  )

  it.effect("with a request_id are carried out once; the id cannot be used for something else", () =>
    Effect.gen(function* () {
      const { codeOf, entries, send, wanted } = setUp()
      const request = { symbols: ["rb2701"], request_id: "r1" }
      const first = yield* send("subscribe", request)
      assert.strictEqual(yield* send("subscribe", request), first)
      assert.deepStrictEqual(wanted, ["rb2701"])
      assert.strictEqual(yield* codeOf("subscribe", { ...request, symbols: ["cu2701"] }), "DUPLICATE_REQUEST_ID")
      assert.strictEqual(yield* codeOf("unsubscribe", request), "DUPLICATE_REQUEST_ID")
      assert.deepStrictEqual(
        entries.map(({ result }) => result),
        ["accepted", "done", "refused", "refused"]
      )
    })
  )

  it.effect(
    "too many for one message are answered within one message: all are counted, as many as fit with their reason",
    () =>
      Effect.gen(function* () {
        const symbols = Array.from({ length: symbolsMax }, (_, at) => `IO2701-C-${at}.CFFEX`)
        const { entries, send } = setUp()
        const reply = yield* send("subscribe", { symbols: ["rb2701", ...symbols.slice(1)] })
        assert.isAtMost(new TextEncoder().encode(JSON.stringify(reply)).length, replyBytesMax)
        assert.strictEqual(reply.rejected_total, symbolsMax - 1)
        assert.isAbove(reply.rejected.length, 9000)
        assert.deepStrictEqual(reply.accepted, ["rb2701"])
        assert.strictEqual(entries.at(-1)?.message, `1 accepted, ${symbolsMax - 1} rejected, 0 pending`)
      })
  )

  it.effect("keep long lists out of the audit", () =>
    Effect.gen(function* () {
      const { entries, send } = setUp()
      yield* send("subscribe", { symbols: Array.from({ length: 500 }, (_, at) => `x${at}`) })
      assert.deepInclude(entries[0]?.request["symbols"] as object, { count: 500 })
    })
  )
})

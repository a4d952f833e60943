// A hole in a feed's numbers is a missing tick; a false alarm, or a missed one, is worse than no client at all.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { parseDelivery } from "../../../src/client/delivery.ts"
import { FeedSequences, type SequenceNotice } from "../../../src/client/feed-sequences.ts"
import { PullRequests } from "../../../src/client/pull-requests.ts"
import { readStoredTick } from "../../../src/client/read-stored-tick.ts"
import { continueAfter } from "../../../src/client/stream-state.ts"
import { resolveSelection, resolveStart } from "../../../src/client/tick-selection.ts"
import { tickJson } from "../../support/client-ticks.ts"

const observed = (steps: ReadonlyArray<readonly [feed: string, seq: number, recvTs: number]>) => {
  const sequences = new FeedSequences()
  const notices: Array<SequenceNotice> = []
  for (const [feed, seq, recvTs] of steps) notices.push(...(sequences.observe(feed, seq, recvTs) ?? []))
  return [...notices, ...sequences.takeRepeats()]
}

describe("feed sequences", () => {
  it("says nothing about dense numbers, wherever they begin, in feeds that alternate", () => {
    assert.deepStrictEqual(
      observed([
        ["primary", 7, 1],
        ["backup", 100, 2],
        ["primary", 8, 3],
        ["backup", 101, 3],
        ["primary", 9, 3]
      ]),
      []
    )
  })

  it("reports a hole of one and of many", () => {
    assert.deepStrictEqual(
      observed([
        ["primary", 1, 1],
        ["primary", 3, 2],
        ["primary", 10, 3]
      ]),
      [
        { type: "gap", feed: "primary", from: 2, to: 2, count: 1 },
        { type: "gap", feed: "primary", from: 4, to: 9, count: 6 }
      ]
    )
  })

  it("takes the numbers that the other feed was first with for no holes", () => {
    assert.deepStrictEqual(
      observed([
        ["primary", 1, 1],
        ["backup", 2, 2],
        ["primary", 3, 3],
        ["primary", 9, 4],
        ["backup", 10, 5]
      ]),
      []
    )
  })

  it("hears holes again when a new run has one feed only", () => {
    assert.deepStrictEqual(
      observed([
        ["primary", 5, 1],
        ["backup", 5, 2],
        ["primary", 1, 3],
        ["primary", 3, 4]
      ]),
      [
        { type: "newRun", feed: "primary", lastSeq: 5, firstSeq: 1, lastRecvTs: 1 },
        { type: "gap", feed: "primary", from: 2, to: 2, count: 1 }
      ]
    )
  })

  it("reports a new run, also one whose first tick was never seen or whose clock went back", () => {
    assert.deepStrictEqual(
      observed([
        ["primary", 50, 10],
        ["primary", 3, 11],
        ["primary", 1, 5]
      ]),
      [
        { type: "newRun", feed: "primary", lastSeq: 50, firstSeq: 3, lastRecvTs: 10 },
        { type: "gap", feed: "primary", from: 1, to: 2, count: 2 },
        { type: "newRun", feed: "primary", lastSeq: 3, firstSeq: 1, lastRecvTs: 11 }
      ]
    )
  })

  it("reports a block that was stored twice in one notice and continues behind it", () => {
    assert.deepStrictEqual(
      observed([
        ["primary", 9, 9],
        ["primary", 10, 10],
        ["primary", 9, 9],
        ["primary", 10, 10],
        ["primary", 11, 11]
      ]),
      [{ type: "repeated", feed: "primary", from: 9, to: 10, count: 2 }]
    )
  })

  it("begins at the end of the snapshot", () => {
    const sequences = new FeedSequences()
    for (const seq of [3, 90, 100]) sequences.anchor("primary", seq, seq)
    assert.isUndefined(sequences.observe("primary", 101, 101))
    assert.lengthOf(sequences.observe("primary", 103, 103) ?? [], 1)
  })
})

describe("where reading continues", () => {
  const state = (created: string, firstSequence: number, lastSequence: number) => ({
    created,
    firstSequence,
    lastSequence
  })

  it("behind the last message of the same stream", () => {
    assert.deepStrictEqual(continueAfter(50, "a", state("a", 1, 90)), { cursor: 50, notice: undefined })
    assert.deepStrictEqual(continueAfter(50, "a", state("a", 51, 90)), { cursor: 50, notice: undefined })
    assert.deepStrictEqual(continueAfter(0, undefined, state("a", 51, 90)), { cursor: 0, notice: undefined })
  })

  it("reports expired messages, a new stream and a lost end", () => {
    const reset = (storedSequence: number) => ({ type: "streamReset" as const, readSequence: 50, storedSequence })
    assert.deepStrictEqual(continueAfter(50, "a", state("a", 60, 90)), {
      cursor: 59,
      notice: { type: "expired", fromSequence: 51, toSequence: 59 }
    })
    assert.deepStrictEqual(continueAfter(50, "a", state("b", 1, 90)), { cursor: 0, notice: reset(90) })
    assert.deepStrictEqual(continueAfter(50, "a", state("a", 1, 40)), { cursor: 40, notice: reset(40) })
    assert.deepStrictEqual(continueAfter(50, undefined, state("a", 1, 40)), { cursor: 0, notice: reset(40) })
  })
})

describe("what a message says", () => {
  it("has its place in both forms of the reply subject", () => {
    const place = { streamSequence: 42, consumerSequence: 7, pending: 3 }
    assert.deepStrictEqual(parseDelivery("$JS.ACK.MD_TICKS.c.1.42.7.1795140000000000000.3"), place)
    assert.deepStrictEqual(parseDelivery("$JS.ACK.hub.ACCT.MD_TICKS.c.1.42.7.1795140000000000000.3.token"), place)
    assert.isUndefined(parseDelivery("_INBOX.1"))
    assert.isUndefined(parseDelivery("$JS.ACK.MD_TICKS.c"))
    assert.isUndefined(parseDelivery(undefined))
  })

  it("is a tick, or why it is none, and never an exception", () => {
    const bytes = (text: string) => new TextEncoder().encode(text)
    const reason = (text: string) => {
      const read = readStoredTick(bytes(text))
      return "reason" in read ? read.reason : "tick"
    }
    assert.strictEqual(reason(tickJson("rb2410", 1)), "tick")
    assert.strictEqual(reason(tickJson("rb2410", 1, { seq: "1" })), "seq is not an integer")
    assert.strictEqual(reason(tickJson("", 1)), "symbol is not a string")
    assert.strictEqual(reason(tickJson("rb2410", 1, { recv_ts: null })), "recv_ts is not a number")
    assert.strictEqual(reason("null"), "it is not a JSON object")
    assert.strictEqual(reason("{"), "it is not JSON")
    assert.strictEqual(reason(""), "it is not JSON")
    assert.match(reason("TKC"), /TKC|version|bytes/)
  })
})

it("asks for no more than there is room for", () => {
  const pulls = new PullRequests(100, 500)
  const batch = (buffered: number) => JSON.parse(pulls.next(buffered) ?? `{"batch":0}`).batch
  assert.strictEqual(batch(0), 100)
  assert.strictEqual(batch(0), 0)
  pulls.outstanding -= 60
  assert.strictEqual(batch(60), 0)
  assert.strictEqual(batch(5), 55)
  pulls.ended(95)
  assert.strictEqual(batch(0), 100)
})

it.effect("U6: follows the numbers only where every tick is read, and refuses what can match nothing", () =>
  Effect.gen(function* () {
    const whole = (selection: object) => Effect.map(resolveSelection(selection), (resolved) => resolved.whole)
    assert.isTrue(yield* whole({}))
    assert.isTrue(yield* whole({ pattern: "md.tick.>" }))
    // The server pays twenty times as much for each message under the wildcards of the template.
    assert.deepStrictEqual((yield* resolveSelection({})).filters, ["md.tick.>"])
    assert.deepStrictEqual((yield* resolveSelection({ subjectTemplate: "{exchange}.{instrument}" })).filters, ["*.*"])
    assert.isFalse(yield* whole({ pattern: "md.tick.SHFE.>" }))
    assert.isFalse(yield* whole({ instruments: ["rb2410"] }))
    assert.deepStrictEqual(yield* resolveSelection({ instruments: ["a", "SP a&b", "a"] }), {
      stream: "MD_TICKS",
      filters: ["md.tick.*.*.a", "md.tick.*.*.SP%20a%26b"],
      whole: false,
      keeps: undefined
    })
    const refused = (selection: object) =>
      Effect.map(Effect.flip(resolveSelection(selection)), ({ message }) => message)
    for (const instrument of ["rb2612.SHFE", "SHFE.rb2612"]) {
      assert.match(yield* refused({ instruments: [instrument] }), /names its exchange: give .* "rb2612"\.$/)
    }
    assert.match(yield* refused({ instruments: ["rb*"] }), /holds a wildcard: give codes, or a pattern/)
    assert.match(yield* refused({ instruments: [""] }), /is not a code/)
    assert.match(yield* refused({ instruments: [["rb2612"]] }), /is not a code/)
    assert.match(
      yield* refused({ instrument: ["rb2612"] }),
      /^There is no option instrument: the options are instruments,/
    )
    assert.deepStrictEqual(yield* resolveStart(new Date(5)), { type: "time", epochMs: 5 })
    assert.strictEqual((yield* Effect.flip(resolveStart(new Date("x")))).code, "CLIENT_OPTIONS_INVALID")
  })
)

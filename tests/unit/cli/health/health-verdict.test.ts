// The check decides whether an operator is called at night: it must miss no silent main contract and raise no alarm
// at lunch.
import { assert, describe, it } from "@effect/vitest"
import {
  type ActiveSubscription,
  type HealthInput,
  judgeFeedHealth
} from "../../../../src/cli/health/health-verdict.ts"

const nowMs = 1_000_000_000
const active = (symbol: string, over: Partial<ActiveSubscription> = {}): ActiveSubscription => ({
  symbol,
  subscriptionId: "1",
  feed: "primary",
  active: true,
  rejected: undefined,
  acknowledgedMs: nowMs - 3_600_000,
  firstTickMs: nowMs - 3_600_000,
  lastTickMs: nowMs - 500,
  ticks: 7200,
  symbolOnly: false,
  ...over
})
const judge = (over: Partial<HealthInput>) =>
  judgeFeedHealth({
    expected: [],
    active: [],
    isIgnored: () => false,
    limits: {
      coverage: 0.995,
      lagWarningMs: 120_000,
      lagCriticalMs: 300_000,
      gaps: 20,
      isLiquid: (symbol) => symbol.startsWith("rb")
    },
    nowMs,
    tradingSinceMs: () => 0,
    ...over
  })
const many = (count: number) => Array.from({ length: count }, (_, at) => `x${at}.SHFE`)

describe("R11: lateness", () => {
  it("R11: a late feed is one warning, and no instrument of it is stalled", () => {
    const old = active("rb1.SHFE", { lastTickMs: nowMs - 400_000 })
    assert.strictEqual(judge({ expected: ["rb1.SHFE"], active: [old] }).exitCode, 2)
    const late = judge({ expected: ["rb1.SHFE"], active: [old], lateMs: { primary: 95_400 } })
    assert.deepInclude(late, { exitCode: 1, stalled: [], errors: [] })
    assert.deepStrictEqual(late.warnings, ["Feed primary is late: its ticks arrive 95 s behind the exchanges"])
  })

  it("R11: beside a feed in time a silent instrument is judged as ever", () => {
    const silent = { lastTickMs: nowMs - 400_000 }
    const both = [active("rb1.SHFE", silent), active("rb1.SHFE", { ...silent, feed: "backup" })]
    const health = judge({ expected: ["rb1.SHFE"], active: both, lateMs: { primary: 95_400 } })
    assert.strictEqual(health.exitCode, 2)
    assert.lengthOf(health.warnings, 1)
  })
})

describe("coverage", () => {
  it("is healthy when everything expected is acknowledged and ticks", () => {
    const health = judge({ expected: ["rb1.SHFE", "rb1.SHFE"], active: [active("rb1.SHFE")] })
    assert.deepInclude(health, { coverage: 1, expected: 1, matched: 1, exitCode: 0, errors: [], warnings: [] })
  })

  it("counts what is wanted and rejected as missing, with the front's reason", () => {
    const health = judge({
      expected: ["rb1.SHFE", "rb2.SHFE"],
      active: [active("rb1.SHFE"), active("rb2.SHFE", { active: false, rejected: "NEED_RETRY: later" })]
    })
    assert.deepStrictEqual(health.missing, [{ symbol: "rb2.SHFE", why: "NEED_RETRY: later", liquid: true }])
    assert.deepStrictEqual(health.errors, [
      "Coverage ratio 0.500000 below threshold 0.995",
      "Missing 1 liquid contracts"
    ])
    assert.strictEqual(health.exitCode, 2)
  })

  it("above the threshold a missing illiquid contract warns and a missing liquid one is an error", () => {
    const expected = many(1000)
    const all = expected.map((symbol) => active(symbol))
    assert.strictEqual(judge({ expected, active: all.slice(1) }).exitCode, 1)
    const liquid = judge({ expected: [...expected, "rb1.SHFE"], active: all })
    assert.deepStrictEqual([liquid.exitCode, liquid.errors], [2, ["Missing 1 liquid contracts"]])
    assert.strictEqual(judge({ expected, active: all.slice(6) }).exitCode, 2)
  })

  it("leaves out only what the caller ignores, reports it, and treats an empty list as covered", () => {
    const health = judge({
      expected: ["SPC a&b.DCE", "rb1.SHFE"],
      active: [active("rb1.SHFE"), active("odd.SHFE")],
      isIgnored: (symbol) => symbol.includes("&")
    })
    assert.deepInclude(health, {
      coverage: 1,
      expected: 1,
      ignored: ["SPC a&b.DCE"],
      unexpected: ["odd.SHFE"],
      exitCode: 1
    })
    assert.strictEqual(judge({}).coverage, 1)
  })

  it("takes an instrument as subscribed when one feed of two has it, and as ticking when one ticks", () => {
    const health = judge({
      expected: ["rb1.SHFE"],
      active: [
        active("rb1.SHFE", { active: false, rejected: "no", lastTickMs: undefined }),
        active("rb1.SHFE", { feed: "backup", lastTickMs: nowMs - 400_000 }),
        active("rb1.SHFE", { feed: "third", lastTickMs: nowMs - 100 })
      ]
    })
    assert.deepInclude(health, { matched: 1, active: 1, exitCode: 0 })
  })
})

describe("silence", () => {
  const silent = (symbol: string, ms: number, over: Partial<ActiveSubscription> = {}) =>
    active(symbol, { lastTickMs: nowMs - ms, ...over })
  const severities = (
    subscriptions: ReadonlyArray<ActiveSubscription>,
    tradingSinceMs: number | "closed" | "unknown" = 0
  ) =>
    judge({
      expected: subscriptions.map(({ symbol }) => symbol),
      active: subscriptions,
      tradingSinceMs: () => tradingSinceMs
    }).stalled.map(({ severity }) => severity)

  it("warns after two minutes and is critical after five, to the millisecond", () => {
    assert.deepStrictEqual(severities([silent("rb1", 119_999)]), [])
    assert.deepStrictEqual(severities([silent("rb1", 120_000)]), ["warning"])
    assert.deepStrictEqual(severities([silent("rb1", 299_999)]), ["warning"])
    assert.deepStrictEqual(severities([silent("rb1", 300_000)]), ["critical"])
  })

  it("sees a liquid instrument that was acknowledged and never ticked", () => {
    const never = { lastTickMs: undefined, firstTickMs: undefined, ticks: 0 }
    assert.deepStrictEqual(severities([active("rb1", never)]), ["critical"])
    const quiet = judge({ expected: ["x1"], active: [active("x1", never)] })
    assert.deepStrictEqual([quiet.stalled, quiet.notJudged.neverTicked, quiet.exitCode], [[], 1, 0])
  })

  it("gives a quiet instrument twenty of its own gaps, and a liquid one none", () => {
    const slow = { firstTickMs: nowMs - 4_000_000, ticks: 11 }
    assert.deepStrictEqual(severities([silent("x1", 1_000_000, slow)]), [])
    assert.deepStrictEqual(severities([silent("rb1", 1_000_000, slow)]), ["critical"])
    assert.deepStrictEqual(severities([silent("x1", 1_000_000)]), ["critical"])
  })

  it("counts from the opening, so that neither lunch nor the night is a silence", () => {
    assert.deepStrictEqual(severities([silent("rb1", 7_200_000)], nowMs - 119_000), [])
    assert.deepStrictEqual(severities([silent("rb1", 7_200_000)], nowMs - 121_000), ["warning"])
  })

  it("is not judged while the market is closed, or where nothing is known of times", () => {
    const closed = judge({ expected: ["rb1"], active: [silent("rb1", 9_000_000)], tradingSinceMs: () => "closed" })
    assert.deepStrictEqual([closed.stalled, closed.notJudged.closed, closed.exitCode], [[], 1, 0])
    const unknown = judge({ expected: ["rb1"], active: [silent("rb1", 9_000_000)], tradingSinceMs: () => "unknown" })
    assert.deepStrictEqual([unknown.stalled, unknown.notJudged.hoursUnknown, unknown.exitCode], [[], 1, 0])
    const blind = judge({ expected: ["rb1"], active: [active("rb1", { symbolOnly: true, lastTickMs: undefined })] })
    assert.deepStrictEqual([blind.stalled, blind.notJudged.noTimes], [[], 1])
  })
  it("reports what the daemon calls stalled for as long as it does, also between the limit and the longer limit of slow ones", () => {
    // A tick a minute: twenty gaps are twenty minutes, and the daemon's rhythm knows better.
    const slow = { firstTickMs: nowMs - 4_000_000, ticks: 60 }
    for (const ms of [2000, 119_999, 120_000, 200_000, 900_000]) {
      assert.deepStrictEqual(severities([silent("x1", ms, { ...slow, stalledMs: ms })]), ["warning"], `${ms} ms`)
    }
    assert.deepStrictEqual(severities([silent("rb1", 2000, { stalledMs: 2000 })]), ["critical"])
    assert.deepStrictEqual(severities([silent("rb1", 2000, { stalledMs: 2000 })], "closed"), [])
  })
})

// R6, R7: a front acknowledges codes that do not exist, and an arriving tick may reach no consumer: both are named.
import { assert, describe, it } from "@effect/vitest"
import { type ActiveSubscription, judgeFeedHealth } from "../../../../../src/cli/health/health-verdict.ts"
import { codeDoubt } from "../../../../../src/kernel/instrument/code-doubt.ts"
import { InstrumentDirectory } from "../../../../../src/kernel/instrument/instrument-directory.ts"
import { proofSentence } from "../../../../../src/market/application/integrity/session-proof.ts"
import { SubscriptionTable } from "../../../../../src/market/application/subscriptions/subscription-table.ts"
import { warnOfCodes } from "../../../../../src/market/layers/log/code-doubts.ts"
import { marketContracts } from "../../../../../src/simulator/market/market-contracts.ts"
import { makeArbitratedFeeds } from "../../../../support/arbitrated-feeds.ts"
import { catalogueJson } from "../../../../support/recordings.ts"

const active = (symbol: string, over: Partial<ActiveSubscription> = {}): ActiveSubscription => ({
  symbol,
  subscriptionId: "1",
  feed: "primary",
  active: true,
  rejected: undefined,
  acknowledgedMs: 0,
  firstTickMs: undefined,
  lastTickMs: undefined,
  ticks: 0,
  symbolOnly: false,
  ...over
})
const judge = (subscriptions: ReadonlyArray<ActiveSubscription>, ignored: ReadonlyArray<string> = []) =>
  judgeFeedHealth({
    expected: subscriptions.map(({ symbol }) => symbol),
    active: subscriptions,
    isIgnored: (symbol) => ignored.includes(symbol),
    limits: { coverage: 0.995, lagWarningMs: 120_000, lagCriticalMs: 300_000, gaps: 20, isLiquid: () => false },
    nowMs: 1e12,
    tradingSinceMs: () => 0
  })

describe("R6: codes that no exchange uses", () => {
  it("R6: are doubted for their letters, their case, and the digits of the year", () => {
    for (const [id, why] of [
      ["RB2701", /no exchange lists product RB; SHFE lists rb/],
      ["ap2701", /no exchange lists product ap; CZCE lists AP/],
      ["AP2701", /CZCE writes one digit of the year: AP701/],
      ["zz2701", /no exchange lists product zz$/],
      ["rb701", /SHFE writes two digits/],
      ["TA2707P4300", /TA707/],
      ["SP a2501&zz2505", /product zz/],
      ["rb27 01", /no exchange writes codes like this/],
      ["10004405", /no contract list/]
    ] as const) {
      assert.match(codeDoubt(id) ?? "", why, id)
    }
    for (const id of [
      "IF2612",
      "rb2701",
      "AP701",
      "SPD CF701&CF703",
      "m2109-P-3850",
      "sc2701TAS",
      "rb0001",
      "rb20000"
    ]) {
      assert.isUndefined(codeDoubt(id), id)
    }
  })

  it("R6: 20,000 contracts of the simulated market are not doubted", () => {
    for (const { id } of marketContracts(20_000)) assert.isUndefined(codeDoubt(id), id)
  })

  it("R6: nor is any futures contract of a real list", () => {
    const byExchange = catalogueJson("slice", "wondertrader_contracts.json") as Record<
      string,
      Record<string, { code: string }>
    >
    const codes = Object.entries(byExchange)
      .filter(([exchange]) => ["CFFEX", "SHFE", "INE", "DCE", "CZCE", "GFEX"].includes(exchange))
      .flatMap(([, contracts]) => Object.values(contracts).map(({ code }) => code))
    assert.lengthOf(codes, 685)
    assert.deepStrictEqual(
      codes.filter((code) => codeDoubt(code) !== undefined),
      []
    )
  })

  it("R6: are one WARNING with every name before they are asked for; one that a list has is not", () => {
    const lines: Array<string> = []
    const log = { write: (level: string, message: string) => void lines.push(`${level} ${message}`) }
    const directory = new InstrumentDirectory([{ id: "zz2701", exchange: "DCE", product: "zz" }])
    assert.isTrue(warnOfCodes(["IF2612", "RB2701", "ap2701", "AP2701", "zz2701"], directory, log))
    assert.lengthOf(lines, 1)
    assert.match(lines[0] ?? "", /^WARNING .*RB2701.*ap2701.*AP2701/)
    assert.notInclude(lines[0], "zz2701")
    assert.notInclude(lines[0], "IF2612")
    assert.isFalse(warnOfCodes(["rb2701"], directory, log))
  })

  it("R6: are a warning of the health check, exit 1, until one of the feeds ticks", () => {
    const doubt = codeDoubt("RB2701")
    const health = judge([active("IF2612.CFFEX"), active("RB2701", { doubt })])
    assert.strictEqual(health.exitCode, 1)
    assert.match(health.warnings.join(), /Codes that no exchange is known to use: RB2701 \(/)
    assert.strictEqual(judge([active("RB2701", { doubt }), active("RB2701", { feed: "backup" })]).exitCode, 0)
    assert.strictEqual(judge([active("RB2701", { doubt })], ["RB2701"]).exitCode, 0)
  })
})

describe("R7: instruments whose every tick is set aside", () => {
  it("R7: are named with the reason, known by index or by name only, and do not count as ticking", () => {
    const { lines, directory } = makeArbitratedFeeds({ feeds: 1 })
    const [line] = lines
    const arrivals = line?.arrivals
    if (line === undefined || arrivals === undefined) throw new Error("a feed")
    const ledger = new SubscriptionTable("primary", arrivals, directory)
    for (const id of ["rb2701", "zz2701", "hc2701"]) {
      const row = ledger.want(id, 0, 0) as number
      ledger.asked(row, 0)
      ledger.answered(row, 0, "", 0)
    }
    const record = (id: string) => {
      ledger.link()
      return ledger.record(ledger.row(id) as number)
    }
    for (let n = 1; n <= 5; n++) {
      const time = `10:00:0${n}`
      line.bring({ id: "zz2701", time }, { id: "rb2701", time, last: -1 }, { id: "hc2701", time })
    }
    assert.deepInclude(record("zz2701"), { state: "acknowledged", ticks: 0 })
    assert.deepStrictEqual(record("zz2701").setAside, { ticks: 5, reason: "unknown_instrument" })
    assert.match(record("zz2701").doubt ?? "", /zz/)
    assert.deepInclude(record("rb2701"), { state: "acknowledged", ticks: 0 })
    assert.deepStrictEqual(record("rb2701").setAside, { ticks: 5, reason: "price_positive" })
    assert.deepInclude(record("hc2701"), { state: "ticking", ticks: 5, setAside: undefined })

    // It ends with the next valid tick; an instrument that ticks needs a run of bad ones.
    line.bring({ id: "rb2701", time: "10:00:10" })
    assert.deepInclude(record("rb2701"), { state: "ticking", ticks: 1, setAside: undefined })
    for (let n = 11; n < 31; n++) line.bring({ id: "rb2701", time: `10:00:${n}`, last: -1 })
    assert.deepStrictEqual(record("rb2701").setAside, { ticks: 20, reason: "price_positive" })
    arrivals.begin()
    assert.isUndefined(record("zz2701").setAside, "a new session says nothing of the former one")
  })

  it("R7: are a warning of the health check, exit 1", () => {
    const health = judge([active("rb2701.SHFE"), active("zz2701", { setAside: "unknown_instrument" })])
    assert.deepInclude(health, { exitCode: 1, warnings: ["Every tick is set aside of: zz2701 (unknown_instrument)"] })
    const other = active("zz2701", { feed: "backup", ticks: 5, lastTickMs: 1e12 })
    assert.strictEqual(judge([active("zz2701", { setAside: "late" }), other]).exitCode, 0)
  })

  it("R7: a minute after the answers those without a tick are named, the ones with a reason first", () => {
    const proof = { shows: "waiting", wanted: 3, acknowledged: 3, rejected: 0, ticking: 1, tookMs: 60_000 } as const
    const sentence = proofSentence(proof, [
      { instrumentId: "rb2701", why: undefined },
      { instrumentId: "zz2701", why: "5 ticks set aside: unknown_instrument" }
    ])
    assert.match(sentence, /: zz2701 \(5 ticks set aside: unknown_instrument\), rb2701$/)
  })
})

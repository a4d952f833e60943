// The golden cases are published: others test their code with them, so ours must agree with every one.
import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { chinaCalendar } from "../../../../../src/kernel/calendar/trading-calendar.ts"
import type { Exchange } from "../../../../../src/kernel/instrument/exchange.ts"
import { resolveTradingTime, TradingTime, timeVerdict } from "../../../../../src/market/domain/tick/trading-time.ts"
import type { GoldenCase } from "../../../../golden/case.ts"
import { goldenText } from "../../../../golden/golden-text.ts"

const published = readFileSync(new URL("../../../../golden/trading-time.jsonl", import.meta.url), "utf8")
const cases = published
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as GoldenCase)

/** As the ring gives it: 0 empty, -1 not a date of eight digits. */
const dayOf = (text: string) => (text === "" ? 0 : /^\d{8}$/.test(text) ? Number(text) : -1)
/** As the ring gives it: -1 empty, -2 not a time of day. */
const secondOf = (text: string) => {
  const match = /^(\d\d):(\d\d):(\d\d)$/.exec(text)
  if (match === null) return text === "" ? -1 : -2
  const [hour, minute, second] = match.slice(1).map(Number) as [number, number, number]
  return hour < 24 && minute < 60 && second < 60 ? hour * 3600 + minute * 60 + second : -2
}
const refusals = {
  empty_time: timeVerdict.emptyTime,
  impossible_time: timeVerdict.impossibleTime,
  no_day: timeVerdict.noDay
}

const out = new TradingTime()
const answer = (one: GoldenCase): GoldenCase["expect"] | number => {
  const verdict = resolveTradingTime(
    secondOf(one.update_time),
    one.update_millisec,
    dayOf(one.action_day),
    dayOf(one.trading_day),
    one.exchange as Exchange,
    dayOf(one.login_trading_day),
    one.receive === null ? 0 : Date.parse(one.receive),
    chinaCalendar,
    out
  )
  if (verdict !== timeVerdict.resolved) return verdict
  return { datetime: new Date(out.exchangeTimeMs).toISOString(), trading_day: String(out.tradingDay), stale: out.stale }
}

describe("golden trading times", () => {
  it("are enough, over six exchanges, each with a reason and an id of its own", () => {
    assert.isAtLeast(cases.length, 300)
    assert.deepStrictEqual(
      [...new Set(cases.map((one) => one.exchange))].sort(),
      "CFFEX CZCE DCE GFEX INE SHFE".split(" ")
    )
    assert.strictEqual(new Set(cases.map((one) => one.id)).size, cases.length)
    for (const one of cases) assert.isAtLeast(one.why.length, 10, one.id)
  })

  it("are published as they were made", () => {
    assert.strictEqual(published, goldenText, "run: node tests/golden/make-trading-time.ts")
  })

  it("are what resolveTradingTime says, every one", () => {
    const wrong = cases.flatMap((one) => {
      const got = answer(one)
      const wanted = "refused" in one.expect ? refusals[one.expect.refused] : one.expect
      return JSON.stringify(got) === JSON.stringify(wanted) ? [] : [{ ...one, got }]
    })
    assert.deepStrictEqual(wrong, [], `${wrong.length} of ${cases.length} cases differ`)
  })
})

// A drill at the open or the close costs real ticks: it is refused around every border of a section, also at lunch, at
// the tea break and after midnight, and while nothing trades.
import { assert, describe, it } from "@effect/vitest"
import { chinaCalendar } from "../../../../../src/kernel/calendar/trading-calendar.ts"
import { TradingSessions } from "../../../../../src/kernel/calendar/trading-sessions.ts"
import { type DrilledProduct, drillTimeFault, everyProduct } from "../../../../../src/ops/domain/drill/drill-times.ts"

const sessions = new TradingSessions(chinaCalendar)
const rebar = [{ exchange: "SHFE", product: "rb" }] as const
const gold = [{ exchange: "SHFE", product: "au" }] as const
/** A Thursday before a Friday with trading; `time` in Shanghai. */
const at = (time: string, products: ReadonlyArray<DrilledProduct> = rebar, day = "2026-11-26") =>
  drillTimeFault(sessions, products, Date.parse(`${day}T${time}+08:00`))

const refused = (times: ReadonlyArray<string>, why: RegExp, products?: ReadonlyArray<DrilledProduct>) => {
  for (const time of times) assert.match(at(time, products) ?? `${time} is allowed`, why)
}
const allowed = (times: ReadonlyArray<string>, products?: ReadonlyArray<DrilledProduct>) => {
  for (const time of times) assert.isUndefined(at(time, products), time)
}

describe("times of a drill", () => {
  it("are refused in the first five minutes of each section, to the second", () => {
    refused(["09:00:00", "09:04:59"], /rb \(SHFE\) began at 09:00: drill at 09:05 or later/)
    refused(["10:30:00", "10:34:59"], /began at 10:30/)
    refused(["13:30:00", "13:34:59"], /began at 13:30/)
    refused(["21:00:00", "21:04:59"], /began at 21:00/)
    allowed(["09:05:00", "10:35:00", "13:35:00", "21:05:00"])
  })

  it("are refused in the last five minutes of each section", () => {
    refused(["10:10:00", "10:14:59"], /ends at 10:15/)
    refused(["11:25:00", "11:29:59"], /ends at 11:30/)
    refused(["14:55:00", "14:59:59"], /ends at 15:00/)
    refused(["22:55:00", "22:59:59"], /ends at 23:00/)
    allowed(["10:09:59", "11:24:59", "14:54:59", "22:54:59"])
  })

  it("are refused shortly before a section, and while nothing trades", () => {
    refused(["08:55:00", "08:59:59"], /begins at 09:00/)
    refused(["10:25:00"], /begins at 10:30/)
    refused(["20:55:00"], /begins at 21:00/)
    refused(["10:20:00", "12:00:00", "16:00:00", "20:00:00", "23:00:00", "03:00:00"], /no section is open/)
    assert.match(at("10:00:00", rebar, "2026-11-28") ?? "", /no section is open/)
  })

  it("run through midnight, until the end of the product's own night", () => {
    allowed(["23:30:00"], gold)
    assert.isUndefined(at("00:00:00", gold, "2026-11-27"))
    assert.isUndefined(at("02:24:59", gold, "2026-11-27"))
    assert.match(at("02:25:00", gold, "2026-11-27") ?? "", /au \(SHFE\) ends at 02:30/)
    assert.match(at("02:30:00", gold, "2026-11-27") ?? "", /no section is open/)
  })

  it("mind each product: of the tea break only commodities know", () => {
    refused(["10:12:00", "10:27:00"], /SHFE|DCE|CZCE|INE|GFEX/, everyProduct)
    allowed(["10:20:00", "10:45:00"], everyProduct)
    refused(["22:57:00", "13:01:00"], /ends at 23:00|began at 13:00/, everyProduct)
    assert.match(at("00:57:00", everyProduct, "2026-11-27") ?? "", /ends at 01:00/)
  })
})

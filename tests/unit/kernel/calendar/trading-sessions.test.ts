// Silence outside trading hours is normal and inside them a fault: an hour wrong here is a false alarm or a missed
// outage.
import { assert, describe, it } from "@effect/vitest"
import { epochDayOf, yyyymmddOf } from "../../../../src/kernel/calendar/calendar-day.ts"
import { chinaCalendar } from "../../../../src/kernel/calendar/trading-calendar.ts"
import { TradingSessions } from "../../../../src/kernel/calendar/trading-sessions.ts"
import type { Exchange } from "../../../../src/kernel/instrument/exchange.ts"
import { exchangeOfProduct, productsByExchange } from "../../../../src/kernel/instrument/product-exchange.ts"
import { catalogueJson } from "../../../support/recordings.ts"

const sessions = new TradingSessions(chinaCalendar)
const ms = (wall: string) => Date.parse(`${wall.replace(" ", "T")}+08:00`)
const wallOf = (epochMs: number) => new Date(epochMs + 28_800_000).toISOString().slice(0, 16).replace("T", " ")
const phase = (product: string, wall: string) =>
  sessions.of(exchangeOfProduct(product) as Exchange, product).phaseAt(ms(wall))

/** Phases of a natural day as `HH:MM phase`, queried for every minute. */
const dayOf = (product: string, day: string) => {
  const steps: Array<string> = []
  let last = ""
  for (let minute = 0; minute < 1440; minute++) {
    const time = `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`
    const now = phase(product, `${day} ${time}:00`)
    if (now !== last) steps.push(`${time} ${now}`)
    last = now
  }
  return steps.join(", ")
}

const morning = "09:00 trading, 10:15 break, 10:30 trading, 11:30 break, 13:30 trading, 15:00 closed"
const evening = "20:30 preOpen, 20:55 auction, 21:00 trading"

describe("phases of a product", () => {
  it("follow a copper day with its night session until 01:00", () => {
    assert.strictEqual(
      dayOf("cu", "2026-11-18"),
      `00:00 trading, 01:00 closed, 08:30 preOpen, 08:55 auction, ${morning}, ${evening}`
    )
    assert.strictEqual(dayOf("cu", "2026-11-21"), "00:00 trading, 01:00 closed", "Saturday")
    assert.strictEqual(dayOf("cu", "2026-11-22"), "00:00 closed", "Sunday")
    assert.strictEqual(
      dayOf("cu", "2026-11-23"),
      `00:00 closed, 08:30 preOpen, 08:55 auction, ${morning}, ${evening}`,
      "Monday"
    )
  })

  it("follow the products of the six exchanges", () => {
    assert.strictEqual(
      dayOf("rb", "2026-11-18"),
      `00:00 closed, 08:30 preOpen, 08:55 auction, ${morning}, ${evening}, 23:00 closed`
    )
    assert.strictEqual(
      dayOf("sc", "2026-11-18"),
      `00:00 trading, 02:30 closed, 08:30 preOpen, 08:55 auction, ${morning}, ${evening}`
    )
    assert.strictEqual(dayOf("m", "2026-11-18"), dayOf("rb", "2026-11-18"))
    assert.strictEqual(dayOf("SR", "2026-11-18"), dayOf("rb", "2026-11-18"))
    assert.strictEqual(dayOf("si", "2026-11-18"), `00:00 closed, 08:30 preOpen, 08:55 auction, ${morning}`)
    assert.strictEqual(dayOf("ec", "2026-11-18"), dayOf("si", "2026-11-18"))
    const index = "09:00 preOpen, 09:25 auction, 09:30 trading, 11:30 break, 13:00 trading"
    assert.strictEqual(dayOf("IF", "2026-11-18"), `00:00 closed, ${index}, 15:00 closed`)
    assert.strictEqual(dayOf("IO", "2026-11-18"), dayOf("IF", "2026-11-18"))
    assert.strictEqual(dayOf("T", "2026-11-18"), `00:00 closed, ${index}, 15:15 closed`)
  })

  it("follow the hours of their year", () => {
    const before2016 =
      "00:00 closed, 08:45 preOpen, 09:10 auction, 09:15 trading, 11:30 break, 13:00 trading, 15:15 closed"
    assert.strictEqual(dayOf("IF", "2014-12-25"), before2016)
    assert.strictEqual(dayOf("T", "2017-11-13"), before2016)
    assert.include(dayOf("IF", "2016-08-11"), "09:30 trading")
    const ends = (product: string, day: string) =>
      /trading(?:, (\d\d:\d\d) closed)?$/.exec(dayOf(product, day))?.[1] ?? "after midnight"
    assert.strictEqual(ends("rb", "2016-04-28"), "after midnight")
    assert.strictEqual(ends("rb", "2016-05-03"), "23:00")
    assert.strictEqual(ends("i", "2015-05-07"), "after midnight")
    assert.strictEqual(ends("i", "2015-05-08"), "23:30")
    assert.strictEqual(ends("i", "2019-03-28"), "23:30")
    assert.strictEqual(ends("i", "2019-03-29"), "23:00")
    assert.strictEqual(ends("SR", "2019-12-10"), "23:30")
    assert.strictEqual(ends("SR", "2019-12-11"), "23:00")
    assert.strictEqual(ends("m", "2019-12-25"), "23:00")
    assert.include(dayOf("m", "2019-12-25"), "22:25 auction, 22:30 trading", "DCE began late on that evening")
    assert.notInclude(dayOf("c", "2019-03-28"), "21:00")
    assert.include(dayOf("c", "2019-03-29"), "21:00 trading")
    assert.notInclude(dayOf("SR", "2014-12-11"), "21:00")
    // Before 2023 there was a morning auction only where no night session came before it.
    assert.include(dayOf("rb", "2018-10-08"), "08:55 auction")
    assert.notInclude(dayOf("rb", "2018-10-09"), "auction, 09:00")
  })

  it("have no night session before holidays and in the spring of 2020", () => {
    for (const day of [
      "2026-09-24",
      "2026-09-30",
      "2026-12-31",
      "2015-09-25",
      "2020-02-03",
      "2020-05-05",
      "2020-04-30"
    ]) {
      assert.notInclude(dayOf("cu", day), "20:30", day)
    }
    assert.include(dayOf("cu", "2020-05-06"), evening)
    assert.strictEqual(dayOf("cu", "2026-10-01"), "00:00 closed")
    assert.isTrue(dayOf("cu", "2026-10-08").startsWith("00:00 closed, 08:30"))
  })

  it("agree with a session list of 2025 for every product that it has", () => {
    const list = catalogueJson("slice", "trading_times_homalos.json") as Record<
      string,
      { day: Array<[string, string]>; night: Array<[string, string]> }
    >
    const day = epochDayOf(20251217)
    const second = (text: string) => Number(text.slice(0, 2)) * 3600 + Number(text.slice(3, 5)) * 60
    assert.lengthOf(Object.keys(list), 70)
    for (const [product, times] of Object.entries(list)) {
      const { plan } = sessions.of(exchangeOfProduct(product) as Exchange, product)
      assert.isFalse(plan.assumed, product)
      const night = plan.nightOf(day, chinaCalendar)
      assert.deepStrictEqual(plan.dayOf(day).sections, times.day.map((span) => span.map(second)) as never, product)
      assert.deepStrictEqual(
        night === undefined ? [] : [night],
        times.night.map((span) => span.map(second)) as never,
        product
      )
    }
  })
})

describe("the steps of a day", () => {
  it("begin at midnight and go forward, for every product on every day of half a year", () => {
    for (const [exchange, products] of Object.entries(productsByExchange)) {
      for (const product of products.split(" ")) {
        const { plan } = sessions.of(exchange as Exchange, product)
        for (let day = epochDayOf(20191201); day < epochDayOf(20200601); day++) {
          const seconds = plan.stepsOf(day, chinaCalendar).map(({ second }) => second)
          const wrong =
            seconds[0] !== 0 || seconds.some((second, index) => index > 0 && second <= (seconds[index - 1] as number))
          if (wrong) assert.fail(`${product} ${yyyymmddOf(day)}: ${seconds.join(" ")}`)
        }
      }
    }
  })
})

describe("intervals", () => {
  it("hold for the instants they name and end where the next begins, over weekends and holidays", () => {
    const hours = sessions.of("SHFE", "cu")
    const spans = (from: string, until: string) => {
      const found: Array<string> = []
      for (let at = ms(from); at < ms(until); at = hours.nextChangeMs(at)) {
        const { phase, fromMs, untilMs } = hours.intervalAt(at)
        assert.isTrue(fromMs <= at && at < untilMs)
        found.push(`${wallOf(fromMs)} ${phase}`)
      }
      return found
    }
    assert.deepStrictEqual(spans("2026-11-20 22:00", "2026-11-23 09:30"), [
      "2026-11-20 21:00 trading",
      "2026-11-21 01:00 closed",
      "2026-11-23 08:30 preOpen",
      "2026-11-23 08:55 auction",
      "2026-11-23 09:00 trading"
    ])
    assert.deepStrictEqual(spans("2026-09-30 14:00", "2026-10-08 08:45"), [
      "2026-09-30 13:30 trading",
      "2026-09-30 15:00 closed",
      "2026-10-08 08:30 preOpen"
    ])
    const begin = (wall: string) =>
      wallOf(new TradingSessions(chinaCalendar).of("SHFE", "cu").intervalAt(ms(wall)).fromMs)
    assert.strictEqual(begin("2026-11-21 00:30"), "2026-11-20 21:00", "a night session began yesterday")
    assert.strictEqual(begin("2026-11-22 12:00"), "2026-11-21 01:00")
    assert.strictEqual(begin("2026-10-07 12:00"), "2026-09-30 15:00")
    assert.strictEqual(hours.tradingDayAt(ms("2026-11-20 21:00")), 20261123)
    assert.strictEqual(hours.tradingDayAt(ms("2026-11-21 00:30")), 20261123)
    assert.strictEqual(hours.tradingDayAt(ms("2026-11-20 15:00")), 20261120)
  })

  it("are the same whatever was asked before", () => {
    const wandering = sessions.of("INE", "sc")
    for (let step = 0; step < 2000; step++) {
      const at = ms("2020-01-01 00:00") + ((step * 7_919_000_003) % 220_000_000_000)
      const fresh = new TradingSessions(chinaCalendar).of("INE", "sc")
      assert.deepStrictEqual(wandering.intervalAt(at), fresh.intervalAt(at), String(at))
    }
  })

  it("make up a market that changes when one of its products does", () => {
    const products = [sessions.of("SHFE", "rb"), sessions.of("CFFEX", "T")]
    const market = (wall: string) => {
      const { phase, untilMs } = sessions.marketAt(products, ms(wall))
      return `${phase} until ${wallOf(untilMs)}`
    }
    assert.strictEqual(market("2026-11-18 10:20"), "trading until 2026-11-18 11:30")
    assert.strictEqual(market("2026-11-18 12:00"), "break until 2026-11-18 13:00")
    assert.strictEqual(market("2026-11-18 13:10"), "trading until 2026-11-18 15:15")
    assert.strictEqual(market("2026-11-20 23:00"), "closed until 2026-11-23 08:30")
  })
})

describe("isTradingTime", () => {
  it("counts auction and trading, and what follows a close within the grace", () => {
    const is = (wall: string, graceMs?: number) => sessions.isTradingTime("rb", "SHFE", ms(wall), graceMs)
    assert.isTrue(is("2026-11-18 20:59:30"))
    assert.isTrue(is("2026-11-18 14:59:59"))
    assert.isFalse(is("2026-11-18 15:00:00"))
    assert.isTrue(is("2026-11-18 15:00:00", 1000))
    assert.isFalse(is("2026-11-18 15:00:01", 1000))
    assert.isFalse(is("2026-11-18 08:31:00", 3_600_000), "the half hour before an opening follows no close")
    assert.isFalse(is("2026-11-21 10:00:00"))
  })

  it("gives an unlisted product the widest hours of its exchange, and says so", () => {
    const unknown = sessions.of("SHFE", "zz")
    assert.isTrue(unknown.plan.assumed)
    assert.strictEqual(unknown.phaseAt(ms("2026-11-18 02:00")), "trading")
    assert.isFalse(sessions.of("SSE", "other").plan.assumed)
    for (const [exchange, products] of Object.entries(productsByExchange)) {
      for (const product of products.split(" ")) assert.isFalse(sessions.of(exchange as Exchange, product).plan.assumed)
    }
  })

  it("shows where the calendar ends", () => {
    const hours = sessions.of("SHFE", "rb")
    assert.isFalse(hours.beyondCalendar(ms("2027-01-03 23:59")))
    assert.isTrue(hours.beyondCalendar(ms("2027-01-04 00:00")))
    assert.strictEqual(hours.phaseAt(ms("2027-01-06 10:00")), "trading")
    assert.strictEqual(yyyymmddOf(epochDayOf(20270106)), 20270106)
  })
})

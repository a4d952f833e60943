// The text of tests/golden/trading-time.jsonl. It works in the opposite direction of tickd: from a moment and its
// trading day, both typed by hand, to the fields that a front of that exchange sends. Imports nothing from src/.
import type { GoldenCase } from "./case.ts"
import { handWritten } from "./hand-written.ts"
import { type Moment, moments, snapshots } from "./moments.ts"

const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
const plain = (day: string) => day.replaceAll("-", "")

const read = (moment: Moment) => {
  const [weekday = "", date = "", time = ""] = moment.wall.split(" ")
  const instant = new Date(`${date}T${time}+08:00`)
  if (weekdays[new Date(`${date}T00:00:00Z`).getUTCDay()] !== weekday)
    throw new Error(`${moment.wall} is no ${weekday}`)
  if (["Sun", "Sat"].includes(weekdays[new Date(`${moment.tradingDay}T00:00:00Z`).getUTCDay()] ?? "")) {
    throw new Error(`${moment.tradingDay} is no trading day`)
  }
  return { date, time, instant, night: Number(time.slice(0, 2)) >= 18 || Number(time.slice(0, 2)) < 6 }
}

/** The days of a tick on the wire, by exchange. Source: ctp.md section 4 and the recordings. */
const sentDays = (exchange: string, date: string, tradingDay: string) => ({
  action_day: plain(exchange === "DCE" ? tradingDay : date),
  trading_day: plain(exchange === "CZCE" ? date : tradingDay)
})

/** First trading days: there is no case before an exchange existed. */
const opened: Readonly<Record<string, string>> = { INE: "2018-03-26", GFEX: "2022-12-22" }

const casesOf = (moment: Moment, source: string): ReadonlyArray<Omit<GoldenCase, "id">> =>
  moment.exchanges.split(" ").flatMap((exchange) => {
    const { date, time, instant, night } = read(moment)
    if (moment.tradingDay < (opened[exchange] ?? "")) return []
    // CZCE's ticks carry whole seconds.
    const millisec = exchange === "CZCE" ? 0 : Number(time.slice(9))
    const truth = new Date(instant.getTime() - Number(time.slice(9)) + millisec)
    const login = plain(moment.tradingDay)
    const base = {
      exchange,
      update_time: time.slice(0, 8),
      update_millisec: millisec,
      ...sentDays(exchange, date, moment.tradingDay),
      login_trading_day: "",
      receive: null,
      expect: { datetime: truth.toISOString(), trading_day: login, stale: false }
    }
    const receive = (afterMs: number) => new Date(truth.getTime() + afterMs).toISOString()
    const say = (what: string) => `${moment.why} [${source}; ${what}]`
    const cases: Array<Omit<GoldenCase, "id">> = [
      { ...base, why: say("as the front sends it, nothing else known") },
      { ...base, login_trading_day: login, receive: receive(37), why: say("with login and receipt 37 ms later") },
      {
        ...base,
        receive: receive(3_600_000),
        expect: { ...base.expect, stale: true },
        why: say("received an hour later: the same instant, stale")
      }
    ]
    // Without ActionDay, CZCE's natural TradingDay is not enough at night.
    if (exchange !== "CZCE" || !night) cases.push({ ...base, action_day: "", why: say("ActionDay empty") })
    else
      cases.push({
        ...base,
        action_day: "",
        login_trading_day: login,
        receive: receive(200),
        why: say("ActionDay empty, with login and receipt")
      })
    // Without TradingDay, DCE's ActionDay still contains it; elsewhere it follows from the natural day and the
    // calendar.
    if (exchange !== "CZCE")
      cases.push({ ...base, trading_day: "", login_trading_day: login, why: say("TradingDay empty, with login") })
    return cases
  })

const made = [
  ...moments.flatMap((moment) => casesOf(moment, "made by rule")),
  ...snapshots.flatMap((moment) => casesOf(moment, "snapshot seen in a recording")),
  ...handWritten
]
const counts = new Map<string, number>()
const lines = made.map((one) => {
  const count = (counts.get(one.exchange) ?? 0) + 1
  counts.set(one.exchange, count)
  const golden: GoldenCase = { id: `${one.exchange.toLowerCase()}-${String(count).padStart(3, "0")}`, ...one }
  return JSON.stringify(golden)
})

/** The whole file, one case in each line. */
export const goldenText = `${lines.join("\n")}\n`

export const goldenSummary = `${lines.length} cases: ${[...counts].map(([exchange, count]) => `${exchange} ${count}`).join(", ")}`

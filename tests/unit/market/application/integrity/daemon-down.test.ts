// After a crash or a stop in trading hours consumers must learn that no daemon was running, and never when nothing
// can be missing.
import { describe, expect, it } from "vitest"
import { chinaCalendar } from "../../../../../src/kernel/calendar/trading-calendar.ts"
import { TradingSessions } from "../../../../../src/kernel/calendar/trading-sessions.ts"
import type { Gap } from "../../../../../src/kernel/tick/gap.ts"
import { DaemonDown } from "../../../../../src/market/application/integrity/daemon-down.ts"
import { GapRecorder } from "../../../../../src/market/application/integrity/gap-recorder.ts"
import { calendarMarketHours } from "../../../../../src/market/application/silence/calendar-market-hours.ts"
import { alwaysTrading, type MarketHours } from "../../../../../src/market/ports/market-hours.ts"

const calendar = () => calendarMarketHours(new TradingSessions(chinaCalendar), [{ exchange: "SHFE", product: "rb" }])
/** Shanghai time of Tuesday 2026-11-24, or of another day. */
const at = (time: string, day = "2026-11-24") => Date.parse(`${day}T${time}+08:00`)

const make = (hours: MarketHours) => {
  const told: Array<Gap> = []
  const gaps = new GapRecorder("primary", (gap) => void told.push(gap))
  const down = new DaemonDown(gaps, hours.phaseAt, hours.nextChangeMs)
  return {
    gaps,
    down,
    told,
    /** Checks at `nowMs`, with the first tick of the run if one is given. */
    look: (nowMs: number, firstTickMs = gaps.firstTickMs) => {
      gaps.firstTickMs = firstTickMs
      down.look(nowMs)
    },
    stretches: () => told.map(({ state, fromMs, toMs }) => [state, fromMs, toMs])
  }
}

describe("a gap between two runs", () => {
  it("is open from the last stored tick until the first tick of this run, with one id", () => {
    const { down, told, look, stretches } = make(alwaysTrading)
    down.followed({ lastTickMs: 1000.5, listenedUntilMs: 0 }, 5000)
    look(5100)
    look(6000, 5900)
    look(7000)
    expect(stretches()).toEqual([
      ["open", 1000.5, undefined],
      ["closed", 1000.5, 5900]
    ])
    expect(new Set(told.map(({ id }) => id))).toEqual(new Set(["primary-daemon_down-1000"]))
    expect(told[1]).toMatchObject({ cause: "daemon_down", instrument: undefined, count: undefined, seqs: undefined })
  })

  it("has the same id when the next run finds the same last tick", () => {
    const ids = [5000, 9000].map((nowMs) => {
      const { down, told } = make(alwaysTrading)
      down.followed({ lastTickMs: 1000, listenedUntilMs: 0 }, nowMs)
      return told[0]?.id
    })
    expect(ids[0]).toBe(ids[1])
  })

  it("is reported as closed at once when ticks arrived before the broker", () => {
    const { down, gaps, stretches } = make(alwaysTrading)
    gaps.firstTickMs = 2000
    down.followed({ lastTickMs: 1000, listenedUntilMs: 0 }, 60_000)
    expect(stretches()).toEqual([["closed", 1000, 2000]])
  })

  it("is reported once when the link breaks at its first read and the next one reads again", () => {
    const { down, gaps, look, stretches } = make(alwaysTrading)
    gaps.firstTickMs = 2000
    down.followed({ lastTickMs: 1000, listenedUntilMs: 0 }, 60_000)
    down.followed({ lastTickMs: 1000, listenedUntilMs: 0 }, 64_000)
    look(65_000)
    expect(stretches()).toEqual([["closed", 1000, 2000]])
  })

  it("is none where the first tick of this run is no later than the last stored one, and reported once only", () => {
    const { down, gaps, told, look } = make(alwaysTrading)
    gaps.firstTickMs = 900
    down.followed({ lastTickMs: 1000, listenedUntilMs: 0 }, 1100)
    look(2000)
    expect(told).toEqual([])
  })

  it("is none when no hours lie between: a night, a break, a weekend", () => {
    for (const [lastTickMs, nowMs] of [
      [at("15:00:00.500"), at("20:50:00")],
      [at("11:30:01"), at("12:59:00")],
      [at("15:00:01", "2026-11-27"), at("08:30:00", "2026-11-30")]
    ] as const) {
      const { down, told } = make(calendar())
      // Friday's night session is part of the time before a Monday.
      const listenedUntilMs = nowMs > at("00:00:00", "2026-11-28") ? at("02:31:00", "2026-11-28") : 0
      down.followed({ lastTickMs, listenedUntilMs }, nowMs)
      expect(told).toEqual([])
    }
  })

  it("is reported when trading hours lie between, though the market is shut at the start", () => {
    const { down, stretches, look } = make(calendar())
    down.followed({ lastTickMs: at("14:00:00"), listenedUntilMs: 0 }, at("16:00:00"))
    look(at("21:00:01"), at("21:00:00.500"))
    expect(stretches()).toEqual([["closed", at("14:00:00"), at("16:00:00")]])
  })

  it("stays open over a break, and ends with the session when no tick comes", () => {
    const { down, stretches, look } = make(calendar())
    down.followed({ lastTickMs: at("11:20:00"), listenedUntilMs: 0 }, at("11:25:00"))
    look(at("12:00:00"))
    look(at("14:00:00"))
    look(at("15:10:00"))
    expect(stretches()).toEqual([
      ["open", at("11:20:00"), undefined],
      ["closed", at("11:20:00"), at("15:10:00")]
    ])
  })

  it("is none behind a quiet end of the session that the previous run still saw", () => {
    const quiet = { lastTickMs: at("14:59:40"), listenedUntilMs: at("15:30:00") }
    const { down, told } = make(calendar())
    down.followed(quiet, at("16:00:00"))
    expect(told).toEqual([])
    const cut = make(calendar())
    cut.down.followed({ ...quiet, listenedUntilMs: at("14:59:45") }, at("16:00:00"))
    expect(cut.told).toHaveLength(1)
  })
})

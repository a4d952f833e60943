// A consumer that does not sort and keeps the last price relies on this: the time of an instrument never runs
// backwards unless the tick is flagged.
import { assert, describe, it } from "@effect/vitest"
import { yyyymmddOf } from "../../src/kernel/calendar/calendar-day.ts"
import { tradingPhase } from "../../src/kernel/calendar/trading-phase.ts"
import { InstrumentDirectory } from "../../src/kernel/instrument/instrument-directory.ts"
import { lawsIn } from "../../src/kernel/tick/law.ts"
import { double, TickSlab, word } from "../../src/kernel/tick/tick-slab.ts"
import { quarantineReasons } from "../../src/market/application/intake/ledger.ts"
import { makeNormaliseTick } from "../../src/market/application/intake/normalise-tick.ts"
import { liveClock, makeReplayClock } from "../../src/market/application/intake/tick-clock.ts"
import { duplicateTick } from "../../src/market/application/intake/tick-intake.ts"
import { healAfter } from "../../src/market/domain/checks/tick-laws.ts"
import { wholesOf } from "../support/seeded-random.ts"
import { alwaysIn, soundTick, writeRaw } from "../support/tick-records.ts"

const sequences = 10_000
const ticksEach = 40
const shanghaiMs = 28_800_000
const dayMs = 86_400_000
/** One for each way in which fronts fill the days: SHFE, DCE, CZCE, CFFEX. */
const ids = ["rb2701", "m2701", "SR701", "IF2612"] as const

/**
 * Wall clocks at which a sequence begins: in the day, before an evening's midnight, before a weekend, at the
 * calendar's end.
 */
const begins = [
  Date.UTC(2026, 10, 20, 2),
  Date.UTC(2026, 10, 19, 15, 58),
  Date.UTC(2026, 10, 20, 13, 30),
  Date.UTC(2026, 10, 21, 1),
  Date.UTC(2027, 0, 3, 15, 59)
] as const

interface Sent {
  readonly tick: typeof soundTick
  readonly atMs: number
}

/**
 * A tick that a front may send at `nowMs`: with the present time, late, early or of another day; its days right,
 * wrong or absent.
 */
const tickAt = (random: (n: number) => number, nowMs: number, volume: number): Sent => {
  const shifts = [-1 - random(3000), -random(600_000), random(30_000), random(400_000), -dayMs, dayMs]
  const shift = random(5) > 0 ? 0 : (shifts[random(shifts.length)] as number)
  const shanghai = nowMs + shift + shanghaiMs
  const day = Math.floor(shanghai / dayMs)
  const second = Math.floor((shanghai - day * dayMs) / 1000)
  const dayNear = () => yyyymmddOf(day + random(5) - 2)
  const tradingDay = [yyyymmddOf(day), yyyymmddOf(day), yyyymmddOf(day + 1), dayNear(), 0, -1][random(6)] as number
  const actionDay = random(8) > 0 ? yyyymmddOf(day) : ([0, -1, dayNear()][random(3)] as number)
  const time = [second / 3600, (second / 60) % 60, second % 60].map((n) => String(Math.floor(n)).padStart(2, "0"))
  const fallen = random(12) === 0 ? random(50) : 0
  return {
    atMs: nowMs,
    tick: {
      ...soundTick,
      id: ids[random(random(2) === 0 ? 1 : ids.length)] as string,
      time: random(40) === 0 ? "" : time.join(":"),
      ms: random(2) * 500,
      tradingDay,
      actionDay,
      volume: Math.max(0, volume - fallen),
      last: random(30) === 0 ? Number.NaN : soundTick.last
    }
  }
}

/** Corrects the receipt in the record: `writeRaw` derives it from the tick's days. */
const stamp = (slab: TickSlab, atMs: number): void => {
  const ns = BigInt(Math.round(atMs)) * 1_000_000n
  slab.u32[word.recvNsLow] = Number(ns & 0xffffffffn)
  slab.u32[word.recvNsHigh] = Number(ns >> 32n)
}

/** Sometimes the feed's clock jumps, which tests healing. By less than a minute too, or a replay calls it old. */
const jumpMs = (random: (n: number) => number): number =>
  random(2) === 0 ? -random(59_000) : random(2 * 3_600_000) - 3_600_000

const run = (seed: number, replay: boolean, seen: { published: number; fell: number; healed: number }) => {
  const random = wholesOf(seed)
  const normalise = makeNormaliseTick({
    directory: new InstrumentDirectory(),
    loginTradingDay: () => 0,
    clock: replay ? makeReplayClock() : liveClock,
    hours: alwaysIn(tradingPhase.trading)
  })
  const symbols = { ids: [undefined, ...ids] as Array<string | undefined>, resolved: [-1, -1, -1, -1, -1] }
  const slab = new TickSlab(1)
  const before = new Map<string, number>()
  const fallsSince = new Map<string, number>()
  let nowMs = begins[random(begins.length)] as number
  let volume = 1000
  for (let at = 0; at < ticksEach; at++) {
    nowMs += random(40) === 0 ? jumpMs(random) : random(1500)
    volume += random(3)
    const { tick, atMs } = tickAt(random, nowMs, volume)
    writeRaw(slab, 0, tick, ids.indexOf(tick.id as (typeof ids)[number]) + 1, at + 1)
    stamp(slab, atMs)
    const reason = normalise(slab, 0, symbols)
    if (reason === duplicateTick) continue
    const name = quarantineReasons[reason]
    if (reason !== 0) {
      if (name !== "time_fell" && name !== "volume_fell") continue
      fallsSince.set(tick.id, (fallsSince.get(tick.id) ?? 0) + 1)
      seen.fell++
      continue
    }
    const timeMs = slab.f64[double.exchangeTimeMs] as number
    const flags = lawsIn(slab.u32[word.verdict] as number)
    const fell = timeMs < (before.get(tick.id) ?? Number.NEGATIVE_INFINITY)
    const wrong = !Number.isFinite(timeMs)
      ? "has no time"
      : flags.includes("time_fell") !== fell
        ? "falls in time and does not say so, or says so and does not"
        : fell && flags.includes("snapshot")
          ? "is old and became the base"
          : fell && (fallsSince.get(tick.id) ?? 0) < healAfter - 1
            ? "heals too early"
            : undefined
    if (wrong !== undefined) assert.fail(`seed ${seed}: tick ${at}, of ${tick.id}, ${wrong}`)
    if (fell) seen.healed++
    seen.published++
    before.set(tick.id, timeMs)
    fallsSince.set(tick.id, 0)
  }
}

describe("the time of published ticks", () => {
  for (const replay of [false, true]) {
    it(`never falls for an instrument unless the tick heals and says so, ${replay ? "replayed" : "live"}`, () => {
      const seen = { published: 0, fell: 0, healed: 0 }
      for (let seed = 1; seed <= sequences; seed++) run(seed, replay, seen)
      // A branch that was never taken was not tested.
      assert.isAbove(seen.published, sequences * 10)
      assert.isAbove(seen.fell, sequences * 3)
      assert.isAbove(seen.healed, 50)
    })
  }
})

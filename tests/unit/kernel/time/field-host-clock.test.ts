// R10: a host's clock that is minutes off must not move the market to another day, and yesterday's tick after a login
// must not become today's.
import { assert, describe, it } from "@effect/vitest"
import { InstrumentDirectory } from "../../../../src/kernel/instrument/instrument-directory.ts"
import { lawsIn } from "../../../../src/kernel/tick/law.ts"
import { double, TickSlab, word } from "../../../../src/kernel/tick/tick-slab.ts"
import { distanceMs, HostClock } from "../../../../src/kernel/time/host-clock.ts"
import { makeNormaliseTick } from "../../../../src/market/application/intake/normalise-tick.ts"
import { liveClock } from "../../../../src/market/application/intake/tick-clock.ts"
import { makeHostClockLog } from "../../../../src/market/layers/log/host-clock-log.ts"
import { reasonsNotReady } from "../../../../src/market/layers/status/readiness.ts"
import { type RawTick, soundTick, writeRaw } from "../../../support/tick-records.ts"

const ids = ["rb2701", "hc2701", "au2612", "cu2701", "ag2612", "IF2612", "m2701", "i2701", "AP701"]
const day = 20261120

/** One feed of a host whose clock shows `slowMs` less than the exchange's. */
const makeHost = () => {
  const directory = new InstrumentDirectory()
  const offsets: Array<number> = []
  const normalise = makeNormaliseTick({
    directory,
    loginTradingDay: () => day,
    clock: liveClock,
    onClock: (offsetMs) => void offsets.push(Math.round(offsetMs / 1000))
  })
  const symbols = { ids: [undefined, ...ids], resolved: [-1, ...ids.map(() => -1)] }
  const slab = new TickSlab(1)
  let seq = 0
  return {
    offsets,
    /** `second` of the day at the exchange; `slowMs` of this host, and the line's delay. */
    tick: (id: string, second: number, slowMs: number, changes: Partial<RawTick> = {}, delayMs = 40) => {
      const two = (n: number) => String(Math.floor(n)).padStart(2, "0")
      const time = `${two(second / 3600)}:${two((second / 60) % 60)}:${two(second % 60)}`
      const ms = Math.round((second % 1) * 1000)
      const tick = { ...soundTick, tradingDay: day, actionDay: day, ...changes, id, time, ms, lateMs: delayMs - slowMs }
      writeRaw(slab, 0, tick, ids.indexOf(id) + 1, ++seq)
      const reason = normalise(slab, 0, symbols)
      return {
        reason,
        tradingDay: slab.i32[word.tradingDay] as number,
        lastVolume: slab.i32[word.lastVolume] as number,
        flags: lawsIn(slab.u32[word.verdict] as number),
        exchangeMs: slab.f64[double.exchangeTimeMs] as number
      }
    }
  }
}

const tenOClock = 36_000

describe("R10: the host's clock", () => {
  for (const [what, slowMs] of [
    ["ten minutes slow", 600_000],
    ["two hours slow", 7_200_000],
    ["301 s slow", 301_000],
    ["two minutes fast", -120_000],
    ["eleven hours fast", -39_600_000],
    ["thirteen hours slow", 46_800_000],
    ["a day slow", 86_400_000],
    ["three days fast", -259_200_000],
    ["three days and an hour fast", -262_800_000],
    ["years slow, as without a battery", 820_454_400_000]
  ] as const) {
    it(`R10: ${what}: once three instruments tick on, days stay as sent and no tick is a snapshot`, () => {
      const host = makeHost()
      let volume = 50_000
      let sum = 0
      for (let step = 0; step < 120; step++) {
        for (const id of ids.slice(0, 3)) {
          const fate = host.tick(id, tenOClock + step / 2, slowMs, { volume }, 30 + (step % 5) * 20)
          assert.strictEqual(fate.reason, 0)
          if (step < 8) continue
          assert.deepStrictEqual(fate.flags, [], `step ${step}`)
          assert.strictEqual(fate.tradingDay, day)
          assert.strictEqual(fate.exchangeMs, Date.UTC(2026, 10, 20, 2) + step * 500)
          if (fate.lastVolume > 0) sum += fate.lastVolume
        }
        volume += 7
      }
      assert.deepStrictEqual(host.offsets, [slowMs / 1000])
      assert.isAtMost(sum, 3 * 120 * 7, "what was traded before the run is counted in none of them")
      assert.isAtLeast(sum, 3 * 105 * 7)
    })
  }

  it("R10: yesterday's last tick, pushed after a login under today's days, stays yesterday's, for any number of them", () => {
    for (const slowMs of [0, 90_000, -90_000]) {
      const host = makeHost()
      const pushes = ids.flatMap((id) => [0, 1, 2].map(() => host.tick(id, 54_000, 54_000_000 - 32_100_000 + slowMs)))
      for (const { reason, tradingDay, flags } of pushes.filter(({ reason: one }) => one === 0)) {
        assert.strictEqual(reason, 0)
        assert.strictEqual(tradingDay, 20261119)
        assert.include(flags, "snapshot")
      }
      assert.deepStrictEqual(host.offsets, [])
    }
  })

  it("R10: with the host slow, yesterday's push is yesterday's too, before and after the clock is known", () => {
    const host = makeHost()
    const push = (id: string) => host.tick(id, 54_000, 54_000_000 - 36_000_000 + 600_000, { volume: 90_000 })
    assert.strictEqual(push("cu2701").tradingDay, 20261119)
    for (let step = 0; step < 20; step++) {
      for (const id of ids.slice(0, 3)) host.tick(id, tenOClock + step / 2, 600_000, { volume: 1000 + step })
    }
    assert.deepStrictEqual(host.offsets, [600])
    assert.strictEqual(push("ag2612").tradingDay, 20261119)
    const { tradingDay, lastVolume } = host.tick("cu2701", tenOClock + 11, 600_000, { volume: 50_000 })
    assert.deepStrictEqual([tradingDay, lastVolume], [day, -1])
  })

  it("R10: a clock that is set right ends it, in a step of either direction, without a tick on a wrong day", () => {
    for (const slowMs of [600_000, -120_000]) {
      const host = makeHost()
      for (let step = 0; step < 60; step++) {
        for (const id of ids.slice(0, 3)) {
          const fate = host.tick(id, tenOClock + step / 2, step < 30 ? slowMs : 0, { volume: 1000 + step })
          if (step > 8) assert.deepStrictEqual([fate.tradingDay, fate.flags], [day, []])
        }
      }
      assert.deepStrictEqual(host.offsets, [slowMs / 1000, 0])
    }
  })

  it("R10: a right clock is never doubted: ordinary ticks, late ones, a break, snapshots, a backlog read in a burst", () => {
    const host = makeHost()
    for (let step = 0; step < 40; step++) {
      for (const id of ids) host.tick(id, tenOClock + step / 2, 0, { volume: 1000 + step }, 40 + step * 3000)
    }
    // A backlog of five minutes within one second: the times advance much faster than the host's clock.
    for (let step = 0; step < 600; step++) {
      for (const id of ids) host.tick(id, tenOClock + 100 + step / 2, 0, { volume: 2000 + step }, 300_000 - step * 498)
    }
    assert.deepStrictEqual(host.offsets, [])
  })

  for (const count of [1, 2]) {
    it(`R10: with ${count} wanted instruments it takes longer, and is known all the same`, () => {
      for (const slowMs of [600_000, -120_000, 86_400_000]) {
        const host = makeHost()
        for (let step = 0; step < 240; step++) {
          for (const id of ids.slice(0, count)) {
            const fate = host.tick(id, tenOClock + step / 2, slowMs, { volume: 50_000 + step })
            if (step < 110) continue
            assert.deepStrictEqual([fate.tradingDay, fate.flags, fate.reason], [day, [], 0], `step ${step}`)
          }
        }
        assert.deepStrictEqual(host.offsets, [slowMs / 1000])
      }
    })
  }

  it("R10: one instrument that stands apart from others in time shows nothing of the host's clock", () => {
    const host = makeHost()
    for (let step = 0; step < 400; step++) {
      host.tick("rb2701", tenOClock + step / 2, 0, { volume: 1000 + step })
      host.tick("hc2701", tenOClock + step / 2, -120_000, { volume: 1000 + step })
    }
    assert.deepStrictEqual(host.offsets, [])
  })

  it("R10: a market that is open on a day off, under another day's name, does not make the clock wrong", () => {
    // Saturday, 2026-11-21: the front serves Friday's days.
    const host = makeHost()
    for (let step = 0; step < 240; step++) {
      for (const id of ids.slice(0, 3)) host.tick(id, tenOClock + step / 2, -86_400_000, { volume: 1000 + step })
    }
    assert.deepStrictEqual(host.offsets, [])
  })

  it("R10: an exchange that writes one day in both fields at night shows no day by it", () => {
    const host = makeHost()
    // 20:59 on Thursday the 19th; DCE and CZCE write one day twice.
    for (let step = 0; step < 240; step++) {
      for (const id of ["m2701", "i2701", "AP701"]) {
        host.tick(id, 75_600 + step / 2, 86_400_000, { volume: 1000 + step })
      }
    }
    assert.deepStrictEqual(host.offsets, [])
  })

  it("R10: any distance and jitter is found, and fewer than three instruments show nothing within 20 s", () => {
    let state = 11
    const random = (n: number): number => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0
      return (state >>> 8) % n
    }
    for (let run = 0; run < 500; run++) {
      const off = (random(2) === 0 ? 1 : -1) * (61_000 + random(43_000_000))
      const clock = new HostClock()
      const instruments = 2 + (run % 2) * (1 + random(20))
      let found = false
      for (let step = 0; step < 40; step++) {
        for (let index = 0; index < instruments; index++) {
          const receiveMs = 1e12 + step * 500 + random(200)
          found = clock.observe(index, off + random(800) - 400, receiveMs) || found
        }
      }
      assert.strictEqual(found, instruments >= 3, `run ${run}: ${off} ms, ${instruments} instruments`)
      if (found) assert.approximately(clock.offsetMs, off, 1000)
    }
    const clock = new HostClock()
    for (let run = 0; run < 20_000; run++) {
      const receiveMs = 1e12 + random(400) * 43_200_000 + random(86_400_000)
      const updateSec = random(86_400)
      const near = Math.abs(distanceMs(updateSec, 7, receiveMs)) <= 60_000
      assert.strictEqual(clock.isInTime(updateSec, 7, receiveMs), near)
      const same = Math.floor((receiveMs + 28_800_000) / 1000) % 86_400
      assert.isTrue(clock.isInTime((same + 86_370 + random(60)) % 86_400, 0, receiveMs))
    }
    assert.strictEqual(distanceMs(36_000, 0, Date.UTC(2026, 10, 20, 2)), 0)
    assert.strictEqual(distanceMs(86_399, 0, Date.UTC(2026, 10, 20, 16, 0, 1)), -2000)
  })

  it("R10: is one ERROR with the distance, one INFO at its end, and a reason of /readyz", () => {
    const lines: Array<string> = []
    const clock = makeHostClockLog({ write: (level, message) => void lines.push(`${level} ${message}`) })
    clock("primary", 600_000)
    clock("backup", 600_400)
    clock("primary", 0)
    assert.lengthOf(lines, 1, "the host has one clock: one line for both feeds")
    clock("backup", 0)
    assert.match(lines[0] ?? "", /^ERROR host clock: exchange times of feed primary are 600 s ahead .*chronyc/)
    assert.match(lines[1] ?? "", /^INFO /)
    const reasons = reasonsNotReady({
      states: { sessions: { get: () => ({ state: "streaming" }) }, workers: new Map() } as never,
      publisher: () => ({ link: "up" }),
      fronts: [{ feed: "primary" }, { feed: "backup" }],
      ledgers: [
        { feed: "primary", clockOffsetMs: -120_000 },
        { feed: "backup", clockOffsetMs: -120_300 }
      ]
    })
    assert.lengthOf(reasons, 1)
    assert.match(reasons[0] ?? "", /120 s behind/)
  })
})

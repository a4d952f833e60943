// Drops of the queue are final: the right ticks, each counted once and reported in a gap, and no others.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type OverflowPolicy, overflowPolicies } from "../../../../../src/kernel/limits/overflow-policy.ts"
import type { Gap } from "../../../../../src/kernel/tick/gap.ts"
import { recordI32, SlabPool, type TickBatch, type TickSlab, word } from "../../../../../src/kernel/tick/tick-slab.ts"
import { TickLedger } from "../../../../../src/market/application/intake/ledger.ts"
import { makeTickQueue } from "../../../../../src/market/application/intake/tick-queue.ts"
import { GapRecorder } from "../../../../../src/market/application/integrity/gap-recorder.ts"
import { OverflowIntegrity } from "../../../../../src/market/application/integrity/overflow-integrity.ts"
import { grownOf, volumeOf, writeNormalised } from "../../../../support/normalised-records.ts"
import { wholesOf } from "../../../../support/seeded-random.ts"

interface Tick {
  readonly feed: number
  readonly seq: number
  readonly instrument: number
}

const feeds = ["primary", "backup"]
const slabRows = 32

/** The ticks to drop, by a simple rule: `waiting` in sequence, over `capacity` with `inHand` more. */
const modelOverflow = (
  policy: OverflowPolicy,
  waiting: Array<Tick>,
  inHand: number,
  capacity: number,
  limit: number
) => {
  const gone: Array<Tick> = []
  if (policy === "drop-oldest") {
    while (waiting.length + inHand > capacity) gone.push(waiting.shift() as Tick)
    return gone
  }
  const share = Math.floor(capacity / 8)
  if (waiting.length + inHand <= limit) return gone
  const target = capacity - share
  for (let at = 0; at < waiting.length && waiting.length + inHand > target; ) {
    const tick = waiting[at] as Tick
    const newer = waiting.slice(at + 1).some((one) => one.instrument === tick.instrument)
    if (newer) gone.push(...waiting.splice(at, 1))
    else at++
  }
  return gone
}

const live = Effect.fnUntraced(function* (
  policy: OverflowPolicy,
  seed: number,
  capacity: number,
  instruments: number,
  steps: number
) {
  const random = wholesOf(seed)
  const told: Array<Map<string, Gap>> = feeds.map(() => new Map())
  const gaps = feeds.map((feed, at) => new GapRecorder(feed, (gap) => void told[at]?.set(gap.id, gap)))
  const received = feeds.map(() => 0)
  const ledgers = feeds.map(
    (feed, at) => new TickLedger(feed, () => ({ received: received[at] as number, dropped: 0, empty: true }))
  )
  const pool = new SlabPool({ rows: slabRows, keep: 4 })
  const overflow = new OverflowIntegrity(policy)
  for (const [at, ledger] of ledgers.entries()) overflow.add(at, { ledger, gaps: gaps[at] })
  const queue = yield* makeTickQueue(capacity, { integrity: overflow, pool })
  const slabs: Array<TickSlab | undefined> = feeds.map(() => undefined)
  const waiting: Array<Tick> = []
  const given: Array<Tick> = []
  const out: Array<Tick> = []
  /** Lots by instrument, on any feed: of all ticks up to a number, and those in the delivered ticks. */
  const lots = new Map<string, number>()
  const lotsUntil = new Map<string, number>()
  const newest = new Map<number, string>()
  const lotsOut = new Map<string, number>()
  let hand: TickBatch | undefined
  let modelHand: Array<Tick> = []
  let limit = capacity
  let nowMs = 1000
  let slabsMax = 0

  const slabFor = (feed: number): TickSlab => {
    const slab = slabs[feed]
    if (slab !== undefined && slab.used < slab.rows) return slab
    if (slab !== undefined) pool.release(slab)
    const fresh = pool.take()
    fresh.held = 1
    slabs[feed] = fresh
    return fresh
  }
  const push = () => {
    const feed = random(feeds.length)
    const slab = slabFor(feed)
    const count = Math.min(1 + random(12), queue.room(), slab.rows - slab.used)
    if (count <= 0) return
    const start = slab.used
    for (let n = 0; n < count; n++) {
      const tick = { feed, seq: ++(received[feed] as number), instrument: random(instruments) }
      writeNormalised(slab, slab.used++, { ...tick, receivedMs: nowMs })
      const key = `${tick.instrument}`
      lots.set(key, (lots.get(key) ?? 0) + grownOf(tick.seq))
      lotsUntil.set(`${feed} #${tick.seq}`, lots.get(key) ?? 0)
      newest.set(tick.instrument, `${feed} #${tick.seq}`)
      waiting.push(tick)
    }
    slab.held++
    const ledger = ledgers[feed] as TickLedger
    ledger.delivered += count
    ledger.lastSeq = received[feed] as number
    ledger.queued += count
    queue.push({ slab, feed, start, count })
    if (policy === "drop-newest") return
    const gone = modelOverflow(policy, waiting, modelHand.length, capacity, limit)
    given.push(...gone)
    if (policy === "conflate" && gone.length > 0) {
      limit = Math.max(capacity, waiting.length + modelHand.length + Math.floor(capacity / 8))
    }
  }
  const take = (most: number) => {
    for (let left = most; left > 0; ) {
      if (hand === undefined) {
        hand = queue.takeNow()
        if (hand === undefined) return
        modelHand = waiting.splice(0, hand.count)
      }
      const { slab, feed, start } = hand
      const row = start * recordI32
      const tick = { feed, seq: slab.seq(start), instrument: slab.u32[row + word.instrument] as number }
      assert.deepStrictEqual(tick, modelHand.shift(), `${policy}, seed ${seed}: what comes out`)
      assert.strictEqual(slab.i32[row + word.volume], volumeOf(tick.seq), "the record is whole")
      out.push(tick)
      const key = `${tick.instrument}`
      lotsOut.set(key, (lotsOut.get(key) ?? 0) + (slab.i32[row + word.lastVolume] as number))
      assert.strictEqual(
        lotsOut.get(key),
        lotsUntil.get(`${tick.feed} #${tick.seq}`),
        "growth adds up over what is lost"
      )
      const ledger = ledgers[feed] as TickLedger
      ledger.queued--
      ledger.published++
      hand.start++
      hand.count--
      queue.done(1)
      left--
      if (hand.count === 0) {
        pool.release(slab)
        hand = undefined
      }
    }
  }
  for (let step = 0; step < steps; step++) {
    // Periods in which the broker is slow, and others in which it catches up.
    const slow = Math.floor(step / 150) % 2 === 0
    nowMs += random(60)
    if (random(slow ? 12 : 3) === 0) take(random(40))
    else push()
    for (const tracker of gaps) tracker.look(nowMs, 0, "trading")
    slabsMax = Math.max(slabsMax, pool.allocated)
    assert.strictEqual(queue.depth(), waiting.length + modelHand.length, `${policy}, seed ${seed}, step ${step}`)
    assert.isAtMost(queue.depth(), policy === "conflate" ? capacity + instruments : capacity)
    for (const ledger of ledgers) assert.isTrue(ledger.snapshot().balanced, JSON.stringify(ledger.snapshot()))
  }
  take(Number.POSITIVE_INFINITY)
  for (const tracker of gaps) tracker.closeOverflow()
  return {
    out,
    given,
    newest: new Set(newest.values()),
    told: told.map((byId) => [...byId.values()]),
    ledgers,
    received,
    slabsMax,
    queue
  }
})

describe("a full queue", () => {
  for (const policy of overflowPolicies) {
    it.effect(`${policy}: drops follow the policy, and are counted and reported`, () =>
      Effect.gen(function* () {
        let lost = 0
        for (let seed = 1; seed <= 12; seed++) {
          const capacity = 64 + seed * 8
          const instruments = seed % 3 === 0 ? 90 : 7
          const end = yield* live(policy, seed, capacity, instruments, 900)
          lost += end.given.length
          for (const [feed, ledger] of end.ledgers.entries()) {
            const name = `${policy}, seed ${seed}, ${feeds[feed]}`
            const totals = ledger.snapshot()
            const given = end.given.filter((tick) => tick.feed === feed).map(({ seq }) => seq)
            assert.deepStrictEqual(
              [totals.conflated, totals.dropped.overflow ?? 0],
              policy === "conflate" ? [given.length, 0] : [0, given.length],
              name
            )
            const seqs = end.out.filter((tick) => tick.feed === feed).map(({ seq }) => seq)
            for (let at = 1; at < seqs.length; at++) assert.isAbove(seqs[at] as number, seqs[at - 1] as number, name)
            const told = end.told[feed] as ReadonlyArray<Gap>
            assert.isTrue(told.every(({ state, cause }) => state === "closed" && cause === "queue_overflow"))
            for (const seq of given) {
              assert.isTrue(
                told.some(({ seqs }) => seqs !== undefined && seqs[0] <= seq && seq <= seqs[1]),
                `${name}: number ${seq} stands in no gap`
              )
            }
            assert.strictEqual(
              told.reduce((sum, { count }) => sum + (count ?? 0), 0),
              given.length
            )
            assert.strictEqual(seqs.length + given.length, end.received[feed])
          }
          if (policy === "conflate") {
            for (const { feed, seq } of end.given)
              assert.isFalse(end.newest.has(`${feed} #${seq}`), "the newest of an instrument was lost")
          }
          const rows = capacity + instruments
          // Each feed fills its own slab, one is in hand, and one or two are opened while others are emptied.
          assert.isAtMost(end.slabsMax, Math.ceil(rows / slabRows) * 2 + 6, `${policy}, seed ${seed}: memory`)
        }
        if (policy !== "drop-newest") assert.isAbove(lost, 3000)
        else assert.strictEqual(lost, 0)
      })
    )
  }

  it.effect("drop-newest has no room, the others always have", () =>
    Effect.gen(function* () {
      for (const policy of overflowPolicies) {
        const pool = new SlabPool({ rows: 100, keep: 1 })
        const integrity = new OverflowIntegrity(policy)
        integrity.add(0, { ledger: new TickLedger("primary", () => ({ received: 0, dropped: 0, empty: true })) })
        const queue = yield* makeTickQueue(100, { integrity, pool })
        for (let at = 0; at < 3; at++) {
          const count = Math.min(50, queue.room())
          if (count > 0) queue.push({ slab: pool.take(), feed: 0, start: 0, count })
        }
        assert.strictEqual(queue.room(), policy === "drop-newest" ? 0 : 50, policy)
      }
    })
  )
})

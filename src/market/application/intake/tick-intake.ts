import { bitOf, laws } from "../../../kernel/tick/law.ts"
import {
  double,
  type FeedIndex,
  recordBytes,
  recordF64,
  recordI32,
  type SlabPool,
  type TickSlab,
  word
} from "../../../kernel/tick/tick-slab.ts"
import type { TickIntake, WorkerSymbols } from "../../ports/tick-intake.ts"
import type { GapTracker } from "../integrity/gap-tracker.ts"
import type { SessionTally } from "../integrity/session-tally.ts"
import { type FeedArbiter, twinTick } from "./arbitrate-feeds.ts"
import { exceptionReason, isArbitrated, type TickLedger } from "./ledger.ts"
import type { TickArrivals } from "./tick-arrivals.ts"
import { receivedMsOf } from "./tick-clock.ts"
import type { TickQueue } from "./tick-queue.ts"

/** Verdict on a tick that repeats its predecessor in every field: counted, not published, nothing is wrong with it. */
export const duplicateTick = -1

/** Judges and completes one record in place. Returns a position in `quarantineReasons`, 0 = publish, or `duplicateTick`. */
export type NormaliseTick = (slab: TickSlab, row: number, symbols: WorkerSymbols) => number

/** Told of each tick set aside, while its record still holds the raw values (`isArbitrated` reasons: the normalised ones). */
export type OnQuarantined = (slab: TickSlab, row: number, reason: number, symbols: WorkerSymbols) => void

/**
 * Called with what a step threw. `judge`: the tick in `row` is set aside as `exception`; `integrity`: only what is kept about it
 * is missing. `index`: the daemon-wide instrument, -1 when it is not known.
 */
export type OnException = (place: "judge" | "integrity", cause: unknown, index: number, symbol: number) => void

const snapshotMark = bitOf("snapshot")

/** The laws passed the tick, whether it is published or not: its record is rewritten. */
const isNormalised = (reason: number): boolean => reason === 0 || reason === twinTick || isArbitrated(reason)

/** Daemon-wide index of a judged tick's instrument, -1 when it is not known. */
const indexOf = (slab: TickSlab, row: number, reason: number, symbols: WorkerSymbols): number => {
  const named = slab.u32[row * recordI32 + word.instrument] as number
  return isNormalised(reason) ? named : (symbols.resolved[named] ?? -1)
}

/**
 * From the ring to the queue: normalises each row, sets quarantined ones aside, hands the rest over as one batch.
 * One bad tick never stops the line: an exception in any step quarantines that tick and goes on.
 */
export const makeTickIntake = (options: {
  readonly feed: FeedIndex
  readonly pool: SlabPool
  readonly queue: TickQueue
  readonly ledger: TickLedger
  readonly normalise: NormaliseTick
  readonly onQuarantined: OnQuarantined
  readonly onException?: OnException
  /** Counts by instrument and session, and tells holes; unset: nobody asks. */
  readonly tally?: SessionTally
  readonly gaps?: GapTracker
  /** Which instruments tick; unset: nobody asks. */
  readonly arrivals?: TickArrivals
  /** Decides between several feeds; unset: there is one. */
  readonly arbiter?: FeedArbiter
}): TickIntake => {
  const { feed, pool, queue, ledger, normalise, onQuarantined, onException, tally, gaps, arrivals, arbiter } = options
  let slab: TickSlab | undefined
  /** When the last tick of the batch before came; NaN before the first. */
  let lastReceivedMs = Number.NaN

  const caught = (place: "judge" | "integrity", cause: unknown, index: number, symbol: number) => {
    ledger.exceptions[place]++
    onException?.(place, cause, index, symbol)
  }

  /**
   * A tick is counted before arbitration remembers it, so that one whose counting throws is published from another feed. Its
   * record gets back the worker's number of the instrument, which is how a tick that is set aside is named.
   */
  const judge = (rows: TickSlab, row: number, symbols: WorkerSymbols): number => {
    const at = row * recordI32 + word.instrument
    const symbol = rows.u32[at] as number
    try {
      const reason = normalise(rows, row, symbols)
      if (reason !== 0) return reason
      const verdict = arbiter === undefined ? 0 : arbiter.decide(rows, row, feed)
      if (verdict !== 0) return verdict
      tally?.published(rows, row)
      arbiter?.publish(rows, row, feed)
      return 0
    } catch (cause) {
      rows.u32[at] = symbol
      caught("judge", cause, symbols.resolved[symbol] ?? -1, symbol)
      return exceptionReason
    }
  }

  /** Keeps what is to be known of a tick that is not published. What this throws costs the tick nothing more. */
  const setAside = (rows: TickSlab, row: number, reason: number, symbols: WorkerSymbols) => {
    if (reason === duplicateTick || reason === twinTick) ledger.duplicate++
    else ledger.quarantined[reason] = (ledger.quarantined[reason] ?? 0) + 1
    const index = indexOf(rows, row, reason, symbols)
    try {
      if (reason === duplicateTick) tally?.duplicate(index)
      else if (reason === twinTick) tally?.twin(rows, row)
      else {
        tally?.quarantined(index)
        onQuarantined(rows, row, reason, symbols)
      }
    } catch (cause) {
      caught("integrity", cause, index, rows.u32[row * recordI32 + word.instrument] as number)
    }
  }

  /** Follows the sequence numbers: a hole is a tick that the ring dropped. */
  const follow = (rows: TickSlab, row: number, start: number) => {
    const seq = rows.seq(row)
    const hole = seq - ledger.lastSeq - 1
    if (hole !== 0) {
      ledger.holes += hole
      const toMs = receivedMsOf(rows, row)
      const beforeMs = row > start ? receivedMsOf(rows, row - 1) : lastReceivedMs
      try {
        gaps?.hole(ledger.lastSeq + 1, seq - 1, Number.isNaN(beforeMs) ? toMs : beforeMs, toMs)
      } catch (cause) {
        caught("integrity", cause, -1, 0)
      }
    }
    ledger.lastSeq = seq
  }

  const countFlags = (flags: number) => {
    for (let law = 0; law < laws.length; law++) {
      if ((flags & (1 << law)) !== 0) ledger.flagged[law] = (ledger.flagged[law] ?? 0) + 1
    }
  }

  /** A tick that another feed brought first is as much a sign of life as one that is published. */
  const noteArrival = (rows: TickSlab, row: number, reason: number, symbols: WorkerSymbols, newestMs: number) => {
    if (arrivals === undefined) return
    const index = indexOf(rows, row, reason, symbols)
    if (reason > 0 && !isNormalised(reason)) {
      const named = rows.u32[row * recordI32 + word.instrument] as number
      return arrivals.setAside(index, index < 0 ? symbols.ids[named] : undefined, reason)
    }
    if (isNormalised(reason)) {
      const exchangeMs = rows.f64[row * recordF64 + double.exchangeTimeMs] as number
      arrivals.lateness.note(index, exchangeMs, newestMs, ledger.clockOffsetMs)
    }
    const isNews = isNormalised(reason) && ((rows.u32[row * recordI32 + word.verdict] as number) & snapshotMark) === 0
    if (isNews) arrivals.arrived(index, newestMs)
    else arrivals.repeated(index, newestMs)
  }

  return {
    room: () => queue.room(),
    slab: () => {
      if (slab !== undefined && slab.used < slab.rows) return slab
      if (slab !== undefined) pool.release(slab)
      slab = pool.take()
      // The intake's own hold: the slab must not go to rest while rows behind `used` are still free.
      slab.held = 1
      return slab
    },
    accept: (rows, start, symbols) => {
      const end = rows.used
      ledger.delivered += end - start
      let kept = start
      // One time for the batch: it is drained within milliseconds of its newest tick.
      const newestMs = end > start ? receivedMsOf(rows, end - 1) : Number.NaN
      for (let row = start; row < end; row++) {
        follow(rows, row, start)
        const reason = judge(rows, row, symbols)
        if (reason !== 0) setAside(rows, row, reason, symbols)
        else {
          const flags = rows.u32[row * recordI32 + word.verdict] as number
          if (flags !== 0) countFlags(flags)
          if (kept !== row) rows.bytes.copyWithin(kept * recordBytes, row * recordBytes, (row + 1) * recordBytes)
          kept++
        }
        noteArrival(rows, row, reason, symbols, newestMs)
      }
      const firstMs = end > start ? receivedMsOf(rows, start) : Number.NaN
      rows.used = kept
      if (kept !== start) {
        rows.held++
        ledger.queued += kept - start
        queue.push({ slab: rows, feed, start, count: kept - start })
      }
      if (end === start) return
      lastReceivedMs = newestMs
      // Behind the queue: what is kept about a batch must not cost the batch.
      try {
        if (gaps !== undefined && Number.isNaN(gaps.firstTickMs)) {
          gaps.firstTickMs = firstMs
          tally?.received(firstMs)
        }
        tally?.received(newestMs)
        gaps?.ticksArrived(newestMs)
      } catch (cause) {
        caught("integrity", cause, -1, 0)
      }
    },
    whenRoom: queue.whenRoom
  }
}

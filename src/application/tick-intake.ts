import { type FeedIndex, recordBytes, type SlabPool, type TickSlab } from "../domain/tick-slab.ts"
import type { TickIntake, WorkerSymbols } from "../ports/outbound/tick-intake.ts"
import { exceptionReason, type LedgerBook } from "./ledger.ts"
import type { TickQueue } from "./tick-queue.ts"

/** Judges and completes one record in place. Returns a position in `quarantineReasons`, 0 = publish. */
export type NormaliseTick = (slab: TickSlab, row: number, symbols: WorkerSymbols) => number

/** Told of each tick set aside, while its record still holds the raw values. */
export type OnQuarantined = (slab: TickSlab, row: number, reason: number, symbols: WorkerSymbols) => void

/**
 * From the ring to the queue: normalises each row, sets quarantined ones aside, hands the rest over as one batch.
 * One bad tick never stops the line: an exception in any step quarantines that tick and goes on.
 */
export const makeTickIntake = (options: {
  readonly feed: FeedIndex
  readonly pool: SlabPool
  readonly queue: TickQueue
  readonly book: LedgerBook
  readonly normalise: NormaliseTick
  readonly onQuarantined: OnQuarantined
}): TickIntake => {
  const { pool, queue, book, normalise, onQuarantined } = options
  let slab: TickSlab | undefined

  const judge = (rows: TickSlab, row: number, symbols: WorkerSymbols): number => {
    try {
      return normalise(rows, row, symbols)
    } catch {
      return exceptionReason
    }
  }

  /** Follows the sequence numbers: a hole is a tick that the ring dropped. */
  const follow = (rows: TickSlab, row: number) => {
    const seq = rows.seq(row)
    book.holes += seq - book.lastSeq - 1
    book.lastSeq = seq
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
      book.delivered += end - start
      let kept = start
      for (let row = start; row < end; row++) {
        follow(rows, row)
        const reason = judge(rows, row, symbols)
        if (reason !== 0) {
          book.quarantined[reason] = (book.quarantined[reason] ?? 0) + 1
          onQuarantined(rows, row, reason, symbols)
        } else {
          if (kept !== row) rows.bytes.copyWithin(kept * recordBytes, row * recordBytes, (row + 1) * recordBytes)
          kept++
        }
      }
      rows.used = kept
      if (kept === start) return
      rows.held++
      book.queued += kept - start
      queue.push({ slab: rows, feed: options.feed, start, count: kept - start })
    },
    whenRoom: queue.whenRoom
  }
}

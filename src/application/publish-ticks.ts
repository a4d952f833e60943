import { Effect } from "effect"
import type { SlabPool, TickBatch } from "../domain/tick-slab.ts"
import { TickPublisher } from "../ports/outbound/tick-publisher.ts"
import { exceptionReason, type LedgerBook } from "./ledger.ts"
import type { TickQueue } from "./tick-queue.ts"

export interface PublishOptions {
  readonly queue: TickQueue
  readonly pool: SlabPool
  readonly books: ReadonlyArray<LedgerBook>
  /** Batches taken and not wholly sent: kept outside the fiber, so that a restarted publisher goes on with them. */
  readonly inHand: Array<TickBatch>
}

/**
 * Moves batches from the queue to the publisher, in order, as fast as the publisher has room. Never ends by itself.
 * The ticks of a batch are counted from `queued` to `retained` one by one, so the ledger balances when it is interrupted.
 */
export const publishTicks = Effect.fnUntraced(function* (options: PublishOptions) {
  const { queue, inHand } = options
  const publisher = yield* TickPublisher
  while (true) {
    if (inHand.length === 0) for (const batch of yield* queue.take) inHand.push(batch)
    yield* sendInHand(publisher, options)
  }
})

const sendInHand = Effect.fnUntraced(function* (
  publisher: TickPublisher["Service"],
  { queue, pool, books, inHand }: PublishOptions
) {
  while (inHand.length > 0) {
    const batch = inHand[0] as TickBatch
    if (publisher.room() === 0) yield* publisher.awaitRoom
    sendRows(publisher, batch, books[batch.feed] as LedgerBook, queue)
    if (batch.count === 0) {
      inHand.shift()
      pool.release(batch.slab)
    }
  }
})

/**
 * Empties queue and publisher for a stop: everything accepted is handed over and confirmed, as far as the deadline allows.
 * What remains is counted as dropped at shutdown. Call when nothing more comes in.
 */
export const drainTicks = Effect.fnUntraced(function* (options: PublishOptions & { readonly deadlineMs: number }) {
  const publisher = yield* TickPublisher
  const emptied = Effect.gen(function* () {
    while (options.queue.depth() > 0) {
      if (options.inHand.length === 0) for (const batch of yield* options.queue.take) options.inHand.push(batch)
      yield* sendInHand(publisher, options)
    }
    yield* publisher.drained
  })
  // A fenced publisher sends nothing more: waiting for it would only make the stop longer.
  if (publisher.counts().link !== "fenced") {
    yield* emptied.pipe(Effect.interruptible, Effect.timeoutOption(options.deadlineMs))
  }
  abandonTicks(options)
})

/** Empties queue and hand for good and counts it, and what the publisher has not confirmed, as dropped at shutdown. */
export const abandonTicks = ({ queue, pool, books, inHand }: PublishOptions): void => {
  for (const batch of [...inHand.splice(0), ...queue.takeNow()]) {
    queue.done(batch.count)
    pool.release(batch.slab)
  }
  for (const book of books) book.abandonAccepted()
}

/** Sends rows of the batch while there is room; the batch shrinks from its front. */
const sendRows = (publisher: TickPublisher["Service"], batch: TickBatch, book: LedgerBook, queue: TickQueue) => {
  const rows = Math.min(publisher.room(), batch.count)
  for (let sent = 0; sent < rows; sent++) {
    book.queued--
    book.retained++
    try {
      publisher.send(batch.slab, batch.start, batch.feed)
    } catch {
      // A tick that cannot be written is set aside; the line goes on with the next.
      book.retained--
      book.quarantined[exceptionReason] = (book.quarantined[exceptionReason] ?? 0) + 1
    }
    batch.start++
    batch.count--
  }
  if (rows > 0) queue.done(rows)
}

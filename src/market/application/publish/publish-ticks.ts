import { Effect } from "effect"
import type { FeedIndex, SlabPool, TickBatch, TickSlab } from "../../../kernel/tick/tick-slab.ts"
import { TickPublisher } from "../../ports/tick-publisher.ts"
import { type TickLedger, unwritableReason } from "../intake/ledger.ts"
import type { TickQueue } from "../intake/tick-queue.ts"

export interface PublishOptions {
  readonly queue: TickQueue
  readonly pool: SlabPool
  readonly ledgers: ReadonlyArray<TickLedger>
  /** The batch taken and not wholly sent, if any: kept outside the fiber, so that a restarted publisher goes on with it. */
  readonly inHand: Array<TickBatch>
  /** Told of a tick that the publisher could not write, with its normalised record; unset: counted only. */
  readonly onUnwritable?: (slab: TickSlab, row: number, feed: FeedIndex, cause: unknown) => void
  /** Makes what the publisher has not stored safe on disk, for the next start. False: it cannot. Unset: there is no disk. */
  readonly keep?: (() => boolean) | undefined
}

/**
 * Moves batches from the queue to the publisher, in order, as fast as the publisher has room. Never ends by itself.
 * The ticks of a batch are counted from `queued` to `retained` one by one, so the ledger balances when it is interrupted.
 */
export const publishTicks = Effect.fnUntraced(function* (options: PublishOptions) {
  const { queue, inHand } = options
  const publisher = yield* TickPublisher
  while (true) {
    if (inHand.length === 0) yield* queue.awaitTicks
    yield* sendWaiting(publisher, options)
  }
})

/** How often a fenced publisher makes room, and the part of the queue that it keeps. */
const standbyEveryMs = 100
const standbyPart = 2

/**
 * While another daemon writes the stream: keeps the youngest ticks in one half of the queue and gives up the older ones, so
 * that the intake never stops and what that daemon leaves unstored is there when the stream is taken back. Never ends.
 */
export const standBy = Effect.fnUntraced(function* ({ queue }: PublishOptions) {
  const publisher = yield* TickPublisher
  while (true) {
    yield* Effect.sleep(standbyEveryMs)
    if (publisher.counts().link === "fenced") queue.keepYoungest(Math.floor(queue.capacity / standbyPart))
  }
})

/** Sends until nothing waits. A batch comes to hand only when there is room: in the queue it can still give way. */
const sendWaiting = Effect.fnUntraced(function* (publisher: TickPublisher["Service"], options: PublishOptions) {
  const { queue, pool, inHand } = options
  while (true) {
    if (publisher.room() === 0) yield* publisher.awaitRoom
    const batch = inHand[0] ?? queue.takeNow()
    if (batch === undefined) return
    if (inHand.length === 0) inHand.push(batch)
    sendRows(publisher, batch, options)
    if (batch.count === 0) {
      inHand.shift()
      pool.release(batch.slab)
    }
  }
})

/**
 * Empties queue and publisher for a stop: everything accepted is handed over and confirmed, as far as the deadline allows.
 * What remains is left in the spool, or counted as dropped at shutdown. Call when nothing more comes in.
 */
export const drainTicks = Effect.fnUntraced(function* (options: PublishOptions & { readonly deadlineMs: number }) {
  const publisher = yield* TickPublisher
  const emptied = Effect.gen(function* () {
    yield* sendWaiting(publisher, options)
    yield* publisher.drained
  })
  // A fenced publisher sends nothing more: waiting for it would only make the stop longer.
  const drained =
    publisher.counts().link === "fenced"
      ? Effect.void
      : emptied.pipe(Effect.interruptible, Effect.timeoutOption(options.deadlineMs))
  // Also when the drain breaks: who closes the integrity next must not take for lost what the spool keeps.
  yield* Effect.ensuring(
    drained,
    Effect.sync(() => abandonTicks(options))
  )
})

/**
 * Empties queue and hand for good and counts it as dropped at shutdown. What the publisher has not confirmed is counted as
 * left in the spool, or as dropped when it is in memory only.
 */
export const abandonTicks = ({ queue, pool, ledgers, inHand, keep }: PublishOptions): void => {
  for (let batch = inHand.shift() ?? queue.takeNow(); batch !== undefined; batch = queue.takeNow()) {
    queue.done(batch.count)
    pool.release(batch.slab)
  }
  if (keep?.() === true) for (const ledger of ledgers) ledger.leaveSpooled()
  for (const ledger of ledgers) ledger.abandonAccepted()
}

/** Sends rows of the batch while there is room; the batch shrinks from its front. */
const sendRows = (
  publisher: TickPublisher["Service"],
  batch: TickBatch,
  { ledgers, queue, onUnwritable }: PublishOptions
) => {
  const ledger = ledgers[batch.feed] as TickLedger
  const rows = Math.min(publisher.room(), batch.count)
  for (let sent = 0; sent < rows; sent++) {
    ledger.queued--
    ledger.retained++
    try {
      publisher.send(batch.slab, batch.start, batch.feed)
    } catch (cause) {
      // A tick that cannot be written is set aside; the line goes on with the next.
      ledger.exceptions.write++
      ledger.retained--
      ledger.quarantined[unwritableReason] = (ledger.quarantined[unwritableReason] ?? 0) + 1
      onUnwritable?.(batch.slab, batch.start, batch.feed, cause)
    }
    batch.start++
    batch.count--
  }
  if (rows > 0) queue.done(rows)
}

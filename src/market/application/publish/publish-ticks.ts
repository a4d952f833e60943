import { Effect } from "effect"
import type { FeedIndex, SlabPool, TickBatch, TickSlab } from "../../../kernel/tick/tick-slab.ts"
import { TickPublisher } from "../../ports/tick-publisher.ts"
import { type TickLedger, unwritableReason } from "../intake/ledger.ts"
import type { LineLatency } from "../intake/line-latency.ts"
import type { TickQueue } from "../intake/tick-queue.ts"

export interface PublishOptions {
  readonly queue: TickQueue
  readonly pool: SlabPool
  readonly ledgers: ReadonlyArray<TickLedger>
  /** The batch that is partly sent, if any: kept outside the fiber, so that a restarted publisher continues with it. */
  readonly inHand: Array<TickBatch>
  /** Called with a tick that the publisher could not write, with its normalised record. Omit: counted only. */
  readonly onUnwritable?: (slab: TickSlab, row: number, feed: FeedIndex, cause: unknown) => void
  /** Measures the first tick of each batch. Omit to disable. */
  readonly latency?: { readonly line: LineLatency; readonly monotonicMs: () => number }
  /** Writes unstored ticks of the publisher to disk for the next start. False: it failed. Omit without a disk. */
  readonly keep?: (() => boolean) | undefined
}

/**
 * Moves batches from the queue to the publisher, in sequence, as fast as the publisher accepts them. Never ends by
 * itself. The ticks of a batch move from `queued` to `retained` one by one, so the ledger balances when it is
 * interrupted.
 */
export const publishTicks = Effect.fnUntraced(function* (options: PublishOptions) {
  const { queue, inHand } = options
  const publisher = yield* TickPublisher
  while (true) {
    if (inHand.length === 0) yield* queue.awaitTicks
    yield* sendWaiting(publisher, options)
  }
})

/** How often a fenced publisher makes room, and the share of the queue that it keeps. */
const standbyEveryMs = 100
const standbyPart = 2

/**
 * Runs while another daemon writes the stream: keeps the youngest ticks in half of the queue and drops older ones. So
 * the intake never stops, and ticks that the other daemon leaves unstored are there when this one takes the stream
 * back. Never ends.
 */
export const standBy = Effect.fnUntraced(function* ({ queue }: PublishOptions) {
  const publisher = yield* TickPublisher
  while (true) {
    yield* Effect.sleep(standbyEveryMs)
    if (publisher.counts().link === "fenced") queue.keepYoungest(Math.floor(queue.capacity / standbyPart))
  }
})

/** Sends until the queue is empty. Takes a batch only when there is room: in the queue it can still be dropped. */
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
 * Empties queue and publisher for a stop: every accepted tick is sent and confirmed, until the deadline. The rest is
 * left in the spool, or counted as dropped at shutdown. Call it when no more ticks arrive.
 */
export const drainTicks = Effect.fnUntraced(function* (options: PublishOptions & { readonly deadlineMs: number }) {
  const publisher = yield* TickPublisher
  const emptied = Effect.gen(function* () {
    yield* sendWaiting(publisher, options)
    yield* publisher.drained
  })
  // A fenced publisher sends nothing more, so waiting would only make the stop longer.
  const drained =
    publisher.counts().link === "fenced"
      ? Effect.void
      : emptied.pipe(Effect.interruptible, Effect.timeoutOption(options.deadlineMs))
  // Also when the drain fails: the part that closes the session counts next must not take spooled ticks for lost
  // ones.
  yield* Effect.ensuring(
    drained,
    Effect.sync(() => abandonTicks(options))
  )
})

/**
 * Empties queue and current batch for good and counts them as dropped at shutdown. Ticks that the publisher has not
 * confirmed count as left in the spool, or as dropped when they are in memory only.
 */
export const abandonTicks = ({ queue, pool, ledgers, inHand, keep }: PublishOptions): void => {
  for (let batch = inHand.shift() ?? queue.takeNow(); batch !== undefined; batch = queue.takeNow()) {
    queue.done(batch.count)
    pool.release(batch.slab)
  }
  if (keep?.() === true) for (const ledger of ledgers) ledger.leaveSpooled()
  for (const ledger of ledgers) ledger.abandonAccepted()
}

/** Only a batch that is as it was queued has the time of that: what is left of one has waited for room. */
const noteHandedOver = ({ line, monotonicMs }: NonNullable<PublishOptions["latency"]>, batch: TickBatch) => {
  const { slab, start } = batch
  const queuedMs = slab.queuedMs[start] as number
  const nowMs = monotonicMs()
  if (queuedMs >= slab.monotonicMs(start)) line.queue.record(nowMs - queuedMs)
  line.sent(batch.feed, slab.seq(start), nowMs)
}

/** Sends rows of the batch while there is room; the batch shrinks from its front. */
const sendRows = (
  publisher: TickPublisher["Service"],
  batch: TickBatch,
  { ledgers, queue, latency, onUnwritable }: PublishOptions
) => {
  const ledger = ledgers[batch.feed] as TickLedger
  const rows = Math.min(publisher.room(), batch.count)
  if (latency !== undefined && rows > 0) noteHandedOver(latency, batch)
  for (let sent = 0; sent < rows; sent++) {
    ledger.queued--
    ledger.retained++
    try {
      publisher.send(batch.slab, batch.start, batch.feed)
    } catch (cause) {
      // A tick that cannot be written is quarantined, and the next one follows.
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

import { Effect } from "effect"
import type { OverflowPolicy } from "../../../kernel/limits/overflow-policy.ts"
import type { SlabPool, TickBatch } from "../../../kernel/tick/tick-slab.ts"
import type { GiveUp, OverflowIntegrity } from "../integrity/overflow-integrity.ts"
import { VolumeCarry } from "./volume-carry.ts"
import { WaitingTicks } from "./waiting-ticks.ts"

/**
 * The boundary between intake and publisher: elements are batches, the limit counts ticks.
 * A batch counts until `done` reports its ticks as sent, so the limit includes the batch in hand. When full, by
 * policy: `drop-newest` has no room, and the ring reader leaves ticks in the ring, which drops and counts them;
 * `drop-oldest` and `conflate` always accept and drop waiting ticks, never those in hand.
 */
export interface TickQueue {
  readonly capacity: number
  readonly policy: OverflowPolicy
  /** Number of ticks that one `push` may bring now. */
  readonly room: () => number
  /** Accepts a batch without waiting. The caller has read `room` before. */
  readonly push: (batch: TickBatch) => void
  /** Waits until there is a batch. One caller at a time. */
  readonly awaitTicks: Effect.Effect<void>
  /**
   * The oldest batch, without waiting. One is taken at a time: waiting batches can still be dropped, those in hand
   * cannot.
   */
  readonly takeNow: () => TickBatch | undefined
  /** `ticks` of a taken batch have been sent. */
  readonly done: (ticks: number) => void
  /** Calls `resume` once, as soon as there is room again. One waiter for each feed. */
  readonly whenRoom: (resume: () => void) => void
  /**
   * Drops the oldest waiting ticks until at most `ticks` are in the queue. Used while another daemon writes the
   * stream: only the youngest ticks matter, because that daemon may end before it stores them. Does nothing without
   * `overflow`.
   */
  readonly keepYoungest: (ticks: number) => void
  /** Closes the entrance for the end of the daemon: callers that wait for room wait forever. */
  readonly close: () => void
  readonly depth: () => number
  readonly highWater: () => number
  /** Monotonic time of the oldest tick in the queue, milliseconds, or undefined when empty. */
  readonly oldestMs: () => number | undefined
}

/** Who drops ticks when the queue is full. Omit for policy `drop-newest`. */
export interface QueueOverflow {
  readonly integrity: Pick<OverflowIntegrity, "policy" | "giveUp" | "supersede" | "report">
  readonly pool: SlabPool
}

/** `conflate` reads every waiting row, so it frees an eighth of the queue at once to run rarely. */
const conflatedShare = 8

export const makeTickQueue = (capacity: number, overflow?: QueueOverflow): Effect.Effect<TickQueue> =>
  Effect.sync(() => {
    const policy = overflow?.integrity.policy ?? "drop-newest"
    const ticks = new WaitingTicks()
    const volumes = new VolumeCarry()
    let depth = 0
    let highWater = 0
    /**
     * Depth above which ticks are dropped. `conflate` raises it while the newest ticks of all instruments alone are
     * more.
     */
    let limit = policy === "drop-newest" ? Number.POSITIVE_INFINITY : capacity
    const resumes: Array<() => void> = []
    let inHand: TickBatch | undefined
    let wake: (() => void) | undefined
    let isClosed = false

    const makePlace = ({ integrity, pool }: QueueOverflow) => {
      const giveUp: GiveUp = (slab, row, feed) => {
        volumes.note(slab, row)
        integrity.giveUp(slab, row, feed)
      }
      if (policy === "drop-oldest") depth -= ticks.dropOldest(depth - limit, pool, giveUp)
      else {
        const share = Math.floor(capacity / conflatedShare)
        depth -= ticks.conflate(depth - capacity + share, pool, giveUp)
        limit = Math.max(capacity, depth + share)
      }
      integrity.report()
    }
    const resumeIntake = () => {
      // Resumes the intake at half depth: waking it for each freed place would make batches of one tick.
      if (depth <= capacity / 2 && !isClosed) for (const resume of resumes.splice(0)) resume()
    }
    return {
      capacity,
      policy,
      // Half, for policies that always accept: the incoming batch and the batch in hand must both fit.
      room:
        policy === "drop-newest"
          ? () => (isClosed ? 0 : capacity - depth)
          : () => (isClosed ? 0 : Math.floor(capacity / 2)),
      push: (batch) => {
        depth += batch.count
        ticks.push(batch)
        if (depth > limit) makePlace(overflow as QueueOverflow)
        if (depth > highWater) highWater = depth
        wake?.()
      },
      awaitTicks: Effect.callback((resume) => {
        if (ticks.peek() !== undefined) return resume(Effect.void)
        wake = () => {
          wake = undefined
          resume(Effect.void)
        }
        return Effect.sync(() => {
          wake = undefined
        })
      }),
      takeNow: () => {
        const batch = ticks.next()
        if (batch === undefined) return undefined
        volumes.settle(batch)
        inHand = batch
        return batch
      },
      done: (handed) => {
        depth -= handed
        resumeIntake()
      },
      keepYoungest: (most) => {
        if (overflow === undefined || depth <= most) return
        const { integrity, pool } = overflow
        depth -= ticks.dropOldest(depth - most, pool, (slab, row, feed) => {
          volumes.note(slab, row)
          integrity.supersede(slab, row, feed)
        })
        integrity.report("superseded")
        resumeIntake()
      },
      whenRoom: (resume) => {
        if (depth <= capacity / 2 && !isClosed) resume()
        else resumes.push(resume)
      },
      close: () => {
        isClosed = true
      },
      depth: () => depth,
      highWater: () => highWater,
      oldestMs: () => {
        const oldest = inHand !== undefined && inHand.count > 0 ? inHand : ticks.peek()
        return oldest === undefined ? undefined : oldest.slab.monotonicMs(oldest.start)
      }
    }
  })

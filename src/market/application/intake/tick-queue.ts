import { Effect } from "effect"
import type { OverflowPolicy } from "../../../kernel/limits/overflow-policy.ts"
import type { SlabPool, TickBatch } from "../../../kernel/tick/tick-slab.ts"
import type { GiveUp, OverflowIntegrity } from "../integrity/overflow-integrity.ts"
import { VolumeCarry } from "./volume-carry.ts"
import { WaitingTicks } from "./waiting-ticks.ts"

/**
 * The seam between intake and publisher: batches as elements, the bound counted in ticks.
 *
 * A batch counts until `done` says that its ticks were handed over, so the bound covers the one in hand too. Full, by
 * policy: `drop-newest` has no room, and the ring reader leaves the rest in the ring, which drops and counts;
 * `drop-oldest` and `conflate` always take, and give waiting ticks up instead, never one that the publisher has in hand.
 */
export interface TickQueue {
  readonly capacity: number
  readonly policy: OverflowPolicy
  /** Ticks that one `push` may bring now. */
  readonly room: () => number
  /** Takes a batch without waiting. The caller has asked for room. */
  readonly push: (batch: TickBatch) => void
  /** Waits until a batch waits. One caller at a time. */
  readonly awaitTicks: Effect.Effect<void>
  /** The oldest batch, without waiting. One is taken at a time: what waits can give way, what is in hand cannot. */
  readonly takeNow: () => TickBatch | undefined
  /** Says that `ticks` of a taken batch are handed over. */
  readonly done: (ticks: number) => void
  /** Calls `resume` once, as soon as there is room again. A waiter a feed. */
  readonly whenRoom: (resume: () => void) => void
  /**
   * Gives up the oldest waiting ticks until at most `ticks` are in the queue: while another daemon writes the stream, only
   * the youngest matter, which that one may not have stored when it ends. Nothing without an integrity.
   */
  readonly keepYoungest: (ticks: number) => void
  /** Nothing comes in any more, for the end of the daemon: who waits for room waits for ever. */
  readonly close: () => void
  readonly depth: () => number
  readonly highWater: () => number
  /** Monotonic time of the oldest tick in the queue, milliseconds, or undefined when empty. */
  readonly oldestMs: () => number | undefined
}

/** Who pays when the queue is full; without it the policy is `drop-newest`. */
export interface QueueOverflow {
  readonly integrity: Pick<OverflowIntegrity, "policy" | "giveUp" | "supersede" | "tell">
  readonly pool: SlabPool
}

/** `conflate` looks at every waiting row: it makes place for an eighth of the queue at once, so that this stays rare. */
const conflatedShare = 8

export const makeTickQueue = (capacity: number, overflow?: QueueOverflow): Effect.Effect<TickQueue> =>
  Effect.sync(() => {
    const policy = overflow?.integrity.policy ?? "drop-newest"
    const ticks = new WaitingTicks()
    const volumes = new VolumeCarry()
    let depth = 0
    let highWater = 0
    /** Depth above which ticks give way. `conflate` raises it while the newest of each instrument alone are more. */
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
      integrity.tell()
    }
    const resumeIntake = () => {
      // Half empty before the intake goes on: waking it for every freed place would make batches of one.
      if (depth <= capacity / 2 && !isClosed) for (const resume of resumes.splice(0)) resume()
    }
    return {
      capacity,
      policy,
      // Half, where the queue never says no: the batch that comes and the one in hand must fit beside each other.
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
        integrity.tell("superseded")
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

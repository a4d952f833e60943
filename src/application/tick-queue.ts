import { Effect, Exit, Queue } from "effect"
import type { TickBatch } from "../domain/tick-slab.ts"

/**
 * The seam between intake and publisher: batches as elements, the bound counted in ticks.
 *
 * Full means wait: the ring reader asks for `room()` first and leaves the rest in the ring, which is the buffer with the
 * drop policy. A batch counts until `done` says that its ticks were handed over, so the bound covers the one in hand too.
 */
export interface TickQueue {
  readonly capacity: number
  readonly room: () => number
  /** Takes a batch without waiting. The caller has asked for room. */
  readonly push: (batch: TickBatch) => void
  /** Every batch there is; waits for the first. */
  readonly take: Effect.Effect<ReadonlyArray<TickBatch>>
  /** Every batch there is, without waiting. */
  readonly takeNow: () => ReadonlyArray<TickBatch>
  /** Says that `ticks` of a taken batch are handed over. */
  readonly done: (ticks: number) => void
  /** Calls `resume` once, as soon as there is room again. A waiter a feed. */
  readonly whenRoom: (resume: () => void) => void
  readonly depth: () => number
  readonly highWater: () => number
  /** Monotonic time of the oldest tick waiting, milliseconds, or undefined when empty. */
  readonly oldestMs: () => number | undefined
}

export const makeTickQueue = (capacity: number): Effect.Effect<TickQueue> =>
  Effect.map(Queue.unbounded<TickBatch>(), (queue) => {
    let depth = 0
    let highWater = 0
    const waiters: Array<() => void> = []
    let oldest: TickBatch | undefined
    return {
      capacity,
      room: () => capacity - depth,
      push: (batch) => {
        depth += batch.count
        if (depth > highWater) highWater = depth
        if (oldest === undefined) oldest = batch
        Queue.offerUnsafe(queue, batch)
      },
      take: Effect.map(Queue.takeAll(queue), (batches) => {
        oldest = batches[0]
        return batches
      }),
      takeNow: () => {
        const batches: Array<TickBatch> = []
        for (;;) {
          const next = Queue.takeUnsafe(queue)
          if (next === undefined || !Exit.isSuccess(next)) return batches
          batches.push(next.value)
        }
      },
      done: (ticks) => {
        depth -= ticks
        if (depth === 0) oldest = undefined
        // Half empty before the intake goes on: waking it for every freed place would make batches of one.
        if (depth <= capacity / 2) for (const resume of waiters.splice(0)) resume()
      },
      whenRoom: (resume) => {
        if (depth <= capacity / 2) resume()
        else waiters.push(resume)
      },
      depth: () => depth,
      highWater: () => highWater,
      oldestMs: () => (oldest === undefined || oldest.count === 0 ? undefined : oldest.slab.monotonicMs(oldest.start))
    }
  })

import type { TickSlab } from "../../kernel/tick/tick-slab.ts"

/** Instruments that a worker has named: position = its number for one. `resolved` is the daemon-wide index, -1 before the first tick. */
export interface WorkerSymbols {
  readonly ids: Array<string | undefined>
  readonly resolved: Array<number>
}

/**
 * Where a feed's ticks go. Called by the ring reader from its drain loop, so every call returns at once.
 * Promise of the caller: ticks come in ring order, at most `room()` of them between two looks at it.
 */
export interface TickIntake {
  readonly room: () => number
  /** A slab with at least one free row behind `used`. */
  readonly slab: () => TickSlab
  /** Takes the rows from `start` to `slab.used`: they are raw slots until this call. */
  readonly accept: (slab: TickSlab, start: number, symbols: WorkerSymbols) => void
  /** Calls `resume` once, when there is room again. */
  readonly whenRoom: (resume: () => void) => void
}

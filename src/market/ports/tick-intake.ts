import type { TickSlab } from "../../kernel/tick/tick-slab.ts"

/**
 * Instruments that a worker has named; the array index is the worker's number. `resolved` is the daemon-wide index,
 * -1 before the first tick.
 */
export interface WorkerSymbols {
  readonly ids: Array<string | undefined>
  readonly resolved: Array<number>
}

/**
 * The receiver of a feed's ticks. The ring reader calls it in its drain loop, so every call returns at once. The
 * caller promises: ticks arrive in ring sequence, at most `room()` of them before it reads `room()` again.
 */
export interface TickIntake {
  readonly room: () => number
  /** A slab with at least one free row behind `used`. */
  readonly slab: () => TickSlab
  /** Accepts the rows from `start` to `slab.used`. They are raw slots until this call. */
  readonly accept: (slab: TickSlab, start: number, symbols: WorkerSymbols) => void
  /** Calls `resume` once, when there is room again. */
  readonly whenRoom: (resume: () => void) => void
}

/**
 * CLOCK_MONOTONIC in milliseconds, the clock of the shim's timestamps. `performance.now()` counts from the start of
 * the process, so its origin is added once.
 */
const originMs = Number(process.hrtime.bigint()) / 1e6 - performance.now()

export const monotonicMs = (): number => originMs + performance.now()

/** Runs something after milliseconds of real time. What waits must not keep a finished process alive. */
export const later = (run: () => void, afterMs: number): void => void setTimeout(run, afterMs).unref()

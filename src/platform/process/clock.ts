/**
 * CLOCK_MONOTONIC in milliseconds, the same clock that the shim stamps ticks with: `performance.now()` counts from the
 * start of the process, so its zero is added once.
 */
const originMs = Number(process.hrtime.bigint()) / 1e6 - performance.now()

export const monotonicMs = (): number => originMs + performance.now()

import { performance } from "node:perf_hooks"
import { type InstantNs, instantOfMs } from "../../../kernel/time/utc-instant.ts"

/** The clock of a venue that serves a network: from an instant on, so many times as fast as this host's. */
export interface ServerClock {
  readonly now: () => InstantNs
  readonly speed: number
  /** Moves the clock on: a test does not wait for the close. */
  readonly shift: (ns: bigint) => void
}

export const makeServerClock = (options: {
  /** This host's time when it is left out. */
  readonly start?: InstantNs | undefined
  readonly speed: number
}): ServerClock => {
  const begun = performance.now()
  const start = options.start ?? instantOfMs(performance.timeOrigin + begun)
  let shifted = 0n
  return {
    speed: options.speed,
    now: () => start + shifted + BigInt(Math.floor((performance.now() - begun) * options.speed * 1000)) * 1000n,
    shift: (ns) => {
      shifted += ns
    }
  }
}

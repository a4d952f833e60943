import type { LinkTimes } from "../settings.ts"

/** How a connection ended. `crowded`: there is one already. `refused`: it stays refused until the keys change. */
export type LossKind = "lost" | "crowded" | "refused"

/**
 * Pauses between the loss of a connection and the next connect. They double, and start over only after a connection
 * that was ready for long: a venue that accepts and cuts at once would be called in a loop otherwise.
 */
export class Pauses {
  private nextMs: number
  private readonly times: LinkTimes

  constructor(times: LinkTimes) {
    this.times = times
    this.nextMs = times.pauseMinMs
  }

  /** `readyMs`: how long the connection was ready; 0 when it never was. `fraction`: chance in [0, 1). */
  after(kind: LossKind, readyMs: number, fraction: number): number {
    const { crowdedPauseMs, healthyMs, pauseMaxMs, pauseMinMs } = this.times
    if (readyMs >= healthyMs) this.nextMs = pauseMinMs
    const pauseMs = kind === "crowded" ? Math.max(this.nextMs, Math.min(crowdedPauseMs, pauseMaxMs)) : this.nextMs
    this.nextMs = Math.min(pauseMaxMs, pauseMs * 2)
    // Never shorter than the pause itself: clients that lost one venue at once come back spread out.
    return Math.ceil(pauseMs * (1 + fraction / 2))
  }
}

import { RateWindow } from "../../../kernel/limits/rate-window.ts"

const windowMs = 1000
/** A twentieth of the full rate: what a halved rate never falls below, and what it gains back at a time. */
const step = 20

/**
 * How many instruments a front is asked for within any second. It is halved when the front does not keep up (a batch
 * without answer, a request held back, a session cut while it was asked) and gains a twentieth of the full rate with
 * each batch that was answered wholly.
 *
 * Why: everything at once gets a session cut (reason 0x1001); the vendor's advice is about 1,000 and a pause of a
 * second. Source: FAQ of SubscribeMarketData in the API documentation 6.7.8.
 */
export class SubscribeRate {
  /** Instruments a second when nothing is wrong. */
  readonly most: number
  private current: number
  private heldUntilMs = Number.NEGATIVE_INFINITY
  private readonly window = new RateWindow(windowMs)

  constructor(most: number) {
    this.most = most
    this.current = most
  }

  /** Instruments a second now. */
  perSecond(): number {
    return this.current
  }

  /** How many may go out now. */
  free(nowMs: number): number {
    return nowMs < this.heldUntilMs ? 0 : Math.max(0, this.current - this.window.usedAt(nowMs))
  }

  taken(nowMs: number, count: number): void {
    this.window.add(nowMs, count)
  }

  /** How long until something is free again, milliseconds. */
  waitMs(nowMs: number): number {
    return nowMs < this.heldUntilMs ? this.heldUntilMs - nowMs : this.window.waitMs(nowMs)
  }

  /** The front did not keep up: half the rate, and nothing for `pauseMs`. */
  halve(nowMs: number, pauseMs = 0): void {
    this.current = Math.max(1, Math.ceil(this.most / step), Math.floor(this.current / 2))
    this.heldUntilMs = Math.max(this.heldUntilMs, nowMs + pauseMs)
  }

  /** A whole batch was answered. */
  recover(): void {
    this.current = Math.min(this.most, this.current + Math.max(1, Math.ceil(this.most / step)))
  }
}

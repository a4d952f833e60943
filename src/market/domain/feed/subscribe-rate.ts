import { RateWindow } from "../../../kernel/limits/rate-window.ts"

const windowMs = 1000
/** A twentieth of the full rate: the minimum rate, and the step of recovery. */
const step = 20

/**
 * Instruments that are requested from a front within any second. The rate is halved when the front does not keep up:
 * a batch without answer, a request held back, or a session cut while requests were open. It rises by a twentieth of
 * the full rate with each batch that is fully answered.
 * Why: a session that requests everything at once is cut (reason 0x1001). The vendor advises about 1,000 a second.
 * Source: FAQ of SubscribeMarketData in the API documentation 6.7.8.
 */
export class SubscribeRate {
  /** Full rate, instruments a second. */
  readonly most: number
  private current: number
  private heldUntilMs = Number.NEGATIVE_INFINITY
  private readonly window = new RateWindow(windowMs)

  constructor(most: number) {
    this.most = most
    this.current = most
  }

  /** Current rate, instruments a second. */
  perSecond(): number {
    return this.current
  }

  /** Instruments that may be requested now. */
  free(nowMs: number): number {
    return nowMs < this.heldUntilMs ? 0 : Math.max(0, this.current - this.window.usedAt(nowMs))
  }

  taken(nowMs: number, count: number): void {
    this.window.add(nowMs, count)
  }

  /** Time until the next instrument may be requested, milliseconds. */
  waitMs(nowMs: number): number {
    return nowMs < this.heldUntilMs ? this.heldUntilMs - nowMs : this.window.waitMs(nowMs)
  }

  /** The front did not keep up: halves the rate, and requests nothing for `pauseMs`. */
  halve(nowMs: number, pauseMs = 0): void {
    this.current = Math.max(1, Math.ceil(this.most / step), Math.floor(this.current / 2))
    this.heldUntilMs = Math.max(this.heldUntilMs, nowMs + pauseMs)
  }

  /** A whole batch was answered. */
  recover(): void {
    this.current = Math.min(this.most, this.current + Math.max(1, Math.ceil(this.most / step)))
  }
}

import { RateWindow } from "../../../../kernel/limits/rate-window.ts"
import { type LimitClass, limitClasses } from "./route.ts"

/**
 * Requests of one class: `perMinute` and `burst` together are the most of one token within any minute, `allPerMinute`
 * the most of all tokens. A request that is refused does not count.
 */
export interface ClassLimit {
  readonly perMinute: number
  readonly burst: number
  readonly allPerMinute: number
}
export type RateLimits = Readonly<Record<LimitClass, ClassLimit>>

/** The first three are the reference's. Commands of safety and reads are many times what people and pages send. */
export const defaultRateLimits: RateLimits = {
  submit: { perMinute: 40, burst: 10, allPerMinute: 80 },
  cancel: { perMinute: 100, burst: 20, allPerMinute: 1000 },
  modify: { perMinute: 20, burst: 5, allPerMinute: 80 },
  safety: { perMinute: 60, burst: 30, allPerMinute: 600 },
  read: { perMinute: 1200, burst: 600, allPerMinute: 6000 }
}

const windowMs = 60_000

interface Windows {
  readonly all: RateWindow
  readonly byToken: Map<string, RateWindow>
}

/** Times are milliseconds of a monotonic clock. */
export const makeRateLimiter = (limits: RateLimits) => {
  const windows = new Map<LimitClass, Windows>(
    limitClasses.map((name) => [name, { all: new RateWindow(windowMs), byToken: new Map() }])
  )
  /** Milliseconds after which it is worth another attempt; undefined: the request may pass, and is counted. */
  return (tokenId: string, limitClass: LimitClass, nowMs: number): number | undefined => {
    const { allPerMinute, burst, perMinute } = limits[limitClass]
    const { all, byToken } = windows.get(limitClass) as Windows
    const own = byToken.get(tokenId) ?? new RateWindow(windowMs)
    byToken.set(tokenId, own)
    if (own.usedAt(nowMs) >= perMinute + burst) return own.waitMs(nowMs)
    if (!all.admit(nowMs, 1, allPerMinute)) return all.waitMs(nowMs)
    own.add(nowMs, 1)
    return undefined
  }
}

import { Schema } from "effect"
import type { SubscribeLimits } from "../application/subscriptions/subscribe-pacer.ts"

const whole = (minimum: number, maximum: number) =>
  Schema.optionalKey(Schema.NumberFromString.check(Schema.isInt(), Schema.isBetween({ minimum, maximum })))

/** Variables of the rate limits, named as in the reference service. */
export const subscribeVariables = {
  SUBSCRIBE_PRIORITY: Schema.optionalKey(Schema.String),
  RATE_LIMIT_LOGIN_PER_MINUTE: whole(1, 60),
  RATE_LIMIT_SUBSCRIBE_PER_SECOND: whole(1, 100_000),
  SUBSCRIBE_RATE_LIMIT_WINDOW_SECONDS: whole(1, 3600),
  SUBSCRIBE_RATE_LIMIT_MAX_REQUESTS: whole(1, 10_000_000)
} as const

const Variables = Schema.Struct(subscribeVariables)

export interface SubscribeSettings {
  readonly limits: SubscribeLimits
  readonly loginsPerMinute: number
  /** Instruments that clients may subscribe within the window. The same number may be unsubscribed. */
  readonly requests: { readonly windowMs: number; readonly most: number }
}

/**
 * The vendor advises 1,000 instruments a second. The session's own pauses allow at most ten logins a minute, unless
 * the link is cut again and again. A client may subscribe to the whole market twice in two seconds.
 */
export const subscribeSettings = (set: typeof Variables.Type = {}): SubscribeSettings => ({
  limits: {
    perSecond: set.RATE_LIMIT_SUBSCRIBE_PER_SECOND ?? 1000,
    priority: (set.SUBSCRIBE_PRIORITY ?? "")
      .split(",")
      .map((glob) => glob.trim())
      .filter((glob) => glob !== ""),
    answerMs: 10_000
  },
  loginsPerMinute: set.RATE_LIMIT_LOGIN_PER_MINUTE ?? 10,
  requests: {
    windowMs: (set.SUBSCRIBE_RATE_LIMIT_WINDOW_SECONDS ?? 2) * 1000,
    most: set.SUBSCRIBE_RATE_LIMIT_MAX_REQUESTS ?? 50_000
  }
})

/**
 * Time limit for the front's answers to this many instruments: 20 s, and twice the time that the requests take at
 * full rate.
 */
export const subscribeTimeoutMs = (wanted: number, perSecond: number): number =>
  20_000 + 2000 * Math.floor(wanted / perSecond)

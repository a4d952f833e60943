import { Clock, Effect } from "effect"
import type { SessionEvent } from "../../machines/market/session-events.ts"

/** Monitored values of a session. Counts are ticks. */
export interface SessionWatch {
  /** Time without a tick that is reported as silence, milliseconds. The machine decides whether it matters. */
  readonly silenceMs: number
  /** Unread ticks in the ring, at two consecutive checks, that are reported as lag. */
  readonly lagTicks: number
  readonly receivedTicks: () => number
  readonly waitingTicks: () => number
}

/** Interval of the checks. */
const lookEveryMs = 1000

/**
 * Checks the counters of one session each second and reports changes: silence and its end, lag and its end, the
 * number of acknowledged instruments. `quietSince` is the start of the silence; a caller that knows of a new wait
 * (another state, another phase of the market) moves it.
 */
export const watchSession = Effect.fnUntraced(function* (options: {
  readonly watch: SessionWatch
  readonly subscriptions: () => { readonly acknowledged: number; readonly wanted: number }
  readonly quietSince: { atMs: number }
  /** Number of subscription rounds: each one restarts the count of answers. */
  readonly asked: () => number
  readonly offer: (event: SessionEvent) => void
}) {
  const { watch, quietSince, offer } = options
  let received = watch.receivedTicks()
  let acknowledged = -1
  let asked = -1
  let reportedAtMs = -1
  let behind = 0
  quietSince.atMs = yield* Clock.currentTimeMillis
  while (true) {
    yield* Effect.sleep(lookEveryMs)
    const nowMs = yield* Clock.currentTimeMillis

    const count = watch.receivedTicks()
    if (count !== received) {
      received = count
      quietSince.atMs = nowMs
      if (reportedAtMs >= 0) offer({ type: "TICKS_ARRIVED" })
      reportedAtMs = -1
    } else if (nowMs - quietSince.atMs >= watch.silenceMs && reportedAtMs < quietSince.atMs) {
      reportedAtMs = nowMs
      offer({ type: "FEED_SILENT", silentMs: nowMs - quietSince.atMs })
    }

    const waiting = watch.waitingTicks()
    if (waiting >= watch.lagTicks) {
      behind++
      if (behind === 2) offer({ type: "FEED_LAGGED", waiting })
    } else if (waiting * 2 < watch.lagTicks) {
      if (behind >= 2) offer({ type: "FEED_CAUGHT_UP" })
      behind = 0
    }

    const counts = options.subscriptions()
    // The same number of answers is news after a new round, because the machine has reset its count.
    if (counts.acknowledged !== acknowledged || options.asked() !== asked) {
      acknowledged = counts.acknowledged
      asked = options.asked()
      offer({ type: "COVERAGE_COUNTED", acknowledged, wanted: counts.wanted })
    }
  }
})

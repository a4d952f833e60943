import { Clock, Effect } from "effect"
import type { SessionEvent } from "../../machines/market/session-events.ts"

/** What a session is looked at for. Counts are ticks. */
export interface SessionWatch {
  /** Time without a tick that is told as silence, milliseconds. Whether silence matters now is the machine's to say. */
  readonly silenceMs: number
  /** Ticks unread in the ring, at two looks in a row, that are told as lag. */
  readonly lagTicks: number
  readonly receivedTicks: () => number
  readonly waitingTicks: () => number
}

/** How often a session is looked at. */
const lookEveryMs = 1000

/**
 * Looks at the counters of one session each second and tells what changed: silence and its end, lag and its end, how
 * many instruments are acknowledged. `quietSince` is the start of the silence: whoever knows that the wait began anew
 * (another state, another phase of the market) moves it.
 */
export const watchSession = Effect.fnUntraced(function* (options: {
  readonly watch: SessionWatch
  readonly subscriptions: () => { readonly acknowledged: number; readonly wanted: number }
  readonly quietSince: { atMs: number }
  /** How often the front was asked for the instruments: each time the count of the answers begins anew. */
  readonly asked: () => number
  readonly offer: (event: SessionEvent) => void
}) {
  const { watch, quietSince, offer } = options
  let received = watch.receivedTicks()
  let acknowledged = -1
  let asked = -1
  let toldAtMs = -1
  let behind = 0
  quietSince.atMs = yield* Clock.currentTimeMillis
  while (true) {
    yield* Effect.sleep(lookEveryMs)
    const nowMs = yield* Clock.currentTimeMillis

    const count = watch.receivedTicks()
    if (count !== received) {
      received = count
      quietSince.atMs = nowMs
      if (toldAtMs >= 0) offer({ type: "TICKS_ARRIVED" })
      toldAtMs = -1
    } else if (nowMs - quietSince.atMs >= watch.silenceMs && toldAtMs < quietSince.atMs) {
      toldAtMs = nowMs
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
    // As many answers as before are news after the front was asked again: whoever asked has forgotten the last count.
    if (counts.acknowledged !== acknowledged || options.asked() !== asked) {
      acknowledged = counts.acknowledged
      asked = options.asked()
      offer({ type: "COVERAGE_COUNTED", acknowledged, wanted: counts.wanted })
    }
  }
})

import { Effect } from "effect"
import { monotonicMs } from "../../../kernel/time/monotonic.ts"
import type { EpochEntry, EpochStore } from "./epoch-store.ts"
import type { LinkError } from "./publish-errors.ts"

/**
 * Whether the writer of `entry` is running: the revision of its record changes while it is watched for `staleMs` of
 * the monotonic clock. No clock of another host is compared. Fails with the first failed read: an interrupted watch
 * proves nothing, because an outage of the broker also keeps the writer from renewing.
 */
export const isRenewed = Effect.fnUntraced(function* (
  store: EpochStore,
  entry: EpochEntry | undefined,
  times: { readonly renewMs: number; readonly staleMs: number },
  pause: () => Effect.Effect<void> = () => Effect.sleep(Math.min(times.renewMs / 2, times.staleMs))
): Effect.fn.Return<boolean, LinkError> {
  const stepMs = times.renewMs
  let watchedMs = 0
  let seenMs = yield* monotonicMs
  while (watchedMs < times.staleMs) {
    yield* pause()
    const now = yield* store.read
    if (now?.revision !== entry?.revision) return true
    const readMs = yield* monotonicMs
    // A watch that was itself suspended (a frozen process, a read that took seconds) has seen one moment, not the
    // time between.
    watchedMs += Math.min(readMs - seenMs, stepMs)
    seenMs = readMs
  }
  return false
})

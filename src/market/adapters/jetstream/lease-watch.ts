import { Effect } from "effect"
import type { EpochEntry, EpochStore } from "./epoch-store.ts"
import { monotonicMs } from "./monotonic.ts"
import type { LinkError } from "./publish-errors.ts"

/**
 * Whether the writer of `entry` lives: the revision of its record changes while it is watched for `staleMs` of the monotonic
 * clock. No clock of another host is compared. Fails with the first read that fails: what was not watched from end to end
 * proves nothing, since an outage of the broker keeps the writer from renewing too.
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
    // A watch that stood still itself (a frozen process, a read that took seconds) has seen one moment, not the time between.
    watchedMs += Math.min(readMs - seenMs, stepMs)
    seenMs = readMs
  }
  return false
})

import { Clock, Effect } from "effect"
import { readTick } from "../../../client/read-any-tick.ts"
import type { Link, StoredMessage } from "../../adapters/jetstream/link.ts"
import type { LinkError } from "../../adapters/jetstream/publish-errors.ts"
import type { StreamTail } from "../../adapters/jetstream/tick-stream.ts"
import type { WriterFence } from "../../adapters/jetstream/writer-fence.ts"
import type { PreviousRunOf } from "../../application/integrity/daemon-down.ts"
import type { TickSpool } from "../../ports/tick-spool.ts"
import type { EventBus } from "../events/daemon-events.ts"

/**
 * Messages at the end of the stream among which the last tick of each feed is looked for, and how many are asked for
 * at once.
 */
const looksBack = 256
const readsAtOnce = 32
/**
 * A writer that was killed renewed its epoch every second and stored what it took within less than the rest of this.
 */
const unsureMs = 10_000

/** When the last stored ticks were received; epoch milliseconds. */
interface StoredTicks {
  readonly newestMs: number | undefined
  readonly ofFeed: ReadonlyMap<string, number>
}

/** Of a message in a form that is not read here, or of no tick, the time of storing has to do. */
const noteMessage = (message: StoredMessage, ofFeed: Map<string, number>): number | undefined => {
  const read = readTick(message.data)
  if (!("tick" in read)) return message.storedMs
  const { feed, recv_ts: receivedMs } = read.tick
  ofFeed.set(feed, Math.max(ofFeed.get(feed) ?? receivedMs, receivedMs))
  return receivedMs
}

/**
 * Reads back from the end until each feed was met. A feed that is not met had no tick of its own for long: the newest
 * stands for it.
 */
const readStoredTicks = Effect.fnUntraced(function* (
  link: Link,
  { lastSeq }: StreamTail,
  feedNames: ReadonlyArray<string>
): Effect.fn.Return<StoredTicks, LinkError> {
  const ofFeed = new Map<string, number>()
  let newestMs: number | undefined
  let count = feedNames.length
  for (let end = lastSeq; end > 0 && end > lastSeq - looksBack; end -= count, count = readsAtOnce) {
    const seqs = Array.from({ length: Math.min(count, end) }, (_, back) => end - back)
    const messages = yield* Effect.forEach(seqs, (seq) => link.read(seq), { concurrency: readsAtOnce })
    for (const message of messages) {
      const atMs = message === undefined ? undefined : noteMessage(message, ofFeed)
      if (atMs !== undefined) newestMs = Math.max(newestMs ?? atMs, atMs)
    }
    if (feedNames.every((feed) => ofFeed.has(feed))) break
  }
  return { newestMs, ofFeed }
})

const latest = (...times: ReadonlyArray<number | undefined>): number | undefined => {
  const known = times.filter((time) => time !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}

/**
 * A message has whole microseconds, and so has the time of a tick that waits in the spool; rounding may part them by
 * one.
 */
const wholeMicros = (ms: number | undefined): number | undefined =>
  ms === undefined ? undefined : Math.floor(ms * 1000) / 1000

/**
 * Who has written the stream between the run that left the spool and this one; undefined: no other writer is known.
 */
const supersededBy = (spool: TickSpool, fence: WriterFence): string | undefined => {
  const { resume } = spool
  const row = fence.row()
  if (resume === undefined || row === undefined) return undefined
  // A run that never saw the stream has no epoch; the writer before the row may have written beside it.
  const isPast = resume.epoch === undefined ? resume.created === "" && row > 1 : resume.epoch < row
  if (!isPast) return undefined
  const former = fence.former()
  return former === undefined || former.epoch >= row ? "another writer" : `tickd ${former.instance} on ${former.host}`
}

/**
 * The first look at the stream: how far the previous run came with each feed, and whether what it left in the spool may
 * still be sent. It may not when another writer had the stream since and has stored younger ticks than the spool's
 * oldest: they would be stored twice, and behind younger ones.
 */
export const makeFirstLook = (options: {
  readonly feedNames: ReadonlyArray<string>
  readonly fence: WriterFence
  readonly spool: TickSpool | undefined
  readonly events: EventBus
}) =>
  Effect.fnUntraced(function* (link: Link, tail: StreamTail): Effect.fn.Return<void, LinkError> {
    const { fence, feedNames, spool } = options
    const stored = yield* readStoredTicks(link, tail, feedNames)
    const by = spool === undefined ? undefined : supersededBy(spool, fence)
    if (spool !== undefined && by !== undefined && stored.newestMs !== undefined) {
      const aside = spool.setAside(stored.newestMs)
      if (aside !== undefined) options.events.publish({ type: "spool", event: { type: "setAside", ...aside, by } })
    }
    const former = fence.former()
    const nowMs = yield* Clock.currentTimeMillis
    // The clock of a host that is ahead of this one says nothing.
    const aliveMs = former === undefined || former.renewed > nowMs ? 0 : former.renewed
    const listenedUntilMs = former?.released === true ? aliveMs : aliveMs - unsureMs
    const previous: PreviousRunOf = (feed) => {
      const inStream = stored.ofFeed.get(feedNames[feed] ?? "") ?? stored.newestMs
      const left = wholeMicros(spool?.leftMs(feed))
      // A spool of several runs has unrecorded time between them: the end of the stream is before all of it.
      const isOneRun = spool?.resume?.unseen !== true
      const lastTickMs = isOneRun ? latest(inStream, left) : (inStream ?? left)
      return lastTickMs === undefined ? undefined : { lastTickMs, listenedUntilMs: isOneRun ? listenedUntilMs : 0 }
    }
    options.events.publish({ type: "previousRun", former: previous })
  })

import { Clock, Effect } from "effect"
import { monotonicOf } from "../../../kernel/time/monotonic.ts"
import type { SpoolCounts } from "../../ports/tick-spool.ts"
import { type AckedPublisher, type AckedPublisherOptions, assemblePublisher } from "./acked-publisher.ts"
import type { PublisherCounts } from "./publisher-events.ts"
import { SpoolingCore, type SpoolingOptions } from "./spooling-core.ts"

export interface SpoolingPublisher extends AckedPublisher {
  /** Forces unstored messages to disk for a stop. False: the disk does not accept them. */
  readonly keep: () => boolean
  /** Every unstored message is on disk. */
  readonly isSafe: () => boolean
  /** `recovered`: spooled by a previous run and stored by this one. */
  readonly spoolCounts: () => SpoolCounts & { readonly engaged: boolean; readonly recovered: number }
}

const lookEveryMs = 50

/**
 * An `AckedPublisher` that overflows to disk: when nothing was stored for `afterMs` while messages wait, retained and
 * new messages go through the spool, in sequence, until the stream has all of them. `drained` also completes when the
 * broker is away and everything is on disk. `counts().retained` includes the spool.
 */
export const makeSpoolingPublisher = Effect.fnUntraced(function* (
  options: AckedPublisherOptions & SpoolingOptions
): Effect.fn.Return<SpoolingPublisher> {
  const clock = yield* Clock.clockWith(Effect.succeed)
  const { spool } = options
  const { core, publisher } = yield* assemblePublisher({
    ...options,
    // this many may be stored ahead of one that is not: the window of the run that spooled them must fit
    window: Math.max(options.window ?? 2048, spool.resume?.window ?? 0),
    onStored: (stampMs, token, nowMs, feedSeq) => spooling.stored(stampMs, token, nowMs, feedSeq),
    onSuperseded: (token, feedSeq, receivedMs) => spooling.superseded(token, feedSeq, receivedMs),
    onRoom: () => {
      spooling.pump()
      options.onRoom?.()
    }
  })
  const spooling = new SpoolingCore(core, options)
  const looks = Effect.gen(function* () {
    while (true) {
      yield* Effect.sleep(lookEveryMs)
      spooling.look(monotonicOf(clock))
    }
  })
  const awaitRoom = core.until(() => spooling.room() > 0)
  return {
    room: () => spooling.room(),
    send: (subject, payload, stampMs, token, feedSeq, receivedMs) =>
      spooling.send(subject, payload, stampMs, token, feedSeq, receivedMs),
    counts: (): PublisherCounts => {
      const counts = core.counts()
      const unread = spool.unread()
      return { ...counts, handed: counts.handed + unread, retained: counts.retained + unread }
    },
    awaitRoom: Effect.suspend(() => {
      spooling.waiting++
      return Effect.ensuring(
        awaitRoom,
        Effect.sync(() => void spooling.waiting--)
      )
    }),
    drained: core.until(() => spooling.isDrained()),
    run: Effect.raceFirst(publisher.run, looks),
    keep: () => spooling.keep(),
    isSafe: () => spooling.isSafe(),
    spoolCounts: () => ({ ...spool.counts(), engaged: spooling.engaged, recovered: spooling.recovered })
  }
})

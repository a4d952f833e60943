import { Clock, Deferred, Effect } from "effect"
import { monotonicMs } from "../../../kernel/time/monotonic.ts"
import { type EpochRecord, readEpochRecord } from "../../../protocol/market/epoch.ts"
import type { EpochEntry, EpochStore } from "./epoch-store.ts"
import { isRenewed } from "./lease-watch.ts"
import { LinkError } from "./publish-errors.ts"
import type { WriterIdentity } from "./writer-identity.ts"
import { daemonOf, fencedError, lostError, rowAfter, unconfirmedError, writerActive } from "./writer-identity.ts"

export type { WriterIdentity } from "./writer-identity.ts"

export interface FenceTimes {
  /** Interval of renewals. */
  readonly renewMs: number
  /** A record that has not changed for this long belongs to a dead writer. */
  readonly staleMs: number
  /** Nothing is published after this long without a confirmed renewal; less than `staleMs`. */
  readonly unconfirmedMs: number
  /** After a take-over from a running writer: time for it to notice, before the first tick is sent. */
  readonly graceMs: number
}

export const fenceTimes: FenceTimes = { renewMs: 1000, staleMs: 5000, unconfirmedMs: 4000, graceMs: 1500 }

/**
 * Longest pause between two attempts of a writer to open its link. After an outage of the broker, a writer must renew
 * its lease before another daemon has watched it for `staleMs`, so the pause is well below that.
 */
export const writerBackoffCapMs = 2000

const retryMs = 200

/** A stream that was taken back: the new epoch, and which writer left it and how. */
interface TakenBack {
  readonly epoch: number
  readonly message: string
}

/**
 * One daemon's right to write one stream, for the run of the daemon and over all its links: an epoch in a KV bucket,
 * taken by compare-and-set and renewed each second. The renewed record decides who has it, never a name. A daemon
 * that lost it takes it again when the other writer releases it or stops renewing it.
 */
export interface WriterFence {
  readonly epoch: () => number | undefined
  /** The record that was there when the epoch was first taken; undefined: none, or not taken yet. */
  readonly former: () => EpochRecord | undefined
  /** First epoch of an unbroken row of this daemon's runs as the writer; undefined until the epoch is held. */
  readonly row: () => number | undefined
  /** Why nothing may be published now, in one sentence; undefined while publishing is allowed. */
  readonly lost: () => string | undefined
  /**
   * Why nothing may be sent at this moment of the monotonic clock: another daemon may have taken the stream, because
   * no renewal was confirmed for `staleMs`. A process that was suspended calls this before its own timers have run.
   */
  readonly leaseOver: (nowMs: number) => LinkError | undefined
  /** Completes with the epoch while it is held. */
  readonly held: Effect.Effect<number>
  /** Completes while the epoch is lost. */
  readonly whenLost: Effect.Effect<string>
  /**
   * Takes the epoch, or verifies that it is still ours; called before anything is sent over a new link. True: it was
   * taken now.
   * Fails with `WRITER_ACTIVE` (another writer is running; only the first time), `PUBLISHER_FENCED`, or the link's
   * error.
   */
  hold(store: EpochStore): Effect.Effect<boolean, LinkError>
  /**
   * Waits until the other writer has released the stream, or has not renewed its record for `staleMs` while this link
   * watched it, and takes the stream back. Fails with the link's error; the next link starts the watch again.
   */
  regain(store: EpochStore): Effect.Effect<TakenBack, LinkError>
  /**
   * Renews forever. Fails with `PUBLISHER_FENCED`, after `onLost` was called, or with `EPOCH_UNCONFIRMED`
   * (retryable): then the link is given up, and the next one verifies.
   */
  keep(store: EpochStore, onLost: (sentence: string) => void): Effect.Effect<never, LinkError>
  /**
   * Releases the stream to the next writer, without a wait. Never fails: a daemon that does not receive it waits for
   * `staleMs`.
   */
  release(store: EpochStore): Effect.Effect<void>
}

/** Makes a fence. Nothing is taken before `hold`. */
export const makeWriterFence = (who: WriterIdentity, times: FenceTimes = fenceTimes): WriterFence => {
  let held = Deferred.makeUnsafe<number>()
  let gone = Deferred.makeUnsafe<string>()
  let mine: { readonly epoch: number; readonly since: number; readonly row: number } | undefined
  let former: EpochRecord | undefined
  let revision = 0
  let lost: string | undefined
  /** When the last confirmed renewal was sent. */
  let confirmedMs = Number.POSITIVE_INFINITY

  /** Writes a renewal; undefined: another write was first. */
  const put = Effect.fnUntraced(function* (store: EpochStore, text: string, after: number) {
    const startedMs = yield* monotonicMs
    const written = yield* store.write(text, after)
    if (written === undefined) return undefined
    confirmedMs = startedMs
    revision = written
    return written
  })

  const textOf = ({ epoch, since, row }: NonNullable<typeof mine>, released = false) =>
    Effect.map(Clock.currentTimeMillis, (renewed) => {
      const { stream, run, instance, host, pid, spool, home } = who
      const record: EpochRecord = {
        version: 1,
        stream,
        epoch,
        run,
        instance,
        host,
        pid,
        since,
        renewed,
        released,
        row,
        ...(spool === undefined ? {} : { spool }),
        ...(home === undefined ? {} : { home })
      }
      return JSON.stringify(record)
    })
  const recordOf = (entry: EpochEntry) => readEpochRecord(entry.text, who.stream)

  const fenced = (by: EpochRecord): LinkError => {
    if (lost === undefined) {
      lost = fencedError(who, by, mine?.epoch ?? 0)
      held = Deferred.makeUnsafe()
      Deferred.doneUnsafe(gone, Effect.succeed(lost))
    }
    return lostError(lost)
  }

  /** Writes the next epoch over `entry`. Undefined: another write was first. */
  const write = Effect.fnUntraced(function* (store: EpochStore, entry: EpochEntry | undefined) {
    const record = entry === undefined ? undefined : recordOf(entry)
    // At least the revision: then it is above every epoch that this bucket has seen, whatever the record holds.
    const seen = Math.max(record?.epoch ?? 0, record === undefined ? (entry?.revision ?? 0) : 0)
    // At least this daemon's own: the store may have lost the record of the writer after it.
    const epoch = Math.max(seen, mine?.epoch ?? 0) + 1
    const taken = { epoch, since: yield* Clock.currentTimeMillis, row: rowAfter(record, epoch, who) }
    const written = yield* put(store, yield* textOf(taken), entry?.revision ?? 0)
    if (written === undefined) return undefined
    mine = taken
    return record
  })
  const isOurs = () => mine as NonNullable<typeof mine>

  const open = () => {
    lost = undefined
    gone = Deferred.makeUnsafe()
    Deferred.doneUnsafe(held, Effect.succeed(isOurs().epoch))
  }

  /** An invalid record is watched until its writer has restored it: it names no run whose end could be proven. */
  const take = Effect.fnUntraced(function* (store: EpochStore): Effect.fn.Return<boolean, LinkError> {
    let tries = 0
    for (;;) {
      const entry = yield* store.read
      const record = entry === undefined ? undefined : recordOf(entry)
      const isFree = entry === undefined || record?.released === true
      const hasEnded = record !== undefined && who.hasEnded?.(record) === true
      if (!isFree && !hasEnded && !who.takeOver && (yield* isRenewed(store, entry, times))) {
        const next = yield* store.read
        const holder = next === undefined ? undefined : recordOf(next)
        // Released meanwhile, restored by its writer, or taken by a third one: checked again.
        const same = holder !== undefined && record !== undefined && holder.run === record.run && !holder.released
        if (!same && tries++ < 3) continue
        return yield* writerActive(who.stream, holder ?? record)
      }
      const before = mine
      const found = yield* write(store, entry)
      if (mine === before) continue
      former = found
      if (!isFree && !hasEnded && who.takeOver) yield* Effect.sleep(times.graceMs)
      open()
      return true
    }
  })

  /** Verifies that the record is ours. One that the store lost, or that went back, is written again. */
  const verify = Effect.fnUntraced(function* (store: EpochStore): Effect.fn.Return<void, LinkError> {
    const own = isOurs()
    for (;;) {
      const entry = yield* store.read
      const record = entry === undefined ? undefined : recordOf(entry)
      if (record !== undefined && record.run !== who.run && record.epoch >= own.epoch) return yield* fenced(record)
      if ((yield* put(store, yield* textOf(own), entry?.revision ?? 0)) !== undefined) return
    }
  })

  const renew = Effect.fnUntraced(function* (store: EpochStore) {
    if ((yield* put(store, yield* textOf(isOurs()), revision)) === undefined) yield* verify(store)
  })

  /** Until the next renewal is due, or another daemon writes. */
  const pause = (store: EpochStore, pauseMs: number) =>
    Effect.raceFirst(
      Effect.sleep(pauseMs),
      Effect.callback<void>((resume) => {
        store.listen((text) => {
          if (!text.includes(who.run)) resume(Effect.void)
        })
        return Effect.sync(() => store.listen(undefined))
      })
    )

  return {
    epoch: () => mine?.epoch,
    former: () => former,
    row: () => mine?.row,
    lost: () => lost,
    leaseOver: (nowMs) => {
      const silentMs = nowMs - confirmedMs
      return silentMs < times.staleMs ? undefined : unconfirmedError(who.stream, silentMs, "nothing was sent meanwhile")
    },
    held: Effect.suspend(() => Deferred.await(held)),
    whenLost: Effect.suspend(() => Deferred.await(gone)),
    hold: (store) =>
      Effect.suspend(() => {
        if (lost !== undefined) return Effect.fail(lostError(lost))
        return mine === undefined ? take(store) : Effect.as(verify(store), false)
      }),
    regain: Effect.fnUntraced(function* (store) {
      for (;;) {
        const entry = yield* store.read
        const released = entry !== undefined && recordOf(entry)?.released === true
        // A missing record was lost by the store: its writer writes it again within the same time.
        if (!released && (yield* isRenewed(store, entry, times, () => pause(store, times.renewMs / 2)))) continue
        const before = mine
        const record = yield* write(store, entry)
        if (mine === before) continue
        open()
        const { epoch } = isOurs()
        const left = released ? "has released it" : `has not renewed its lease for ${times.staleMs} ms`
        const by = record === undefined ? "The writer that had the stream" : daemonOf(record)
        return { epoch, message: `${by} ${left}: this daemon writes ${who.stream} again, epoch ${epoch}.` }
      }
    }),
    keep: (store, onLost) =>
      Effect.gen(function* () {
        for (let pauses = pause(store, times.renewMs); ; ) {
          yield* pauses
          const trouble = yield* renew(store).pipe(
            Effect.as(undefined),
            Effect.catch((error) => Effect.succeed(error))
          )
          if (trouble === undefined) {
            pauses = pause(store, times.renewMs)
            continue
          }
          if (lost !== undefined) {
            onLost(lost)
            return yield* trouble
          }
          const silentMs = (yield* monotonicMs) - confirmedMs
          if (silentMs >= times.unconfirmedMs) return yield* unconfirmedError(who.stream, silentMs, trouble.message)
          pauses = Effect.sleep(retryMs)
        }
      }),
    release: (store) =>
      Effect.suspend(() => {
        if (mine === undefined || lost !== undefined) return Effect.void
        return textOf(mine, true).pipe(
          Effect.andThen((text) => store.write(text, revision)),
          Effect.interruptible,
          Effect.timeoutOption(1000),
          Effect.ignore
        )
      })
  }
}

import { Clock, Deferred, Effect } from "effect"
import { type EpochRecord, readEpochRecord } from "../../protocol/epoch.ts"
import type { EpochEntry, EpochStore } from "./epoch-store.ts"
import { monotonicMs } from "./monotonic.ts"
import { LinkError } from "./publish-errors.ts"

/** Who wants to write which stream. */
export interface WriterIdentity {
  readonly stream: string
  /** Name of the daemon; a writer of the same name is this one's former life. */
  readonly instance: string
  readonly host: string
  readonly pid: number
  /** One life of one daemon. */
  readonly run: string
  /** The spool that the lives of this daemon share; unset: it has none. */
  readonly spool?: string
  /** Take the epoch of a writer that lives. */
  readonly takeOver: boolean
}

export interface FenceTimes {
  /** Between two signs of life. */
  readonly renewMs: number
  /** A record that has not changed for so long is a dead writer's. */
  readonly staleMs: number
  /** Without a confirmed sign of life for so long nothing more is published; less than `staleMs`. */
  readonly unconfirmedMs: number
  /** After a take-over from a writer that lives: time for it to notice, before the first tick is sent. */
  readonly graceMs: number
}

export const fenceTimes: FenceTimes = { renewMs: 1000, staleMs: 5000, unconfirmedMs: 4000, graceMs: 1500 }

const retryMs = 200

const personOf = ({ instance, host, pid, epoch }: EpochRecord): string =>
  `tickd ${instance} on ${host} (pid ${pid}, epoch ${epoch})`

/**
 * One daemon's right to write one stream, kept for the life of the daemon and over all of its links: an epoch in a KV
 * bucket, taken by compare-and-set and renewed each second. Lost once, it is lost for good: only a new life takes another.
 */
export interface WriterFence {
  readonly epoch: () => number | undefined
  /** The record that stood when the epoch was taken; undefined: none, or nothing was taken yet. */
  readonly former: () => EpochRecord | undefined
  /** First epoch since which nobody but this daemon's lives has written; undefined until the epoch is held. */
  readonly row: () => number | undefined
  /** Why nothing may be published any more, in one sentence; undefined while it may. */
  readonly lost: () => string | undefined
  /** Completes with the epoch once it is held. */
  readonly held: Effect.Effect<number>
  /** Completes when the epoch is lost. */
  readonly whenLost: Effect.Effect<string>
  /**
   * Takes the epoch, or makes sure that it is still ours; before anything is sent over a new link. True: it was taken now.
   * Fails with `WRITER_ACTIVE` (another one lives, at the first time only), `PUBLISHER_FENCED`, or what the link fails with.
   */
  hold(store: EpochStore): Effect.Effect<boolean, LinkError>
  /**
   * Gives signs of life for ever. Fails with `PUBLISHER_FENCED`, after `onLost` was called, or with `EPOCH_UNCONFIRMED`
   * (retryable): the link is given up then, and the next one makes sure.
   */
  keep(store: EpochStore, onLost: (sentence: string) => void): Effect.Effect<never, LinkError>
  /** Leaves the stream to whoever comes next, without a wait. Never fails: who does not hear it waits for `staleMs`. */
  release(store: EpochStore): Effect.Effect<void>
}

/** Makes a fence; nothing is taken before `hold`. */
export const makeWriterFence = (who: WriterIdentity, times: FenceTimes = fenceTimes): WriterFence => {
  const held = Deferred.makeUnsafe<number>()
  const gone = Deferred.makeUnsafe<string>()
  let mine: { readonly epoch: number; readonly since: number; readonly row: number } | undefined
  let former: EpochRecord | undefined
  let revision = 0
  let lost: string | undefined

  const textOf = ({ epoch, since, row }: NonNullable<typeof mine>, released = false) =>
    Effect.map(Clock.currentTimeMillis, (renewed) => {
      const { stream, run, instance, host, pid, spool } = who
      const times = { since, renewed, released, row }
      const record: EpochRecord = { version: 1, stream, epoch, run, instance, host, pid, ...times }
      return JSON.stringify(spool === undefined ? record : { ...record, spool })
    })
  const recordOf = (entry: EpochEntry) => readEpochRecord(entry.text, who.stream)

  const fenced = (by: EpochRecord): LinkError => {
    lost ??= `The stream ${who.stream} has another writer since epoch ${by.epoch}, ${personOf(by)}: this one (epoch ${mine?.epoch ?? 0}) publishes nothing more; stop it, or restart it with 'tickd run --take-over' to take the stream back.`
    Deferred.doneUnsafe(gone, Effect.succeed(lost))
    return lostError(lost)
  }

  /** Whether the writer of `entry` lives: its record changes while it is looked at. No clock of another host is trusted. */
  const isRenewed = Effect.fnUntraced(function* (store: EpochStore, entry: EpochEntry) {
    const untilMs = (yield* monotonicMs) + times.staleMs
    while ((yield* monotonicMs) < untilMs) {
      yield* Effect.sleep(Math.min(times.renewMs / 2, times.staleMs))
      const now = yield* store.read
      if (now?.revision !== entry.revision) return true
    }
    return false
  })

  /** Nobody may be asked whether the record was theirs: what is not a record is looked at until its writer has restored it. */
  const take = Effect.fnUntraced(function* (store: EpochStore): Effect.fn.Return<boolean, LinkError> {
    let tries = 0
    for (;;) {
      const entry = yield* store.read
      const record = entry === undefined ? undefined : recordOf(entry)
      let lived = false
      if (entry !== undefined && !who.takeOver && record?.instance !== who.instance && record?.released !== true) {
        if (yield* isRenewed(store, entry)) {
          const next = yield* store.read
          const holder = next === undefined ? undefined : recordOf(next)
          // Released meanwhile, restored by its writer, or taken by a third one: judged anew.
          const same = holder !== undefined && record !== undefined && holder.run === record.run && !holder.released
          if (!same && tries++ < 3) continue
          return yield* active(holder ?? record)
        }
      } else lived = who.takeOver && entry !== undefined && record?.released !== true
      // Never below a revision: then it is above every epoch that this bucket has seen, whatever stands in the record.
      const epoch = Math.max(record?.epoch ?? 0, record === undefined ? (entry?.revision ?? 0) : 0) + 1
      const since = yield* Clock.currentTimeMillis
      const taken = { epoch, since, row: rowAfter(record, epoch, who) }
      const written = yield* store.write(yield* textOf(taken), entry?.revision ?? 0)
      if (written === undefined) continue
      mine = taken
      former = record
      revision = written
      if (lived) yield* Effect.sleep(times.graceMs)
      Deferred.doneUnsafe(held, Effect.succeed(epoch))
      return true
    }
  })

  const active = (holder: EpochRecord | undefined): LinkError =>
    new LinkError({
      code: "WRITER_ACTIVE",
      retryable: false,
      message: `The stream ${who.stream} has a writer that lives, ${holder === undefined ? "one that cannot be read" : personOf(holder)}: stop that one first, name another stream with TICK_STREAM, or take it over with 'tickd run --take-over'.`
    })

  /** The record as it should be: ours. One that the store lost, or went back behind, is written again. */
  const verify = Effect.fnUntraced(function* (store: EpochStore): Effect.fn.Return<void, LinkError> {
    const own = mine as NonNullable<typeof mine>
    for (;;) {
      const entry = yield* store.read
      const record = entry === undefined ? undefined : recordOf(entry)
      if (record !== undefined && record.run !== who.run && record.epoch >= own.epoch) return yield* fenced(record)
      const written = yield* store.write(yield* textOf(own), entry?.revision ?? 0)
      if (written === undefined) continue
      revision = written
      return
    }
  })

  const renew = Effect.fnUntraced(function* (store: EpochStore) {
    const written = yield* store.write(yield* textOf(mine as NonNullable<typeof mine>), revision)
    if (written === undefined) yield* verify(store)
    else revision = written
  })

  /** Until the next sign of life is due, or somebody else writes. */
  const pause = (store: EpochStore) =>
    Effect.raceFirst(
      Effect.sleep(times.renewMs),
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
    held: Deferred.await(held),
    whenLost: Deferred.await(gone),
    hold: (store) =>
      Effect.suspend(() => {
        if (lost !== undefined) return Effect.fail(lostError(lost))
        return mine === undefined ? take(store) : Effect.as(verify(store), false)
      }),
    keep: (store, onLost) =>
      Effect.gen(function* () {
        let confirmedMs = yield* monotonicMs
        for (let pauses = pause(store); ; ) {
          yield* pauses
          const startedMs = yield* monotonicMs
          const trouble = yield* renew(store).pipe(
            Effect.as(undefined),
            Effect.catch((error) => Effect.succeed(error))
          )
          if (trouble === undefined) {
            confirmedMs = startedMs
            pauses = pause(store)
            continue
          }
          if (lost !== undefined) {
            onLost(lost)
            return yield* trouble
          }
          const silentMs = (yield* monotonicMs) - confirmedMs
          if (silentMs >= times.unconfirmedMs) return yield* unconfirmed(who.stream, silentMs, trouble.message)
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

/** A life of the same spool goes on with its row; one without a spool is known by its instance. */
const rowAfter = (former: EpochRecord | undefined, epoch: number, who: WriterIdentity): number => {
  if (former === undefined) return epoch
  const isOurs =
    former.spool === undefined || who.spool === undefined
      ? former.instance === who.instance
      : former.spool === who.spool
  return isOurs ? (former.row ?? former.epoch) : epoch
}

const lostError = (sentence: string) => new LinkError({ code: "PUBLISHER_FENCED", retryable: false, message: sentence })

const unconfirmed = (stream: string, silentMs: number, why: string) =>
  new LinkError({
    code: "EPOCH_UNCONFIRMED",
    retryable: true,
    message: `Nobody has confirmed for ${Math.round(silentMs)} ms that this daemon is the writer of ${stream} (${why}): the connection is given up and a new one makes sure.`
  })

import { jetstreamManager } from "@nats-io/jetstream"
import { Clock, Deferred, Effect, Option, Schema, type Scope } from "effect"
import { openMeasuredReader } from "../../../client/measured-reader.ts"
import { readStreamState } from "../../../client/stream-state.ts"
import { errorText } from "../../../kernel/error-text.ts"
import { connectNats } from "../../../platform/nats/connect.ts"
import { connectionOf, tickIdentity } from "../../../platform/nats/nats-settings.ts"
import type { DrillEvidence } from "../../domain/drill/evidence.ts"
import type { LiveSettings } from "../../domain/live-settings.ts"
import type { Feed } from "../../domain/runbook-words.ts"
import { StreamFigures } from "./stream-figures.ts"

/** The reader of a drill cannot read the stream. `message`: one sentence with the fix. */
export class EvidenceError extends Schema.TaggedError<EvidenceError>()("EvidenceError", { message: Schema.String }) {}

/** Longest time that the reader may be behind the stream. */
const behindMs = 10_000
/** Pause between two looks at the reader. */
const lookMs = 20
/** Instruments in the report. */
const quietestMost = 20

/** The reader of a drill. It reads until its scope is closed. */
export interface StreamEvidence {
  /** Waits until everything that is stored now is read. Fails when the reader cannot follow. */
  readonly caughtUp: Effect.Effect<void, EvidenceError>
  readonly evidence: () => DrillEvidence
  /**
   * From now on, waits for the first stored tick of a feed that was received from now on. The inner effect succeeds
   * with the milliseconds until it was read, or with none when there is none within `patienceMs` of being run.
   */
  readonly firstTickOf: (feed: Feed) => Effect.Effect<(patienceMs: number) => Effect.Effect<Option.Option<number>>>
}

const asEvidenceError = (cause: unknown) =>
  new EvidenceError({ message: `The drill cannot read the stream of ticks: ${errorText(cause)}` })

/** Starts to read the ticks that are stored from now on, with the identity of a reader of ticks. */
export const openStreamEvidence = Effect.fnUntraced(function* (
  settings: LiveSettings
): Effect.fn.Return<StreamEvidence, EvidenceError, Scope.Scope> {
  const { natsUrl, variables } = settings
  const identity = tickIdentity(variables)
  const stream = variables["TICK_STREAM"] ?? "MD_TICKS"
  const template = variables["TICK_SUBJECT_TEMPLATE"]
  const connection = yield* Effect.acquireRelease(
    connectNats({ ...connectionOf(identity, { url: natsUrl, name: "tickd live drill" }), reconnect: true }),
    (opened) => Effect.promise(() => opened.close().catch(() => undefined))
  ).pipe(Effect.mapError(asEvidenceError))
  const stored = Effect.tryPromise({
    try: async () =>
      (await readStreamState(await jetstreamManager(connection, { checkAPI: false }), stream)).lastSequence,
    catch: asEvidenceError
  })
  const before = yield* stored
  const clock = yield* Clock.Clock
  const nowMs = () => clock.currentTimeMillisUnsafe()
  const beganMs = nowMs()
  const figures = new StreamFigures()
  const reader = yield* openMeasuredReader({
    connection,
    inboxPrefix: identity.inboxPrefix,
    stream,
    subjectTemplate: template,
    pattern: undefined,
    // Not "live": what is stored before the server has the consumer is read too.
    start: { type: "sequence", sequence: before + 1 },
    beganMs,
    nowMs,
    onTick: (subject, tick, readMs) => figures.record(subject, tick, readMs)
  }).pipe(Effect.mapError(asEvidenceError))
  let ended: EvidenceError | undefined
  yield* reader.run.pipe(
    Effect.catch((cause) => Effect.sync(() => void (ended = asEvidenceError(cause)))),
    Effect.forkScoped
  )

  const isAt = (sequence: number) => {
    if (ended !== undefined) return Effect.fail(ended)
    return Effect.succeed((reader.reading().sequences?.[1] ?? before) >= sequence)
  }
  const caughtUp = Effect.gen(function* () {
    const target = yield* stored
    while (!(yield* isAt(target))) yield* Effect.sleep(lookMs)
  }).pipe(
    Effect.timeoutOrElse({
      duration: behindMs,
      orElse: () =>
        Effect.fail(
          new EvidenceError({
            message: `The reader of the drill is more than ${behindMs / 1000} s behind the stream: drill when this machine has less load`
          })
        )
    })
  )

  const firstTickOf = (feed: Feed) =>
    Effect.gen(function* () {
      const found = yield* Deferred.make<number>()
      const sinceMs = nowMs()
      figures.watch(feed, sinceMs, (readMs) => Deferred.doneUnsafe(found, Effect.succeed(readMs - sinceMs)))
      return (patienceMs: number) => Deferred.await(found).pipe(Effect.timeoutOption(patienceMs))
    })

  const evidence = (): DrillEvidence => {
    const { gapRecordsRead, losses, missingTimestamps, sequences, unreadable } = reader.reading()
    return {
      ticks: figures.ticks,
      ticksByFeed: Object.fromEntries(figures.ticksByFeed),
      instruments: figures.instrumentsSeen,
      lost: figures.lost + losses.lost,
      unknownGaps: losses.unknownGaps,
      repeated: figures.repeated + losses.repeated,
      outOfOrder: figures.outOfOrder,
      expired: losses.expired,
      streamResets: losses.streamResets,
      readerOutages: losses.readerOutages,
      unreadable: unreadable + missingTimestamps,
      gapRecordsRead,
      firstSequence: sequences?.[0] ?? null,
      lastSequence: sequences?.[1] ?? null,
      longestGaps: figures.quietest(quietestMost),
      examples: figures.examples
    }
  }
  return { caughtUp, evidence, firstTickOf }
})

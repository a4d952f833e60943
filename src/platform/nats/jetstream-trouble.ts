import { Effect, Schedule, Schema } from "effect"
import { errorText } from "../../kernel/error-text.ts"
import {
  differencesOf,
  differenceText,
  type FoundStream,
  type StreamShape
} from "../../protocol/control/stream-shape.ts"

/** A failed JetStream step; another attempt may succeed. `message` names the step. */
export class JetStreamTrouble extends Schema.TaggedError<JetStreamTrouble>()("JetStreamTrouble", {
  code: Schema.Literals(["JETSTREAM_STEP", "NATS_CLOSED", "NOTHING_STORED", "STREAM_MISMATCH"]),
  message: Schema.String
}) {}

/** A promise of the client library as an effect; `step` names it in the error. */
export const attempt = <A>(step: string, run: () => Promise<A>): Effect.Effect<A, JetStreamTrouble> =>
  Effect.tryPromise({
    try: run,
    catch: (cause) => new JetStreamTrouble({ code: "JETSTREAM_STEP", message: `${step}: ${errorText(cause)}.` })
  })

const pauses = Schedule.min([Schedule.exponential("250 millis", 2), Schedule.spaced("10 seconds")]).pipe(
  Schedule.jittered
)

/** Receives the results of repeated steps. */
export interface StepReports {
  /** An attempt failed, and another follows. Called for each attempt: the listener limits its own output. */
  readonly failed: (trouble: JetStreamTrouble) => void
  /** The step succeeded. */
  readonly worked: () => void
  /** Something differs from its declaration, and is used anyway. */
  readonly differs: (trouble: JetStreamTrouble) => void
}

/**
 * Repeats a step until it succeeds, with growing pauses up to 10 s: such writers outlive a broker that is away, a
 * permission that was withdrawn and a stream that is full.
 */
export const untilDone = <A>(step: Effect.Effect<A, JetStreamTrouble>, reports: StepReports): Effect.Effect<A> =>
  step.pipe(
    Effect.tapError((trouble) => Effect.sync(() => reports.failed(trouble))),
    Effect.retry({ schedule: pauses }),
    Effect.orDie,
    Effect.tap(() => Effect.sync(reports.worked))
  )

/** Reports the differences of such a stream from its declaration. It is used anyway: ticks do not wait for it. */
export const reportDifferences = (found: FoundStream, wanted: StreamShape, reports: StepReports): void => {
  const differences = differencesOf(found, wanted)
  if (differences.length === 0) return
  reports.differs(
    new JetStreamTrouble({
      code: "STREAM_MISMATCH",
      message: `Stream ${wanted.name} is not what tickd declares (${differenceText(differences)}): it is used as it is; change it with 'tickd streams reconcile'.`
    })
  )
}

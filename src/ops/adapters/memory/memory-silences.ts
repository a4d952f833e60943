import { Clock, Effect, Layer } from "effect"
import type { LabelMatcher, Silence } from "../../domain/drill/drill-silence.ts"
import { AlertSilenceError, AlertSilences } from "../../ports/alert-silences.ts"

interface PlacedSilence extends Silence {
  readonly id: string
}

export interface MemorySilencesOptions {
  /** `down`: each call fails. `hangs`: each call fails after `deadlineMs`, and a silence is placed all the same. */
  readonly fault?: "down" | "hangs" | undefined
}

/** As long as a call of the real one may take, milliseconds. */
const deadlineMs = 3_000

const meets = ({ isPattern, label, value }: LabelMatcher, labels: Readonly<Record<string, string>>): boolean => {
  const text = labels[label] ?? ""
  return isPattern ? new RegExp(`^(?:${value})$`).test(text) : text === value
}

const refused = (why: string) => new AlertSilenceError({ code: "REFUSED", message: `The silence was refused: ${why}` })
const noAnswer = (code: "UNREACHABLE" | "NO_ANSWER") =>
  new AlertSilenceError({ code, message: "Alertmanager does not answer" })

/** Silences in memory. They outlive the layer: each run on a machine finds those of the runs before it. */
export const makeMemorySilences = () => {
  let placed: ReadonlyArray<PlacedSilence> = []
  let count = 0
  const active = (nowMs: number): ReadonlyArray<PlacedSilence> => placed.filter(({ endMs }) => endMs > nowMs)

  const layerOf = ({ fault }: MemorySilencesOptions = {}): Layer.Layer<AlertSilences> => {
    /** The work is done at once; with the fault `hangs` its answer is lost. */
    const answer = <A>(work: Effect.Effect<A, AlertSilenceError>): Effect.Effect<A, AlertSilenceError> => {
      if (fault === "down") return Effect.fail(noAnswer("UNREACHABLE"))
      if (fault !== "hangs") return work
      const lost = Effect.andThen(Effect.sleep(deadlineMs), Effect.fail(noAnswer("NO_ANSWER")))
      return Effect.andThen(Effect.ignore(work), lost)
    }
    return Layer.succeed(AlertSilences, {
      own: { author: "operator@rehearsal", targets: ["127.0.0.1:9100"] },
      place: (silence) =>
        answer(
          Effect.gen(function* () {
            if (silence.endMs <= (yield* Clock.currentTimeMillis)) return yield* refused("its end is in the past")
            if (silence.matchers.every((matcher) => meets(matcher, {}))) {
              return yield* refused("it matches every alert")
            }
            const id = `silence-${++count}`
            placed = [...placed, { ...silence, id }]
            return id
          })
        ),
      remove: (id) =>
        answer(
          Effect.sync(() => {
            placed = placed.filter((one) => one.id !== id)
          })
        ),
      find: (reason) =>
        answer(
          Effect.map(Clock.currentTimeMillis, (nowMs) =>
            active(nowMs)
              .filter((one) => one.reason === reason)
              .map(({ id }) => id)
          )
        )
    })
  }
  /** Whether an alert with these labels is silent at a time. */
  const isSilent = (labels: Readonly<Record<string, string>>, nowMs: number): boolean =>
    active(nowMs).some(({ matchers }) => matchers.every((matcher) => meets(matcher, labels)))
  return { layerOf, active, isSilent }
}

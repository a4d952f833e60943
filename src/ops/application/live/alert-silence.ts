import { Clock, Effect, Queue, Schedule } from "effect"
import { shanghaiIso } from "../../../kernel/time/shanghai-time.ts"
import { drillSilence, silenceReason } from "../../domain/drill/drill-silence.ts"
import { type AlertSilenceError, AlertSilences } from "../../ports/alert-silences.ts"
import { RunLog } from "../../ports/run-log.ts"

/** A removal that fails is tried again, so that a short absence of Alertmanager costs no alert. */
const tries = { schedule: Schedule.spaced(1_000), times: 2 }

/**
 * So long an alert is still delivered whose cause is over: until the next scrape and the next evaluation, 5 s each
 * (`deploy/prometheus/prometheus.yml`), and until Alertmanager has the news.
 */
const settleMs = 15_000

const clockOf = (ms: number): string => shanghaiIso(ms).slice(11, 19)

/** Removes every silence of a run. Returns how many it has removed. */
const removeAll = (silences: typeof AlertSilences.Service, reason: string) =>
  silences.find(reason).pipe(
    Effect.tap((ids) => Effect.forEach(ids, (id) => silences.remove(id), { discard: true })),
    Effect.map((ids) => ids.length)
  )

/**
 * The silence of one run, beside its plan: the plan never waits for it, and its faults change no result. It is placed
 * once, and ends shortly after the run; after a kill its own end ends it, or the run that recovers.
 */
export const makeAlertSilence = Effect.gen(function* () {
  const [silences, log] = [yield* AlertSilences, yield* RunLog]
  const jobs = yield* Queue.bounded<Effect.Effect<void> | "none">(4)
  let reason: string | undefined
  let runId = ""
  let endMs = 0

  const place = (id: string, lastsMs: number) =>
    Effect.gen(function* () {
      endMs = (yield* Clock.currentTimeMillis) + lastsMs
      reason = silenceReason(id)
      runId = id
      const silence = drillSilence({ ...silences.own, id, endMs })
      const placed = yield* silences.place(silence)
      yield* log.write(
        "INFO",
        `Alerts that a drill causes are silent until its end, at most until ${clockOf(endMs)} (silence ${placed})`
      )
    }).pipe(
      Effect.catch(({ code, message }: AlertSilenceError) => {
        // Without an answer it is not known whether it holds: the end of the run looks for it.
        if (code !== "NO_ANSWER") reason = undefined
        if (code === "NOT_CONFIGURED") return Effect.void
        return log.write("WARN", `${message}: the alerts that this drill causes will fire; check ALERTMANAGER_URL`)
      })
    )
  /** A short silence takes the place of the long one: what the drill has caused may still be on its way. */
  const shorten = Effect.gen(function* () {
    const ids = yield* silences.find(reason ?? "")
    if (ids.length === 0) return
    const shortMs = (yield* Clock.currentTimeMillis) + settleMs
    yield* Effect.ignore(silences.place(drillSilence({ ...silences.own, id: runId, endMs: shortMs })))
    yield* Effect.forEach(ids, (id) => silences.remove(id), { discard: true })
    yield* log.write("INFO", `The silence of the drill ends at ${clockOf(shortMs)}`)
  })
  const remove = Effect.suspend(() =>
    reason === undefined
      ? Effect.void
      : shorten.pipe(
          Effect.retry(tries),
          Effect.catch(({ message }) =>
            log.write("WARN", `${message}: a silence of this drill may hold until ${clockOf(endMs)}`)
          )
        )
  )
  const work = Effect.gen(function* () {
    while (true) {
      const next = yield* Queue.take(jobs)
      if (next === "none") return
      yield* next
    }
  })
  return {
    /** `id`: name of the run in its journal. */
    begin: (id: string, lastsMs: number) => Queue.offer(jobs, place(id, lastsMs)),
    /** The run is over. */
    close: Effect.andThen(Queue.offer(jobs, remove), Queue.offer(jobs, "none")),
    /** Goes on beside the run until the silence is removed or given up. */
    run: work
  }
})

/** Removes what a killed run has left. */
export const endSilenceOf = Effect.fnUntraced(function* (id: string) {
  const [silences, log] = [yield* AlertSilences, yield* RunLog]
  yield* removeAll(silences, silenceReason(id)).pipe(
    Effect.flatMap((count) => (count === 0 ? Effect.void : log.write("INFO", "Its silence of alerts is removed"))),
    Effect.catch(({ code, message }) =>
      code === "NOT_CONFIGURED"
        ? Effect.void
        : log.write("WARN", `${message}: a silence of alerts that it may have left ends by itself`)
    )
  )
})

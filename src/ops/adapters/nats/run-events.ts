import { jetstream } from "@nats-io/jetstream"
import { Effect, Layer, Schema } from "effect"
import { errorText } from "../../../kernel/error-text.ts"
import { shanghaiIso } from "../../../kernel/time/shanghai-time.ts"
import { operatorName } from "../../../platform/process/operator-name.ts"
import { pushQueue } from "../../../platform/process/push-queue.ts"
import { RunbookEvent, runbookEventSubject } from "../../../protocol/market/event.ts"
import type { LiveSettings } from "../../domain/live-settings.ts"
import { type EndedRun, endsItsReaders, RunEvents } from "../../ports/run-events.ts"
import { RunLog, type RunLogLevel } from "../../ports/run-log.ts"
import { openControl } from "./daemon-connection.ts"

/** A run must not wait for its event. */
const publishMs = 3000
/** Runs of an outage that are kept; the oldest are given up first. */
const queuedMost = 100

const eventOf = (instance: string, { atMs, exitCode, request, result, seconds }: EndedRun): RunbookEvent => {
  const { failbackMs, failoverMs, gapMs } = result.facts
  return {
    version: 1,
    instance,
    run: `runbook-${process.pid}-${atMs}`,
    seq: 1,
    at: shanghaiIso(atMs),
    at_ms: atMs,
    kind: "runbook",
    command: request.command,
    window: request.window,
    profile: request.profile,
    config: request.config,
    by: operatorName(),
    end: result.end,
    exit_code: exitCode,
    stage: result.stage,
    why: result.why,
    changed: result.changed,
    seconds,
    gap_ms: gapMs ?? null,
    failover_ms: failoverMs ?? null,
    failback_ms: failbackMs ?? null
  }
}

/**
 * One event for each run in stream MD_EVENTS. Its id is the same for each attempt, so that the stream stores it once.
 * Without NATS it waits in the run folder.
 */
export const runEvents = (settings: LiveSettings): Layer.Layer<RunEvents, never, RunLog> =>
  Layer.effect(
    RunEvents,
    Effect.gen(function* () {
      const log = yield* RunLog
      const queue = pushQueue(settings.runDir, "events", Schema.Array(RunbookEvent))
      const send = (events: ReadonlyArray<RunbookEvent>) =>
        Effect.gen(function* () {
          const js = jetstream(yield* openControl(settings))
          for (const event of events) {
            yield* Effect.tryPromise({
              try: () =>
                js.publish(runbookEventSubject, JSON.stringify(event), { msgID: event.run, timeout: publishMs }),
              catch: (cause) => ({ message: errorText(cause) })
            })
          }
        }).pipe(
          Effect.scoped,
          Effect.timeoutOrElse({
            duration: publishMs,
            orElse: () => Effect.fail({ message: `no answer within ${publishMs / 1000} s` })
          })
        )
      const keep = (events: ReadonlyArray<RunbookEvent>, why: string, isStopped: boolean) =>
        Effect.gen(function* () {
          let level: RunLogLevel = isStopped && settings.managed.nats ? "INFO" : "ERROR"
          const newest = events.slice(-queuedMost)
          const kept = yield* Effect.try({ try: () => queue.write(newest), catch: errorText }).pipe(
            Effect.match({
              onSuccess: () => `it waits in ${settings.runDir}, and the next run stores it`,
              onFailure: (fault) => {
                level = "ERROR"
                return `it is lost, because ${settings.runDir} cannot be written (${fault})`
              }
            })
          )
          yield* log.write(level, `The event of this run is not stored (${why}): ${kept}`)
        })
      return {
        publish: (run) =>
          Effect.suspend(() => {
            const events = [...(queue.read() ?? []), eventOf(settings.instance, run)]
            const forget = Effect.ignore(Effect.try({ try: () => queue.write(undefined), catch: errorText }))
            return send(events).pipe(
              Effect.andThen(forget),
              Effect.catch(({ message }) => keep(events, message, endsItsReaders(run)))
            )
          })
      }
    })
  )

import { Deferred, Effect, Queue } from "effect"
import type { LiveRequest } from "../../domain/live-flags.ts"
import { Operators } from "../../ports/operators.ts"
import { RunLog } from "../../ports/run-log.ts"

/** What is still on its way at the end of a run is given up after this time, milliseconds. */
const lastWaitMs = 10_000

const tag = "runbook_escalation"

/** A look at what runs calls no operator, and a checkpoint has its own news. */
const isSilent = ({ command }: LiveRequest) => command === "status" || command === "checkpoint"

/** Calls operators beside the plan, which never waits for them. What was not delivered is logged. */
export const makeEscalations = Effect.fnUntraced(function* (request: LiveRequest) {
  const [operators, log] = [yield* Operators, yield* RunLog]
  // A run escalates its failure, and at most one rollback that failed.
  const calls = yield* Queue.bounded<Effect.Effect<void> | "none">(8)
  const closed = yield* Deferred.make<void>()
  const call = (why: string, code: number) =>
    operators
      .notify({ tag, code, message: why, request })
      .pipe(
        Effect.flatMap((faults) =>
          faults.length === 0
            ? log.write("INFO", `Operators were notified (${tag}, exit code ${code})`)
            : Effect.forEach(faults, (fault) => log.write("ERROR", fault), { discard: true })
        )
      )
  const deliver = Effect.gen(function* () {
    while (true) {
      const next = yield* Queue.take(calls)
      if (next === "none") return
      yield* next
    }
  })
  const giveUp = Deferred.await(closed).pipe(
    Effect.andThen(Effect.sleep(lastWaitMs)),
    Effect.andThen(log.write("ERROR", `No operator has confirmed within ${lastWaitMs / 1000} s`))
  )
  return {
    begin: (why: string, code: number) =>
      Effect.gen(function* () {
        yield* log.write("ERROR", `Escalation: ${why}`, code)
        if (!isSilent(request)) yield* Queue.offer(calls, call(why, code))
      }),
    /** No more calls follow. */
    close: Effect.andThen(Queue.offer(calls, "none"), Deferred.succeed(closed, undefined)),
    /** Goes on beside the run until all calls are delivered or given up. */
    run: Effect.raceFirst(deliver, giveUp)
  }
})

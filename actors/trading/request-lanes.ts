import { Effect, Queue } from "effect"

/** The machine waits for an answer before its next request, so that one waits at most. */
const actsMax = 4

/**
 * Requests of one order, beside its machine. Acts (submit, cancel, replace) run one after the other to their end. A
 * new lookup takes the place of the one before it: its answer is wanted no more. `run` never ends.
 */
export const makeRequestLanes = Effect.gen(function* () {
  const acts = yield* Queue.bounded<Effect.Effect<void>>(actsMax)
  const lookups = yield* Queue.sliding<Effect.Effect<void>>(1)
  const runActs = Effect.forever(Effect.flatten(Queue.take(acts)))
  const runLookups = Effect.gen(function* () {
    let next = yield* Queue.take(lookups)
    while (true) {
      const newer = yield* Effect.raceFirst(Effect.as(next, undefined), Queue.take(lookups))
      next = newer ?? (yield* Queue.take(lookups))
    }
  })
  return {
    act: (request: Effect.Effect<void>) => Effect.asVoid(Queue.offer(acts, request)),
    lookUp: (request: Effect.Effect<void>) => Effect.asVoid(Queue.offer(lookups, request)),
    run: Effect.raceFirst(runActs, runLookups) as Effect.Effect<never>
  }
})

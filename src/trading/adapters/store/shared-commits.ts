import { type Cause, Deferred, Effect, Exit, type Semaphore } from "effect"

/** Requests of one transaction. More would let the last one wait for long. */
const sharedMax = 64

/** A write of any kind that may share a transaction. */
export interface SharedWrite {
  readonly write: Effect.Effect<unknown, unknown>
  /** Called with its value after the commit. */
  readonly remember: (value: unknown) => void
  readonly isIntent: boolean
}

interface Waiting<I, A, E> {
  readonly input: I
  readonly answer: Deferred.Deferred<A, E>
}

/**
 * Requests that wait at the same time share a transaction, so that the disk's wait is shared too. One alone is carried
 * out at once. When the shared one fails, each is carried out alone: a request that breaks a rule fails by itself.
 * Not interrupted once it is carried out.
 * @param oneByOne the lock of the writer
 * @param together carries out several in one transaction: all of them, or none
 * @param mayRepeat whether one is carried out alone after the shared transaction has failed; otherwise it fails with it
 */
export const makeSharedCommits = <I, A, E>(
  oneByOne: Semaphore.Semaphore,
  together: (inputs: ReadonlyArray<I>) => Effect.Effect<ReadonlyArray<A>, E>,
  mayRepeat: (input: I, cause: Cause.Cause<E>) => boolean = () => true
) => {
  const waiting: Array<Waiting<I, A, E>> = []

  const answer = ({ answer: to }: Waiting<I, A, E>, exit: Exit.Exit<A, E>) => Deferred.doneUnsafe(to, exit)
  const alone = (one: Waiting<I, A, E>) =>
    Effect.map(
      Effect.exit(Effect.map(together([one.input]), ([value]) => value as A)),
      (exit) => void answer(one, exit)
    )
  const carryOut = Effect.fnUntraced(function* (batch: ReadonlyArray<Waiting<I, A, E>>) {
    const [first] = batch
    if (batch.length === 1 && first !== undefined) return yield* alone(first)
    const exit = yield* Effect.exit(together(batch.map(({ input }) => input)))
    if (exit._tag === "Failure") {
      for (const one of batch) {
        if (mayRepeat(one.input, exit.cause)) yield* alone(one)
        else answer(one, Exit.failCause(exit.cause))
      }
      return
    }
    for (const [at, one] of batch.entries()) Deferred.doneUnsafe(one.answer, Effect.succeed(exit.value[at] as A))
  })

  return (input: I): Effect.Effect<A, E> =>
    Effect.suspend(() => {
      const one: Waiting<I, A, E> = { input, answer: Deferred.makeUnsafe() }
      waiting.push(one)
      const leave = Effect.sync(() => {
        const at = waiting.indexOf(one)
        if (at >= 0) waiting.splice(at, 1)
      })
      // The one that has waited longest leads; another leader may have taken this one along.
      const lead = Effect.suspend(() =>
        waiting.includes(one)
          ? // A store in this process never waits: the others must get a turn to ask at all.
            Effect.andThen(
              Effect.yieldNow,
              Effect.uninterruptible(Effect.suspend(() => carryOut(waiting.splice(0, sharedMax))))
            )
          : Effect.void
      )
      return Effect.andThen(
        Effect.onInterrupt(oneByOne.withPermit(lead), () => leave),
        Deferred.await(one.answer)
      )
    })
}

import { Clock, Effect, Layer, Semaphore } from "effect"
import { errorText } from "../../../kernel/error-text.ts"
import { instantOfMs } from "../../../kernel/time/utc-instant.ts"
import { defaultLimits, type Limits } from "../../domain/risk/limits.ts"
import { OrderStore, OrderStoreError } from "../../ports/order-store.ts"
import { LimitBook, type LimitChange } from "../../ports/trade-conditions.ts"
import { limitsJson, limitsOf } from "./limits-text.ts"

const journal = "limits"

/** One row of the journal: what was done, and everything that holds after it. The newest row is the state. */
interface Entry {
  readonly act: "change" | "stop" | "release"
  readonly by: string
  readonly reason: string
  readonly atMs: number
  /** Only for `stop` and `release`. */
  readonly strategyId: string | undefined
  readonly limits: Limits
  readonly stopped: ReadonlySet<string>
}

const textOf = (entry: Entry): string =>
  JSON.stringify({ ...entry, limits: limitsJson(entry.limits), stopped: [...entry.stopped].sort() })

const entryOf = (text: string): Effect.Effect<Entry, OrderStoreError> =>
  Effect.try({
    try: () => {
      const json = JSON.parse(text)
      if (!Array.isArray(json.stopped)) throw new Error("the list of stopped strategies is missing")
      return { ...json, limits: limitsOf(json.limits), stopped: new Set<string>(json.stopped) }
    },
    catch: (error) =>
      new OrderStoreError({
        reason: "damaged",
        message: `The newest row of the journal "limits" cannot be read (${errorText(error)}): restore the book from a backup (docs/operations/backup.md).`
      })
  })

const make = Effect.fnUntraced(function* (initial: Limits) {
  const store = yield* OrderStore
  const oneByOne = Semaphore.makeUnsafe(1)
  const [newest] = yield* store.journal(journal, 1)
  const first = newest === undefined ? undefined : yield* entryOf(newest.body)
  let limits = first?.limits ?? initial
  let stopped = first?.stopped ?? new Set<string>()

  const append = Effect.fnUntraced(function* (entry: Omit<Entry, "atMs">) {
    const atMs = yield* Clock.currentTimeMillis
    yield* store.appendJournal(journal, instantOfMs(atMs), textOf({ ...entry, atMs }))
    ;({ limits, stopped } = entry)
    return atMs
  })
  const alone = oneByOne.withPermits(1)

  return LimitBook.of({
    current: () => limits,
    stopped: () => stopped,
    change: (by, reason, change) =>
      alone(
        Effect.gen(function* () {
          const next: Limits = { ...change(limits), version: limits.version + 1 }
          const atMs = yield* append({ act: "change", by, reason, strategyId: undefined, limits: next, stopped })
          return { version: next.version, by, reason, atMs, limits: next } satisfies LimitChange
        })
      ),
    stop: (strategyId, reason) =>
      alone(
        Effect.suspend(() =>
          stopped.has(strategyId)
            ? Effect.void
            : Effect.asVoid(
                append({
                  act: "stop",
                  by: "throttle",
                  reason,
                  strategyId,
                  limits,
                  stopped: new Set([...stopped, strategyId])
                })
              )
        )
      ),
    release: (strategyId, by, reason) =>
      alone(
        Effect.suspend(() => {
          if (!stopped.has(strategyId)) return Effect.succeed(false)
          const left = new Set([...stopped].filter((one) => one !== strategyId))
          return Effect.as(append({ act: "release", by, reason, strategyId, limits, stopped: left }), true)
        })
      )
  })
})

/**
 * The limits over the journal of the store: each change is one row, stored before it holds.
 * @param initial hold until the first change; omit for the defaults
 */
export const layer = (initial: Limits = defaultLimits) => Layer.effect(LimitBook, make(initial))

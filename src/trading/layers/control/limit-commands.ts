import { Effect, Semaphore } from "effect"
import type { HandlersOf } from "../../../platform/control/command-table.ts"
import { controlError, refuse } from "../../../protocol/control/control.ts"
import type { TradingCommands } from "../../../protocol/trading/commands.ts"
import type { Limits } from "../../domain/risk/limits.ts"
import { OrderStore } from "../../ports/order-store.ts"
import { LimitBook } from "../../ports/trade-conditions.ts"
import { TradeSettings } from "../lowest.ts"
import {
  changedNames,
  fatFingerMessage,
  historyEntry,
  limitRow,
  limitsMessage,
  namesOfChange,
  overridesMessage,
  withChange,
  withThresholds
} from "./limit-message.ts"
import { makePerformed, ownName, storeFailed, utcText } from "./words.ts"

const journal = "limits"
const historyDefault = 100
/** Rows that are read to find the last change behind stops and releases of strategies. */
const rowsMax = 1000

type Handlers = Pick<
  HandlersOf<TradingCommands>,
  | "fat-finger-thresholds"
  | "fat-finger-change"
  | "limits"
  | "limits-history"
  | "limits-change"
  | "strategies-stopped"
  | "strategy-release"
>

/** The limits of the gate over the wire. */
export const makeLimitCommands = Effect.fnUntraced(function* (instance: string) {
  const [book, store] = [yield* LimitBook, yield* OrderStore]
  const { limits: first } = yield* TradeSettings
  const performed = makePerformed(instance)
  // Between the look at the version and the change no other change may come.
  const oneByOne = Semaphore.makeUnsafe(1)

  const rows = (count: number) =>
    Effect.map(Effect.mapError(store.journal(journal, count), storeFailed), (found) =>
      found.flatMap(({ body }) => limitRow(body) ?? [])
    )
  const lastChange = Effect.map(rows(rowsMax), (found) => found.find(({ act }) => act === "change"))

  const sameVersion = (wanted: number | undefined) => {
    const { version } = book.current()
    return wanted === undefined || wanted === version
      ? Effect.void
      : refuse("LIMITS_CHANGED", `The limits have version ${version}, not ${wanted}: read them again.`)
  }
  const change = (by: string, reason: string, version: number | undefined, next: (now: Limits) => Limits) =>
    oneByOne.withPermits(1)(
      Effect.gen(function* () {
        yield* sameVersion(version)
        const before = book.current()
        const done = yield* Effect.mapError(book.change(by, reason, next), storeFailed)
        return { ...done, changed: changedNames(before, done.limits) }
      })
    )
  const sentence = (version: number, changed: ReadonlyArray<string>): string =>
    `limits version ${version}: ${changed.length === 0 ? "no value differs" : changed.join(", ")}`

  return {
    "fat-finger-thresholds": () =>
      Effect.map(lastChange, (last) => ({ ...fatFingerMessage(book.current(), last?.at ?? null), instance })),
    "fat-finger-change": Effect.fnUntraced(function* (request, id) {
      const by = yield* ownName(request)
      const { default_thresholds: defaults = {}, reason, symbol_overrides: overrides = {}, version } = request
      if (Object.keys(defaults).length + Object.keys(overrides).length === 0) {
        return yield* refuse("NOTHING_TO_CHANGE", "Name default_thresholds or symbol_overrides.")
      }
      yield* sameVersion(version)
      return Effect.gen(function* () {
        const { atMs, changed, limits } = yield* change(by, reason, version, (now) => withThresholds(now, request))
        const done = sentence(limits.version, changed)
        const fields = yield* performed(id, done)
        return { reply: { ...fields, ...fatFingerMessage(limits, utcText(atMs)) }, done }
      })
    }),
    limits: () =>
      Effect.map(lastChange, (last) => {
        const now = book.current()
        return {
          limits_version: now.version,
          changed_by: last?.by ?? null,
          changed_at: last?.at ?? null,
          change_reason: last?.reason ?? null,
          limits: limitsMessage(now),
          symbol_overrides: overridesMessage(now),
          stopped_strategies: [...book.stopped()].sort(),
          instance
        }
      }),
    "limits-history": ({ limit = historyDefault }) =>
      // One more, to see what the oldest one changed.
      Effect.map(rows(limit + 1), (found) => ({
        entries: found.slice(0, limit).map((row, at) => historyEntry(row, found[at + 1]?.limits ?? first)),
        instance
      })),
    "limits-change": Effect.fnUntraced(function* (request, id) {
      const by = yield* ownName(request)
      if (namesOfChange(request).length === 0) {
        return yield* refuse("NOTHING_TO_CHANGE", "Name at least one limit; 'limits' shows them.")
      }
      yield* sameVersion(request.version)
      return Effect.gen(function* () {
        const { changed, limits } = yield* change(by, request.reason, request.version, (now) =>
          withChange(now, request)
        )
        const done = sentence(limits.version, changed)
        const fields = yield* performed(id, done)
        return { reply: { ...fields, limits_version: limits.version, limits: limitsMessage(limits), changed }, done }
      })
    }),
    "strategies-stopped": () => Effect.sync(() => ({ strategies: [...book.stopped()].sort(), instance })),
    "strategy-release": Effect.fnUntraced(function* (request, id) {
      const { reason, strategy_id: strategy } = request
      const by = yield* ownName(request)
      const notStopped = controlError("STRATEGY_NOT_STOPPED", `The strategy ${strategy} is not stopped.`)
      if (!book.stopped().has(strategy)) return yield* Effect.fail(notStopped)
      return Effect.gen(function* () {
        const released = yield* Effect.mapError(book.release(strategy, by, reason), storeFailed)
        if (!released) return yield* Effect.fail(notStopped)
        const done = `the strategy ${strategy} may send entries again`
        return { reply: yield* performed(id, done), done }
      })
    })
  } satisfies Handlers
})

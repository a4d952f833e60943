import { Clock, Context, Effect, Layer } from "effect"
import type { Order } from "../../domain/order/order.ts"
import type { Side } from "../../domain/order/order-words.ts"
import { firstAfter, type RecentExecution, type RecentOrder } from "../../domain/risk/gate-view.ts"
import type { Limits } from "../../domain/risk/limits.ts"
import { OrderStore } from "../../ports/order-store.ts"

/** Kept at most (and 256 more), of each kind: far above any limit that is meant; the oldest go first. */
const keptMax = 10_000

/** The oldest stays first, also when the clock was set back. */
const insert = <A extends { readonly atMs: number }>(list: Array<A>, one: A): void => {
  const last = list.at(-1)
  if (last === undefined || last.atMs <= one.atMs) list.push(one)
  else list.splice(firstAfter(list, one.atMs), 0, one)
}

/** Dropped many at a time, so that an order is not judged at the cost of copying what is kept. */
const droppedAtOnce = 256
const kept = <A extends { readonly atMs: number }>(list: Array<A>, sinceMs: number): Array<A> => {
  const from = Math.max(firstAfter(list, sinceMs), list.length - keptMax)
  return from >= droppedAtOnce || (from > 0 && from === list.length) ? list.slice(from) : list
}

const makeRecentOrders = () => {
  let orders: Array<RecentOrder> = []
  let executions: Array<RecentExecution> = []
  return {
    noteOrder: (atMs: number, payloadHash: string): void => insert(orders, { atMs, payloadHash }),
    noteExecution: (atMs: number, strategyId: string, symbol: string, side: Side): void =>
      insert(executions, { atMs, strategyId, symbol, side }),
    /** What the limits still look at; the rest is forgotten. */
    recent: (nowMs: number, limits: Limits) => {
      const ordersSince = nowMs - Math.max(60_000, limits.duplicateWindowMs)
      const executionsSince = nowMs - limits.repeatedWindowMs
      orders = kept(orders, ordersSince)
      executions = kept(executions, executionsSince)
      return { orders, executions }
    }
  }
}

/**
 * Orders and executions of the last minutes, for the checks of duplicates, rates and repeated executions. Bounded by
 * time and number.
 */
export class RecentOrders extends Context.Service<RecentOrders, ReturnType<typeof makeRecentOrders>>()(
  "tickd/trading/RecentOrders"
) {}

const msOf = (instant: bigint): number => Number(instant / 1_000_000n)

/** Read at the start from the newest orders of the book: a restart must not reset a rate. */
const readMax = 500

/** Executions of an order that it did not have before. */
export const newExecutions = (before: Order | undefined, after: Order) =>
  [...after.executions.values()].filter(({ executionId }) => before?.executions.has(executionId) !== true)

export const layer = Layer.effect(
  RecentOrders,
  Effect.gen(function* () {
    const store = yield* OrderStore
    const recent = makeRecentOrders()
    const nowMs = yield* Clock.currentTimeMillis
    // Older than any window that is meant: not kept.
    const sinceMs = nowMs - 3_600_000
    for (const order of (yield* store.latestOrders(readMax)).toReversed()) {
      const { strategyId, symbol, side } = order.request
      const createdAtMs = msOf(order.createdAt)
      if (createdAtMs > sinceMs && strategyId !== "external") recent.noteOrder(createdAtMs, order.payloadHash)
      for (const { at } of newExecutions(undefined, order)) {
        if (msOf(at) > sinceMs) recent.noteExecution(msOf(at), strategyId, symbol, side)
      }
    }
    return RecentOrders.of(recent)
  })
)

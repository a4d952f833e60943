import type { Side } from "../../domain/order/order-words.ts"
import type { RecentExecution, RecentOrder } from "../../domain/risk/gate-view.ts"
import type { Limits } from "../../domain/risk/limits.ts"

/** Kept at most, of each kind: far above any limit that is meant; the oldest go first. */
const keptMax = 10_000

/**
 * Orders and executions of the last minutes, for the checks of duplicates, rates and repeated executions. Bounded by
 * time and number.
 */
export const makeRecentOrders = () => {
  let orders: Array<RecentOrder> = []
  let executions: Array<RecentExecution> = []
  return {
    noteOrder: (atMs: number, payloadHash: string): void => void orders.push({ atMs, payloadHash }),
    noteExecution: (atMs: number, strategyId: string, symbol: string, side: Side): void =>
      void executions.push({ atMs, strategyId, symbol, side }),
    /** What the limits still look at; the rest is forgotten. */
    recent: (nowMs: number, limits: Limits) => {
      const ordersSince = nowMs - Math.max(60_000, limits.duplicateWindowMs)
      const executionsSince = nowMs - limits.repeatedWindowMs
      orders = orders.filter(({ atMs }) => atMs > ordersSince).slice(-keptMax)
      executions = executions.filter(({ atMs }) => atMs > executionsSince).slice(-keptMax)
      return { orders, executions }
    }
  }
}

import { BigDecimal } from "effect"
import { decimalText } from "../../../../kernel/decimal.ts"
import { type Check, pass, refuse, refuseEntry } from "../finding.ts"

const minuteMs = 60_000

const duplicate: Check = {
  code: "DUPLICATE",
  judge: ({ recentOrders, nowMs, limits }, { payloadHash }, { kind }) => {
    const since = nowMs - limits.duplicateWindowMs
    return recentOrders.some((order) => order.atMs > since && order.payloadHash === payloadHash)
      ? refuseEntry(
          kind,
          `the same order came within ${limits.duplicateWindowMs} ms: a deliberate repeat needs a nonce`
        )
      : pass
  }
}

const orderRate: Check = {
  code: "ORDER_RATE",
  judge: ({ recentOrders, nowMs, limits }, _, { kind }) => {
    const since = nowMs - minuteMs
    let count = 0
    for (const { atMs } of recentOrders) if (atMs > since) count++
    return count >= limits.ordersPerMinute
      ? refuseEntry(kind, `${count} orders in the last minute, limit ${limits.ordersPerMinute}`)
      : pass
  }
}

/** RTS 6, article 15: a strategy that keeps executing the same thing is stopped until a person releases it. */
const repeatedExecution: Check = {
  code: "REPEATED_EXECUTION",
  judge: ({ recentExecutions, nowMs, limits }, { request: { strategyId, symbol, side } }, { kind }) => {
    const since = nowMs - limits.repeatedWindowMs
    let count = 0
    for (const one of recentExecutions) {
      if (one.atMs > since && one.symbol === symbol && one.side === side && one.strategyId === strategyId) count++
    }
    return count >= limits.repeatedExecutions
      ? refuseEntry(
          kind,
          `${count} executions of ${strategyId} in ${symbol} within ${limits.repeatedWindowMs / 1000} s`
        )
      : pass
  }
}

/**
 * Alpaca refuses an order that could trade with one of ours: market or stop against anything on the other side, limit
 * against limit when the buy is not below the sell. Exits too: cancel the other order first, and wait for its end.
 */
const washTrade: Check = {
  code: "WASH_TRADE",
  judge: ({ reservations, workingPrices }, { request }) => {
    for (const order of reservations) {
      if (order.symbol !== request.symbol || order.side === request.side) continue
      const other = workingPrices.get(order.clientOrderId)
      const own = request.type === "limit" || request.type === "stop_limit" ? request.limitPrice : undefined
      const [buy, sell] = request.side === "buy" ? [own, other] : [other, own]
      if (buy === undefined || sell === undefined || BigDecimal.isGreaterThanOrEqualTo(buy, sell)) {
        const at = other === undefined ? "at the market" : `at ${decimalText(other)}`
        return refuse(
          `it could trade with our own ${order.side} order ${order.clientOrderId} ${at}: cancel that one first`
        )
      }
    }
    return pass
  }
}

export const flowChecks: ReadonlyArray<Check> = [duplicate, orderRate, repeatedExecution, washTrade]

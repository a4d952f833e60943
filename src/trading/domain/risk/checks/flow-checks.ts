import { BigDecimal } from "effect"
import { decimalText } from "../../../../kernel/decimal.ts"
import { type Check, pass, refuse, refuseEntry } from "../finding.ts"
import { firstAfter } from "../gate-view.ts"
import { sumsOf } from "../reservation-sums.ts"

const minuteMs = 60_000

const duplicate: Check = {
  code: "DUPLICATE",
  judge: ({ recentOrders, nowMs, limits }, { payloadHash }, { kind }) => {
    for (let at = firstAfter(recentOrders, nowMs - limits.duplicateWindowMs); at < recentOrders.length; at++) {
      if (recentOrders[at]?.payloadHash !== payloadHash) continue
      return refuseEntry(
        kind,
        `the same order came within ${limits.duplicateWindowMs} ms: a deliberate repeat needs a nonce`
      )
    }
    return pass
  }
}

const orderRate: Check = {
  code: "ORDER_RATE",
  judge: ({ recentOrders, nowMs, limits }, _, { kind }) => {
    const count = recentOrders.length - firstAfter(recentOrders, nowMs - minuteMs)
    return count >= limits.ordersPerMinute
      ? refuseEntry(kind, `${count} orders in the last minute, limit ${limits.ordersPerMinute}`)
      : pass
  }
}

/** RTS 6, article 15: a strategy that keeps executing the same thing is stopped until a person releases it. */
const repeatedExecution: Check = {
  code: "REPEATED_EXECUTION",
  judge: ({ recentExecutions, nowMs, limits }, { request: { strategyId, symbol, side } }, { kind }) => {
    let count = 0
    for (let at = firstAfter(recentExecutions, nowMs - limits.repeatedWindowMs); at < recentExecutions.length; at++) {
      const one = recentExecutions[at]
      if (one?.symbol === symbol && one.side === side && one.strategyId === strategyId) count++
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
    const working = sumsOf(reservations).get(request.symbol)
    if (working === undefined || working[request.side === "buy" ? "sell" : "buy"].count === 0) return pass
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

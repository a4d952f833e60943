import { BigDecimal } from "effect"
import { decimalText } from "../../../../kernel/decimal.ts"
import { positionOf } from "../exposure.ts"
import { type Check, type Finding, magnitude, pass, refuse, refuseEntry, warn } from "../finding.ts"
import type { GateView } from "../gate-view.ts"
import type { ArmingView, BreakerView, KillSwitchView, OrderKind } from "../safety.ts"

/** Programs send orders only on a day that an operator has armed. An exit that an operator confirmed needs no arm. */
const ofArming = (view: ArmingView, isConfirmedExit: boolean): Omit<Finding, "code"> => {
  if (view.state !== "notArmed") return pass
  const text = `live trading is not armed for ${view.day}`
  return isConfirmedExit ? warn(text) : refuse(`${text}, so nothing was sent: arm the day with 'tickd arm'`)
}

const ofKillSwitch = (view: KillSwitchView, kind: OrderKind): Omit<Finding, "code"> => {
  if (view.state === "active") return pass
  if (view.state === "unknown") return refuse(`the state of the kill switch is not known (${view.cause})`)
  const text = `the kill switch is engaged for ${view.scope} by ${view.by}: ${view.reason}`
  return view.scope === "all" ? refuse(text) : refuseEntry(kind, text)
}

const ofBreakers = (breakers: ReadonlyArray<BreakerView>, kind: OrderKind): Omit<Finding, "code"> => {
  // No breaker at all is a missing input, not an open one.
  if (breakers.length === 0) return refuse("the state of the circuit breaker is not known")
  for (const view of breakers) {
    if (view.state === "unknown") return refuse(`the state of the circuit breaker is not known (${view.cause})`)
  }
  const closed =
    breakers.find(({ state }) => state === "tripped") ?? breakers.find(({ state }) => state === "quietPeriod")
  if (closed?.state === "tripped")
    return refuseEntry(kind, `the circuit breaker tripped: ${closed.reason} ${closed.details}`)
  if (closed?.state === "quietPeriod")
    return refuseEntry(kind, `quiet period after a reset: ${closed.secondsLeft} s left`)
  return pass
}

const arming: Check = {
  code: "NOT_ARMED",
  judge: ({ arming: view }, { confirmed = false }, { kind }) => ofArming(view, confirmed && kind === "exit")
}

const killSwitch: Check = {
  code: "KILL_SWITCH",
  judge: ({ killSwitch: view }, _, { kind }) => ofKillSwitch(view, kind)
}

const breaker: Check = {
  code: "BREAKER",
  judge: ({ breakers }, _, { kind }) => ofBreakers(breakers, kind)
}

/**
 * Why the safety states let no order of a kind leave; empty: they do. For an order that waited after it was judged:
 * they may have changed since. An exit that was let through leaves without the arm: it closes what is open.
 */
export const closedFor = (
  { arming: mode, breakers, killSwitch: view }: Pick<GateView, "arming" | "killSwitch" | "breakers">,
  kind: OrderKind
): string =>
  [ofArming(mode, kind === "exit"), ofKillSwitch(view, kind), ofBreakers(breakers, kind)]
    .flatMap(({ message, outcome }) => (outcome === "refuse" ? [message] : []))
    .join("; ")

const reconciliation: Check = {
  code: "RECONCILIATION",
  judge: ({ reconciliation: state }, _, { kind }) => {
    if (state === "open") return pass
    if (state === "closed") return refuse("positions are not known before the first reconciliation has ended")
    return refuseEntry(kind, "the book is being compared with the venue: only exits pass")
  }
}

const streamDown: Check = {
  code: "STREAM_DOWN",
  judge: ({ listening }, _, { kind }) =>
    listening ? pass : refuseEntry(kind, "the venue's updates are not being received: an order could not be followed")
}

/** Exits are sent: the venue decides, and some restrictions let a position be closed. */
const accountBlocked: Check = {
  code: "ACCOUNT_BLOCKED",
  judge: ({ accountBlocks }, _, { kind }) => {
    if (accountBlocks === undefined) return refuseEntry(kind, "whether the venue blocks the account is not known")
    return accountBlocks.length === 0
      ? pass
      : refuseEntry(kind, `the venue blocks the account: ${accountBlocks.join(", ")}`)
  }
}

const quarantined: Check = {
  code: "SYMBOL_QUARANTINED",
  judge: ({ quarantine }, { request: { symbol } }, { kind }) => {
    const reason = quarantine.get(symbol)
    return reason === undefined ? pass : refuseEntry(kind, `${symbol} takes no entries: ${reason}`)
  }
}

const strategyStopped: Check = {
  code: "STRATEGY_STOPPED",
  judge: ({ stoppedStrategies }, { request: { strategyId } }, { kind }) =>
    stoppedStrategies.has(strategyId)
      ? refuseEntry(kind, `strategy ${strategyId} was stopped by the throttle: release it after finding the cause`)
      : pass
}

const blacklisted: Check = {
  code: "BLACKLISTED",
  judge: ({ limits }, { request: { symbol } }, { kind }) =>
    limits.blacklist.has(symbol) ? refuseEntry(kind, `${symbol} is on the blacklist`) : pass
}

const reduceOnly: Check = {
  code: "REDUCE_ONLY",
  judge: (_, proposal, { kind }) =>
    proposal.reduceOnly && kind === "entry"
      ? refuse(`the order would not reduce the position of ${proposal.request.symbol} after its working exits`)
      : pass
}

/** Alpaca refuses an order that is larger than the opposite position. It is split: the exit first, then the entry. */
const flip: Check = {
  code: "FLIP",
  judge: (view, proposal, { kind }) => {
    const { symbol, side, quantity } = proposal.request
    const position = positionOf(view, symbol)
    const open = side === "sell" ? position : BigDecimal.negate(position)
    return BigDecimal.isPositive(open) && kind === "entry" && BigDecimal.isGreaterThan(quantity, open)
      ? refuse(
          `the order would flip ${symbol} of ${decimalText(magnitude(position))} shares: send the exit first, then the entry`
        )
      : pass
  }
}

/** Whether orders may leave at all, the widest reason first. */
export const stateChecks: ReadonlyArray<Check> = [
  arming,
  killSwitch,
  breaker,
  reconciliation,
  streamDown,
  accountBlocked,
  quarantined,
  strategyStopped,
  blacklisted,
  reduceOnly,
  flip
]

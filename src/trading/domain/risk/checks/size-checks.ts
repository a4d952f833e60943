import { BigDecimal } from "effect"
import { type Decimal, zero } from "../../../../kernel/decimal.ts"
import { priceOf, type WorstNotional, worstPosition } from "../exposure.ts"
import type { GateCode } from "../finding.ts"
import { type Check, magnitude, pass, refuse, shareWithin, within } from "../finding.ts"
import type { GateView, Proposal } from "../gate-view.ts"
import type { FatFinger, Limits } from "../limits.ts"

const fatFingerOf = ({ limits }: GateView, symbol: string, name: keyof FatFinger): Decimal =>
  limits.symbols.get(symbol)?.[name] ?? limits[name]

const valueOf = (view: GateView, proposal: Proposal): Decimal | undefined => {
  const price = priceOf(view, proposal)
  return price === undefined ? undefined : BigDecimal.multiply(proposal.request.quantity, price)
}

/** Exits are not larger than the position, so these limits and those below do not hold them back. */
const fatFingerQuantity: Check = {
  code: "FAT_FINGER_QUANTITY",
  judge: (view, { request: { symbol, quantity } }, { kind }) =>
    kind === "exit" ? pass : within("quantity", quantity, fatFingerOf(view, symbol, "fatFingerQuantity"))
}

const fatFingerNotional: Check = {
  code: "FAT_FINGER_NOTIONAL",
  judge: (view, proposal, { kind }) => {
    if (kind === "exit") return pass
    const value = valueOf(view, proposal)
    if (value === undefined) return refuse(`there is no price of ${proposal.request.symbol} to value the order at`)
    return within("order value in USD", value, fatFingerOf(view, proposal.request.symbol, "fatFingerNotional"))
  }
}

const fatFingerAdv: Check = {
  code: "FAT_FINGER_ADV",
  judge: (view, { request: { symbol, quantity } }, { kind }) => {
    if (kind === "exit") return pass
    const volume = view.averageDailyVolume.get(symbol)
    if (volume === undefined || !BigDecimal.isPositive(volume)) {
      return refuse(`the average daily volume of ${symbol} is not known`)
    }
    const limit = fatFingerOf(view, symbol, "fatFingerAdvShare")
    return shareWithin("share of the average daily volume", quantity, volume, limit)
  }
}

const positionQuantity: Check = {
  code: "POSITION_QUANTITY",
  judge: (view, proposal, { kind }) =>
    kind === "exit"
      ? pass
      : within("worst position in shares", magnitude(worstPosition(view, proposal)), view.limits.positionQuantity)
}

const positionShare: Check = {
  code: "POSITION_SHARE",
  judge: (view, proposal, { kind }) => {
    if (kind === "exit") return pass
    const price = priceOf(view, proposal)
    if (view.equity === undefined || !BigDecimal.isPositive(view.equity))
      return refuse("the account's equity is not known")
    if (price === undefined) return refuse(`there is no price of ${proposal.request.symbol} to value the position at`)
    const value = BigDecimal.multiply(magnitude(worstPosition(view, proposal)), price)
    return shareWithin("share of the equity", value, view.equity, view.limits.positionShare)
  }
}

type Notional = "grossNotional" | "netNotional" | "longNotional" | "shortNotional"

const notional = (
  code: GateCode,
  name: string,
  limit: Notional & keyof Limits,
  measure: (worst: WorstNotional) => Decimal
): Check => ({
  code,
  judge: (view, _, exposure) =>
    exposure.kind === "exit" ? pass : within(name, measure(exposure.worst), view.limits[limit])
})

const notionals: ReadonlyArray<Check> = [
  notional("GROSS_NOTIONAL", "gross exposure in USD", "grossNotional", ({ long, short }) =>
    BigDecimal.sum(long, short)
  ),
  // The net value is worst when only one side fills.
  notional("NET_NOTIONAL", "net exposure in USD", "netNotional", ({ long, short }) => BigDecimal.max(long, short)),
  notional("LONG_NOTIONAL", "long exposure in USD", "longNotional", ({ long }) => long),
  notional("SHORT_NOTIONAL", "short exposure in USD", "shortNotional", ({ short }) => short)
]

const buyingPower: Check = {
  code: "BUYING_POWER",
  judge: (view, proposal, { kind }) => {
    if (kind === "exit") return pass
    const value = valueOf(view, proposal)
    if (view.buyingPower === undefined) return refuse("the account's buying power is not known")
    if (value === undefined) return refuse(`there is no price of ${proposal.request.symbol} to value the order at`)
    return within("order value in USD against the buying power", value, BigDecimal.max(view.buyingPower, zero))
  }
}

export const sizeChecks: ReadonlyArray<Check> = [
  fatFingerQuantity,
  fatFingerNotional,
  fatFingerAdv,
  positionQuantity,
  positionShare,
  ...notionals,
  buyingPower
]

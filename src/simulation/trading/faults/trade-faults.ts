import type { Dice } from "../../faults/dice.ts"
import { hostFaults } from "./host-faults.ts"
import { operatorActs } from "./operator-acts.ts"
import type { TradeFaultKind } from "./trade-fault-kind.ts"
import { venueFaults } from "./venue-faults.ts"

/** Kinds that any seed may draw. docs/SIMULATION.md lists all under the same names. */
export const tradeFaultKinds: ReadonlyArray<TradeFaultKind> = [...venueFaults, ...hostFaults, ...operatorActs]

const open: ReadonlyArray<TradeFaultKind> = tradeFaultKinds.filter(({ trips }) => trips !== true)

/** `mayTrip` false: of the kinds that leave the gate open most of the time, so that orders meet them. */
export const drawTradeFault = (dice: Dice, mayTrip: boolean): TradeFaultKind => {
  const kinds = mayTrip ? tradeFaultKinds : open
  let at = dice.next() * kinds.reduce((sum, { weight }) => sum + weight, 0)
  for (const kind of kinds) {
    at -= kind.weight
    if (at < 0) return kind
  }
  return kinds[0] as TradeFaultKind
}

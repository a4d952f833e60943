import { brokerFaults } from "./broker-faults.ts"
import { daemonFaults } from "./daemon-faults.ts"
import type { Dice } from "./dice.ts"
import type { FaultKind } from "./fault-kind.ts"
import { frontFaults } from "./front-faults.ts"
import { hostFaults } from "./host-faults.ts"

/** Every kind of fault that a seed may draw. docs/SIMULATION.md lists them by the same names. */
export const faultKinds: ReadonlyArray<FaultKind> = [...frontFaults, ...hostFaults, ...brokerFaults, ...daemonFaults]

const weights = faultKinds.reduce((sum, { weight }) => sum + weight, 0)

export const drawFault = (dice: Dice): FaultKind => {
  let at = dice.next() * weights
  for (const kind of faultKinds) {
    at -= kind.weight
    if (at < 0) return kind
  }
  return faultKinds[0] as FaultKind
}

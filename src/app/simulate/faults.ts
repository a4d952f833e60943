import { brokerFaults } from "./broker-faults.ts"
import { daemonFaults } from "./daemon-faults.ts"
import type { Dice } from "./dice.ts"
import type { FaultKind } from "./fault-kind.ts"
import { frontFaults } from "./front-faults.ts"
import { hostFaults } from "./host-faults.ts"
import { pairFaults as pairFaultKinds } from "./pair-faults.ts"

export { pairFaults as pairFaultKinds } from "./pair-faults.ts"

/** Every kind of fault that any seed may draw. docs/SIMULATION.md lists them by the same names. */
export const faultKinds: ReadonlyArray<FaultKind> = [...frontFaults, ...hostFaults, ...brokerFaults, ...daemonFaults]

/** With those that a pair of feeds may draw beside them. */
const kindsOfPair: ReadonlyArray<FaultKind> = [...faultKinds, ...pairFaultKinds]

const sumOf = (kinds: ReadonlyArray<FaultKind>) => kinds.reduce((sum, { weight }) => sum + weight, 0)
const weights = sumOf(faultKinds)
const weightsOfPair = sumOf(kindsOfPair)

export const drawFault = (dice: Dice, isPair: boolean): FaultKind => {
  let at = dice.next() * (isPair ? weightsOfPair : weights)
  for (const kind of isPair ? kindsOfPair : faultKinds) {
    at -= kind.weight
    if (at < 0) return kind
  }
  return faultKinds[0] as FaultKind
}

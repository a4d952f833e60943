import { brokerFaults } from "./broker-faults.ts"
import { daemonFaults } from "./daemon-faults.ts"
import type { Dice } from "./dice.ts"
import type { FaultKind } from "./fault-kind.ts"
import { frontFaults } from "./front-faults.ts"
import { hostFaults } from "./host-faults.ts"
import { pairFaults as pairFaultKinds } from "./pair-faults.ts"
import { stagedFaults, stagedPairFaults } from "./staged-faults.ts"

/** Kinds that any seed may draw. docs/SIMULATION.md lists all under the same names. */
const faultKinds: ReadonlyArray<FaultKind> = [...frontFaults, ...hostFaults, ...brokerFaults, ...daemonFaults]

/** All kinds. */
export const allFaultKinds: ReadonlyArray<FaultKind> = [
  ...faultKinds,
  ...pairFaultKinds,
  ...stagedFaults,
  ...stagedPairFaults
]

/** The kinds of one draw: for single feeds, and for a pair, which has more. */
export interface Draw {
  readonly alone: ReadonlyArray<FaultKind>
  readonly pair: ReadonlyArray<FaultKind>
}

export const singleFaults: Draw = { alone: faultKinds, pair: [...faultKinds, ...pairFaultKinds] }
/** Drawn in addition to the others in some of the seeds. */
export const stagedDraw: Draw = { alone: stagedFaults, pair: [...stagedFaults, ...stagedPairFaults] }

export const drawFault = (draw: Draw, dice: Dice, isPair: boolean): FaultKind => {
  const kinds = isPair ? draw.pair : draw.alone
  let at = dice.next() * kinds.reduce((sum, { weight }) => sum + weight, 0)
  for (const kind of kinds) {
    at -= kind.weight
    if (at < 0) return kind
  }
  return kinds[0] as FaultKind
}

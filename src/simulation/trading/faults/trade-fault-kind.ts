import type { Dice } from "../../faults/dice.ts"
import type { Injected } from "../../faults/fault-kind.ts"
import type { BookWitness } from "../witnesses/book-witness.ts"
import type { Operators } from "../world/operators.ts"
import type { SimRelay } from "../world/sim-relay.ts"
import type { TradeWorld } from "../world/trade-world.ts"

/** What a fault acts on. */
export interface TradeScene {
  readonly world: TradeWorld
  readonly operators: Operators
  readonly book: BookWitness
  readonly relay: SimRelay
}

export interface TradeFaultKind {
  readonly name: string
  /** Weight in the draw. */
  readonly weight: number
  /** `acted`: it waits for an occasion, and the venue counts it then. Omit: it counts when it is drawn. */
  readonly counts?: "acted"
  /** It ends in a tripped account as a rule, and then entries are refused for the quiet period of five minutes. */
  readonly trips?: boolean
  /** Undefined: it was not possible now. */
  readonly inject: (scene: TradeScene, dice: Dice) => Injected | undefined
}

import type { FrontSession } from "../front/front-session.ts"
import type { FrontState } from "../front/front-state.ts"
import type { SymbolTable } from "../front/symbol-table.ts"

/** Fate of a row for the session of the replay. */
export const rowFate = { send: 1, notSubscribed: 2, stopped: 3 } as const

/** Fate of a row by its symbol number; computed once for each symbol until a subscription or a fault changes it. */
export class ReplayFilter {
  private readonly front: FrontState
  private readonly symbols: SymbolTable
  private fates: Array<number> = []
  private session: FrontSession | undefined
  private version = -1

  constructor(front: FrontState, symbols: SymbolTable) {
    this.front = front
    this.symbols = symbols
  }

  fate(session: FrontSession, symbol: number): number {
    if (session !== this.session || this.version !== this.front.version) {
      this.fates = []
      this.session = session
      this.version = this.front.version
    }
    const known = this.fates[symbol]
    if (known !== undefined) return known
    const id = this.symbols.ids[symbol] as string
    const fate = this.front.stoppedInstruments.has(id)
      ? rowFate.stopped
      : session.subscribed.has(id)
        ? rowFate.send
        : rowFate.notSubscribed
    this.fates[symbol] = fate
    return fate
  }
}

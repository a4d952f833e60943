import { Effect } from "effect"
import type { Contract } from "../kernel/instrument/contract.ts"
import { Exchange } from "../kernel/instrument/exchange.ts"
import { parseInstrumentCode } from "../kernel/instrument/instrument-code.ts"
import { unnamedProduct } from "../kernel/instrument/instrument-directory.ts"
import { openQuestion, resolveInstance } from "./ask/state-query.ts"
import { askCatalogue } from "./health/health-sources.ts"
import type { DaemonQuery } from "./state.ts"

const patienceMs = 5000

/** `rb2701.SHFE` as a contract of which only the name is known. */
const contractOf = (symbol: string): ReadonlyArray<Contract> => {
  const dot = symbol.lastIndexOf(".")
  const id = symbol.slice(0, dot)
  const exchange = Exchange.literals.find((name) => name === symbol.slice(dot + 1))
  if (dot < 1 || exchange === undefined) return []
  return [{ id, exchange, product: parseInstrumentCode(id)?.product ?? unnamedProduct }]
}

/** The catalogue that a running daemon goes by, without expired contracts. */
export const askLiveContracts = (query: DaemonQuery) =>
  Effect.scoped(
    Effect.gen(function* () {
      const connection = yield* openQuestion(query.server)
      const instance = yield* resolveInstance(connection, query)
      const symbols = yield* askCatalogue(connection, instance, patienceMs)
      return { instance, contracts: symbols.flatMap(contractOf) }
    })
  )

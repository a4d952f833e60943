import { Effect } from "effect"
import type { DaemonQuery } from "../cli/state.ts"
import type { Contract } from "../domain/contract.ts"
import { Exchange } from "../domain/exchange.ts"
import { parseInstrumentCode } from "../domain/instrument-code.ts"
import { unnamedProduct } from "../domain/instrument-directory.ts"
import { askCatalogue } from "./health-sources.ts"
import { openQuestion, resolveInstance } from "./state-query.ts"

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

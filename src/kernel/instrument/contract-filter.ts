import type { Contract } from "./contract.ts"
import { type GlobPattern, matchesGlob, parseGlob } from "./glob.ts"
import { type InstrumentKind, parseInstrumentCode } from "./instrument-code.ts"

/** `other`: a code of none of the shapes that futures exchanges use (SSE's `10004405`). */
export type ContractKind = InstrumentKind | "other"

export const contractKinds: ReadonlyArray<ContractKind> = [
  "future",
  "option",
  "combination",
  "efp",
  "tas",
  "average",
  "other"
]

/**
 * The kind of a contract, derived from its code: lists disagree about the product class, the exchanges' codes do not.
 */
export const kindOf = (contract: Pick<Contract, "id">): ContractKind =>
  parseInstrumentCode(contract.id)?.kind ?? "other"

/** A contract passes when it matches every list that is not empty. `globs` are matched with `id` and `id.EXCHANGE`. */
export interface ContractFilter {
  readonly exchanges?: ReadonlyArray<string>
  /** Letters as the exchange writes them; the case matters. */
  readonly products?: ReadonlyArray<string>
  readonly kinds?: ReadonlyArray<ContractKind>
  readonly globs?: ReadonlyArray<string>
  /** Globs of contracts that never pass. */
  readonly exclude?: ReadonlyArray<string>
}

const matchesAny = (globs: ReadonlyArray<GlobPattern>, { id, exchange }: Contract): boolean =>
  globs.some((glob) => matchesGlob(glob, id) || matchesGlob(glob, `${id}.${exchange}`))

const admits = <A>(list: ReadonlyArray<A> | undefined, value: A): boolean =>
  list === undefined || list.length === 0 || list.includes(value)

/** The filter as a predicate. */
export const contractFilter = (filter: ContractFilter): ((contract: Contract) => boolean) => {
  const globs = (filter.globs ?? []).map(parseGlob)
  const exclude = (filter.exclude ?? []).map(parseGlob)
  return (contract) =>
    admits<string>(filter.exchanges, contract.exchange) &&
    admits(filter.products, contract.product) &&
    admits(filter.kinds, kindOf(contract)) &&
    (globs.length === 0 || matchesAny(globs, contract)) &&
    !matchesAny(exclude, contract)
}

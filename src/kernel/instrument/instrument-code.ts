/**
 * The parts of an exchange's contract code.
 * `product` is the exchange's letters for the product; for a combination those of its first leg. `deliveryDigits` are
 * as written: `2410`, or `410` at CZCE, whose year has one digit, so the code does not show the decade.
 */
export type InstrumentCode =
  | { readonly kind: "future"; readonly product: string; readonly deliveryDigits: string }
  | { readonly kind: "average"; readonly product: string; readonly deliveryDigits: string }
  | { readonly kind: "tas"; readonly product: string; readonly deliveryDigits: string }
  | { readonly kind: "efp"; readonly product: string }
  | OptionCode
  | CombinationCode

/** `average`: a monthly average price contract (`...F`); `tas`: trade at settlement; `efp`: exchange for physicals. */
export type InstrumentKind = InstrumentCode["kind"]

/** `series`: one of the short-dated series that DCE and CZCE mark with `MS`. */
interface OptionCode {
  readonly kind: "option"
  readonly product: string
  readonly deliveryDigits: string
  readonly right: "call" | "put"
  readonly strike: number
  readonly series: boolean
}

/** `strategy` is the exchange's prefix: SP, SPC (DCE, GFEX), SPD, IPS (CZCE) and the option strategies STD, STG, ... */
interface CombinationCode {
  readonly kind: "combination"
  readonly product: string
  readonly strategy: string
  readonly legs: readonly [string, string]
}

// Three or four digits in real codes. Test markets number their contracts (rb0001, rb20000), so up to six are a
// future.
const future = /^([A-Za-z]{1,4})(\d{3,6})$/
const suffixed = /^([A-Za-z]{1,4})(\d{3,4})(TAS|F)$/
const efp = /^([A-Za-z]{1,4})(?:\d{3,4})?efp$/
// cu2110C43000 (SHFE, INE), TA107P4300 (CZCE), m2109-P-3850 (DCE, CFFEX, GFEX), m2505-MS-C-2700, SR505MSC5900
const option = /^([A-Za-z]{1,4})(\d{3,4})(?:(-MS-|-)([CP])-|(MS)?([CP]))(\d{1,9}(?:\.\d{1,6})?)$/
const combination = /^([A-Z]{2,4}) ([^ &]+)&([^ &]+)$/

/**
 * Parses a contract code of CFFEX, SHFE, INE, DCE, CZCE or GFEX and keeps its case; undefined for any other shape.
 * Does not check that the product exists: see `exchangeOfProduct`.
 */
export const parseInstrumentCode = (id: string): InstrumentCode | undefined => {
  const plain = future.exec(id)
  if (plain !== null) return { kind: "future", product: plain[1] as string, deliveryDigits: plain[2] as string }
  const quoted = option.exec(id)
  if (quoted !== null) {
    return {
      kind: "option",
      product: quoted[1] as string,
      deliveryDigits: quoted[2] as string,
      right: (quoted[4] ?? quoted[6]) === "C" ? "call" : "put",
      strike: Number(quoted[7]),
      series: quoted[3] === "-MS-" || quoted[5] === "MS"
    }
  }
  const marked = suffixed.exec(id)
  if (marked !== null) {
    const kind = marked[3] === "TAS" ? "tas" : "average"
    return { kind, product: marked[1] as string, deliveryDigits: marked[2] as string }
  }
  const physical = efp.exec(id)
  if (physical !== null) return { kind: "efp", product: physical[1] as string }
  const joined = combination.exec(id)
  if (joined === null) return undefined
  const [, strategy, first, second] = joined as unknown as readonly [string, string, string, string]
  const leg = parseInstrumentCode(first)
  if (leg === undefined || parseInstrumentCode(second) === undefined) return undefined
  return { kind: "combination", product: leg.product, strategy, legs: [first, second] }
}

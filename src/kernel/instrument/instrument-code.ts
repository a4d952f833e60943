/**
 * What an exchange's contract code says by itself.
 * `product` is the letters the exchange names the product with; for a combination those of its first leg.
 * `deliveryDigits` are as written: `2410`, or `410` at CZCE, whose year has one digit, so the decade is not in the code.
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
export interface OptionCode {
  readonly kind: "option"
  readonly product: string
  readonly deliveryDigits: string
  readonly right: "call" | "put"
  readonly strike: number
  readonly series: boolean
}

/** `strategy` is the exchange's prefix: SP, SPC (DCE, GFEX), SPD, IPS (CZCE) and the option strategies STD, STG, ... */
export interface CombinationCode {
  readonly kind: "combination"
  readonly product: string
  readonly strategy: string
  readonly legs: readonly [string, string]
}

// Three or four digits in real codes; test markets number their contracts (rb0001, rb20000), so up to six are a future.
const future = /^([A-Za-z]{1,4})(\d{3,6})$/
const suffixed = /^([A-Za-z]{1,4})(\d{3,4})(TAS|F)$/
const efp = /^([A-Za-z]{1,4})(?:\d{3,4})?efp$/
// cu2110C43000 (SHFE, INE), TA107P4300 (CZCE), m2109-P-3850 (DCE, CFFEX, GFEX), m2505-MS-C-2700, SR505MSC5900
const option = /^([A-Za-z]{1,4})(\d{3,4})(?:(-MS-|-)([CP])-|(MS)?([CP]))(\d{1,9}(?:\.\d{1,6})?)$/
const combination = /^([A-Z]{2,4}) ([^ &]+)&([^ &]+)$/

/**
 * Parses a contract code of CFFEX, SHFE, INE, DCE, CZCE or GFEX, case kept. A shape that none of them uses is
 * `undefined`. Whether the product exists is not asked: that is `exchangeOfProduct`.
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

/**
 * Delivery month of a code as yyyymm, undefined when the digits name no month.
 * CZCE writes one digit of the year: the month is the first that is not over on `tradingDay` (yyyymmdd), so `AP010`
 * is 2020-10 in 2020 and 2030-10 from November 2020 on. Contracts are listed for less than ten years, so one always
 * fits; a longer code says its century's year itself. Source: CZCE's contract rules, last trading day in the month.
 */
export const deliveryMonthOf = (deliveryDigits: string, tradingDay: number): number | undefined => {
  const month = Number(deliveryDigits.slice(-2))
  if (!/^\d{3,4}$/.test(deliveryDigits) || month < 1 || month > 12) return undefined
  const year = Number(deliveryDigits.slice(0, -2))
  if (deliveryDigits.length === 4) return (2000 + year) * 100 + month
  const now = Math.floor(tradingDay / 100)
  const decade = Math.floor(now / 1000) * 10
  const candidate = (decade + year) * 100 + month
  return candidate >= now ? candidate : candidate + 1000
}

/**
 * Laws of the market, by the names that consumers read in `flags`, metrics and `md.quarantine.<reason>`.
 * The position is the bit of the verdict, and the order is the order of blame: a tick that breaks several laws is set
 * aside under the first of them, but for `book_only`, which is judged before all others. `snapshot` is a mark and no law:
 * nothing is wrong with the tick, it only is not news. New ones go last, as in the compact form, so that every form lists
 * `flags` in one order. Meaning and severity of each: `docs/reference/laws.md`.
 */
export const laws = [
  "struct_insane",
  "price_finite",
  "volume_negative",
  "open_interest_negative",
  "price_positive",
  "price_in_limits",
  "price_on_grid",
  "book_crossed",
  "levels_ordered",
  "time_fell",
  "volume_fell",
  "turnover_fell",
  "receive_time_bounds",
  "trading_hours",
  "snapshot",
  "book_only"
] as const
export type Law = (typeof laws)[number]

/** Bit of a law in a verdict. */
export const bitOf = (law: Law): number => 1 << laws.indexOf(law)

/** Position of the first law in a verdict that is not 0. */
export const firstLaw = (bits: number): number => 31 - Math.clz32(bits & -bits)

/** Names in a verdict, in the order of `laws`. */
export const lawsIn = (bits: number): ReadonlyArray<Law> => laws.filter((_, at) => (bits & (1 << at)) !== 0)

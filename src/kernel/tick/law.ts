/**
 * Laws of the market, by their names in `flags`, metrics and `md.quarantine.<reason>`.
 * The array index is the bit of the verdict. It is also the priority: a tick that breaks several laws is quarantined
 * under the first of them, except `book_only`, which is checked before all others. `snapshot` is a mark and not a
 * law: the tick is valid, but not news. New ones are added at the end, as in the compact form, so that every form
 * lists `flags` in one sequence. Meaning and severity of each: `docs/reference/laws.md`.
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

/** Index of the first law in a verdict that is not 0. */
export const firstLaw = (bits: number): number => 31 - Math.clz32(bits & -bits)

/** Names in a verdict, in the sequence of `laws`. */
export const lawsIn = (bits: number): ReadonlyArray<Law> => laws.filter((_, at) => (bits & (1 << at)) !== 0)

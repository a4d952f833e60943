import { BigDecimal, Schema } from "effect"
import type { Split } from "../../../domain/reconcile/compare-positions.ts"
import { FillQuantity, maybe, Name, Unreadable } from "./fields.ts"
import { readerOf } from "./read.ts"

const Day = Schema.String.check(
  Schema.makeFilter((text) => /^\d{4}-\d\d-\d\d$/.test(text) || "is not a day (YYYY-MM-DD)")
)
const WireSplit = Schema.Struct({
  id: Name,
  symbol: Name,
  new_rate: FillQuantity,
  old_rate: FillQuantity,
  ex_date: Day
})
const Splits = maybe(Schema.Array(WireSplit))
const WireActions = Schema.Struct({
  corporate_actions: Schema.Struct({ forward_splits: Splits, reverse_splits: Splits }),
  next_page_token: maybe(Schema.String)
})
const readWireActions = readerOf("corporate actions", WireActions)

export interface SplitPage {
  readonly splits: ReadonlyArray<Split>
  readonly nextPage: string | undefined
}

/** A page of splits. Kinds that were not asked for are left out; rates may have fractions, such as 3 for 2 as 1.5. */
export const readSplits = (text: string): SplitPage | Unreadable => {
  const page = readWireActions(text)
  if (page instanceof Unreadable) return page
  const { forward_splits, reverse_splits } = page.corporate_actions
  const splits = [...(forward_splits ?? []), ...(reverse_splits ?? [])].map(
    ({ ex_date, id, new_rate, old_rate, symbol }): Split => ({
      id,
      symbol,
      ratio: BigDecimal.normalize(BigDecimal.divideUnsafe(new_rate, old_rate)),
      day: ex_date
    })
  )
  const token = page.next_page_token ?? ""
  return { splits, nextPage: token === "" ? undefined : token }
}

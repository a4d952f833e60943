import { BigDecimal } from "effect"
import { type Decimal, zero } from "../../../kernel/decimal.ts"

/** An account that was read while an order was under way may not have counted it. */
const underWayMs = 2000

/** Value of entries that the newest reading of the account cannot have counted, USD. A burst shares one reading. */
export const makeSentValue = () => {
  let sent: Array<{ readonly atMs: number; readonly value: Decimal }> = []
  return {
    note: (atMs: number, value: Decimal): void => {
      if (BigDecimal.isPositive(value)) sent.push({ atMs, value })
    },
    /** @param readAtMs when the account was read. `undefined`: never, so that all count */
    since: (readAtMs: number | undefined): Decimal => {
      if (readAtMs !== undefined) sent = sent.filter(({ atMs }) => atMs > readAtMs - underWayMs)
      return sent.reduce((sum, { value }) => BigDecimal.sum(sum, value), zero)
    }
  }
}

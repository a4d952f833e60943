import { Schema } from "effect"
import { newYorkOffsetMs } from "../../../../kernel/calendar/new-york.ts"
import type { Decimal } from "../../../../kernel/decimal.ts"
import { Instant, Money, maybe, Unreadable } from "./fields.ts"
import { readerOf } from "./read.ts"

export interface DayVolume {
  /** Date in New York, `YYYY-MM-DD`. */
  readonly day: string
  readonly shares: Decimal
}

export interface VolumePage {
  readonly days: ReadonlyArray<DayVolume>
  readonly nextPage: string | undefined
}

// `v` has more than 9 places for no share: rounding cannot change it.
const WireBars = Schema.Struct({
  bars: Schema.NullOr(Schema.Record(Schema.String, Schema.Array(Schema.Struct({ t: Instant, v: Money })))),
  next_page_token: maybe(Schema.String)
})
const readWireBars = readerOf("bars", WireBars)

/** Daily bars are stamped with midnight in New York. */
const newYorkDate = (at: bigint): string => {
  const utcMs = Number(at / 1_000_000n)
  return new Date(utcMs - newYorkOffsetMs(utcMs)).toISOString().slice(0, 10)
}

export const readVolumes = (text: string, symbol: string): VolumePage | Unreadable => {
  const page = readWireBars(text)
  if (page instanceof Unreadable) return page
  const bars = page.bars !== null && Object.hasOwn(page.bars, symbol) ? (page.bars[symbol] ?? []) : []
  const days = bars.map(({ t, v }) => ({ day: newYorkDate(t), shares: v }))
  const token = page.next_page_token ?? ""
  return { days, nextPage: token === "" ? undefined : token }
}

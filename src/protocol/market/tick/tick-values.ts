import { double, recordI32, type TickSlab, word } from "../../../kernel/tick/tick-slab.ts"

/**
 * The single values of a message that may be absent, each with its place in the record: [our key, double index].
 * `volume` stands between the first two groups because the message's order is the schema's.
 */
export const lastPrice = ["last_price", double.last] as const
export const totals = [
  ["turnover", double.turnover],
  ["open_interest", double.openInterest]
] as const

/** Values that change a few times a day, written as one piece of text that is kept while they stay the same. */
export const daily = [
  ["limit_up", double.upperLimit],
  ["limit_down", double.lowerLimit],
  ["open_price", double.open],
  ["high_price", double.high],
  ["low_price", double.low],
  ["pre_close", double.preClose],
  ["pre_settlement", double.preSettlement]
] as const
export const averagePrice = ["average_price", double.average] as const

export const levels = 5

/**
 * Whole microseconds since 1970 of nanoseconds in two words, cut, not rounded.
 * Exact: nanoseconds pass 2^53, so the high word's share is split where both parts stay below it.
 */
export const microsOf = (high: number, low: number): number => high * 4_294_967 + Math.floor((high * 296 + low) / 1000)

/** Receive time of a record in whole microseconds since 1970: never later than the callback. */
export const receivedMicros = (slab: TickSlab, row: number): number => {
  const at = row * recordI32
  return microsOf(slab.u32[at + word.recvNsHigh] as number, slab.u32[at + word.recvNsLow] as number)
}

/** Key and place of the growth of the volume; a negative one is not known and not written. */
export const lastVolume = ["last_volume", word.lastVolume] as const

/** What a message needs besides the record: the instruments by index and the feeds by position. */
export interface RecordNames {
  readonly directory: {
    readonly at: (index: number) => { readonly id: string; readonly exchange: string } | undefined
  }
  readonly feedNames: ReadonlyArray<string>
}

import { double, recordI32, type TickSlab, word } from "../../../kernel/tick/tick-slab.ts"

/**
 * The single values of a message that may be absent, each with its offset in the record: [our key, double index].
 * `volume` is between the first two groups, because the message has the sequence of the schema.
 */
export const lastPrice = ["last_price", double.last] as const
export const totals = [
  ["turnover", double.turnover],
  ["open_interest", double.openInterest]
] as const

/** Values that change a few times a day, written as one piece of text that is cached while they stay the same. */
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
 * Whole microseconds since 1970 from nanoseconds in two words, rounded down. Exact: nanoseconds exceed 2^53, so the
 * high word is split to keep both parts below it.
 */
export const microsOf = (high: number, low: number): number => high * 4_294_967 + Math.floor((high * 296 + low) / 1000)

/** Receive time of a record in whole microseconds since 1970: never later than the callback. */
export const receivedMicros = (slab: TickSlab, row: number): number => {
  const at = row * recordI32
  return microsOf(slab.u32[at + word.recvNsHigh] as number, slab.u32[at + word.recvNsLow] as number)
}

/** Key and offset of the volume's growth. A negative value is unknown and not written. */
export const lastVolume = ["last_volume", word.lastVolume] as const

/** What a message needs besides the record: the instruments and feeds by index. */
export interface RecordNames {
  readonly directory: {
    readonly at: (index: number) => { readonly id: string; readonly exchange: string } | undefined
  }
  readonly feedNames: ReadonlyArray<string>
}

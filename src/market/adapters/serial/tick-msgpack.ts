import { Encoder } from "@msgpack/msgpack"
import type { Exchange } from "../../../kernel/instrument/exchange.ts"
import { recordI32, word } from "../../../kernel/tick/tick-slab.ts"
import { contentTypes, type TickSerializer } from "../../../protocol/market/tick/tick-format.ts"
import { messageOf, TickRow } from "../../../protocol/market/tick/tick-row.ts"
import type { RecordNames } from "../../../protocol/market/tick/tick-values.ts"

/**
 * Writes records as a MessagePack map with the keys, sequence and values of the JSON form. Whole numbers become
 * integers.
 */
export const makeMsgpackWriter = ({ directory, feedNames }: RecordNames): TickSerializer => {
  const encoder = new Encoder()
  const row = new TickRow()
  return {
    name: "msgpack",
    contentType: contentTypes.msgpack,
    write: (slab, slabRow, feedIndex) => {
      const feed = feedNames[feedIndex]
      if (feed === undefined) throw new RangeError(`A tick cannot be written: no feed has index ${feedIndex}.`)
      const index = slab.i32[slabRow * recordI32 + word.instrument] as number
      const instrument = directory.at(index)
      if (instrument === undefined) throw new RangeError(`A tick cannot be written: no instrument has index ${index}.`)
      row.load(slab, slabRow)
      // encode copies out of the encoder's memory, so that returned bytes never change
      return encoder.encode(messageOf(row, instrument.id, instrument.exchange as Exchange, feed))
    }
  }
}

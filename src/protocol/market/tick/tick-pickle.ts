import { lawsIn } from "../../../kernel/tick/law.ts"
import { recordI32, word } from "../../../kernel/tick/tick-slab.ts"
import { op, PickleBytes, textBytes } from "./pickle-bytes.ts"
import { contentTypes, type TickSerializer } from "./tick-format.ts"
import { type BookSide, bookKeys, hasLots, singles, TickRow } from "./tick-row.ts"
import { levels, type RecordNames } from "./tick-values.ts"

const keyBytes = {
  singles: singles.map(([key]) => textBytes(key)),
  bidPrices: bookKeys.bid.prices.map(textBytes),
  bidVolumes: bookKeys.bid.volumes.map(textBytes),
  askPrices: bookKeys.ask.prices.map(textBytes),
  askVolumes: bookKeys.ask.volumes.map(textBytes)
}
const named = Object.fromEntries(
  [
    "symbol",
    "exchange",
    "datetime",
    "ts",
    "trading_day",
    "action_day",
    "volume",
    "last_volume",
    "feed",
    "seq",
    "recv_ts",
    "flags"
  ].map((key) => [key, textBytes(key)] as const)
)

/** Names of an instrument as they are in each of its messages, with the keys. */
const headOf = (symbol: string, exchange: string): Uint8Array => {
  const parts = [
    Uint8Array.of(op.proto, 4, op.emptyDict, op.mark),
    named["symbol"],
    textBytes(symbol),
    named["exchange"],
    textBytes(exchange)
  ] as ReadonlyArray<Uint8Array>
  const head = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    head.set(part, at)
    at += part.length
  }
  return head
}

/**
 * Writes records as pickles that Python's `pickle.loads` reads: a dict of str, float, int and None with every key of
 * the message. None: absent in JSON. Prices are float, counts int, `flags` comma-separated names.
 */
export const makePickleWriter = ({ directory, feedNames }: RecordNames): TickSerializer => {
  const out = new PickleBytes()
  const row = new TickRow()
  const heads: Array<Uint8Array> = []
  const feeds = feedNames.map(textBytes)

  const firstSight = (index: number): Uint8Array => {
    const instrument = directory.at(index)
    if (instrument === undefined) throw new RangeError(`A tick cannot be written: no instrument has index ${index}.`)
    const head = headOf(instrument.id, instrument.exchange)
    heads[index] = head
    return head
  }
  const key = (name: string): void => out.put(named[name] as Uint8Array)
  const int = (name: string, value: number): void => {
    key(name)
    out.int(value)
  }
  const text = (name: string, value: string): void => {
    key(name)
    if (value === "") out.code(op.none)
    else out.put(textBytes(value))
  }
  const single = (at: number): void => {
    out.put(keyBytes.singles[at] as Uint8Array)
    out.float(row.singles[at] as number)
  }
  const side = (book: BookSide, prices: ReadonlyArray<Uint8Array>, volumes: ReadonlyArray<Uint8Array>): void => {
    for (let level = 0; level < levels; level++) {
      out.put(prices[level] as Uint8Array)
      out.float(book.prices[level] as number)
      out.put(volumes[level] as Uint8Array)
      if (hasLots(book, level)) out.int(book.lots[level] as number)
      else out.code(op.none)
    }
  }

  return {
    name: "pickle",
    contentType: contentTypes.pickle,
    write: (slab, slabRow, feedIndex) => {
      const feed = feeds[feedIndex]
      if (feed === undefined) throw new RangeError(`A tick cannot be written: no feed has index ${feedIndex}.`)
      const index = slab.i32[slabRow * recordI32 + word.instrument] as number
      const head = heads[index] ?? firstSight(index)
      row.load(slab, slabRow)
      out.begin(head.length + feed.length)
      out.put(head)
      text("datetime", new Date(row.ts).toISOString())
      int("ts", row.ts)
      text("trading_day", row.tradingDay === 0 ? "" : String(row.tradingDay))
      text("action_day", row.actionDay === 0 ? "" : String(row.actionDay))
      int("volume", row.volume)
      key("last_volume")
      if (row.lastVolume < 0) out.code(op.none)
      else out.int(row.lastVolume)
      for (let at = 0; at < singles.length; at++) single(at)
      side(row.bid, keyBytes.bidPrices, keyBytes.bidVolumes)
      side(row.ask, keyBytes.askPrices, keyBytes.askVolumes)
      key("feed")
      out.put(feed)
      int("seq", row.seq)
      key("recv_ts")
      out.float(row.recvMicros / 1000)
      text("flags", lawsIn(row.flags).join(","))
      out.code(op.setItems)
      out.code(op.stop)
      return out.take()
    }
  }
}

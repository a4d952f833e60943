import { isAbsent } from "../../../kernel/instrument/price.ts"
import { double, recordF64, recordI32, type TickSlab, word } from "../../../kernel/tick/tick-slab.ts"
import { compactAt, compactHead, flagsOfVerdict, levelBytes } from "./tick-compact-layout.ts"
import { contentTypes, type TickSerializer } from "./tick-format.ts"
import { dayOf, requireInstant, singles, valueOf } from "./tick-row.ts"
import { levels, type RecordNames } from "./tick-values.ts"

/** Texts at the end of a message: symbol, exchange, feed; padded, so that they are copied by the word. */
interface Tail {
  readonly words: Uint32Array
  readonly bytes: number
  /** The header's second word without the levels: the three lengths. */
  readonly lengths: number
}

const singlesAt = Int32Array.from(singles, ([, at]) => at)
const at32 = Object.fromEntries(Object.entries(compactAt).map(([name, at]) => [name, at >> 2])) as typeof compactAt
const singles64 = compactAt.singles >> 3
const book64 = compactAt.book >> 3

/** Memory is allocated in chunks of this size and never written twice; a chunk is freed with its last message. */
const chunkBytes = 65_536

const encoder = new TextEncoder()

const tailOf = (texts: ReadonlyArray<string>): Tail => {
  const parts = texts.map((text) => encoder.encode(text))
  const long = parts.findIndex((part) => part.length > 255)
  if (long >= 0) throw new RangeError(`A tick cannot be written: ${texts[long]} is longer than 255 bytes.`)
  const bytes = parts.reduce((sum, part) => sum + part.length, 0)
  const padded = new Uint8Array((bytes + 3) & ~3)
  let at = 0
  for (const part of parts) {
    padded.set(part, at)
    at += part.length
  }
  const [symbol = 0, exchange = 0, feed = 0] = parts.map((part) => part.length)
  return { words: new Uint32Array(padded.buffer), bytes, lengths: (symbol << 8) | (exchange << 16) | (feed << 24) }
}

/** Number of levels to write: up to the last one where a side has a price or lots. */
const depthOf = (slab: TickSlab, d: number, w: number): number => {
  const { f64, i32 } = slab
  for (let level = levels - 1; level >= 0; level--) {
    if (
      !isAbsent(f64[d + double.bidPrice1 + level] as number) ||
      !isAbsent(f64[d + double.askPrice1 + level] as number) ||
      i32[w + word.bidVolume1 + level] !== 0 ||
      i32[w + word.askVolume1 + level] !== 0
    ) {
      return level + 1
    }
  }
  return 0
}

/**
 * Writes records in the compact form (docs/reference/tick.md): almost a copy of the record, followed by its texts.
 * Words are written in the machine's byte order, which is little-endian on every machine that the worker is built
 * for.
 */
export const makeCompactWriter = ({ directory, feedNames }: RecordNames): TickSerializer => {
  const tails: ReadonlyArray<Array<Tail>> = feedNames.map(() => [])
  let i32 = new Int32Array(0)
  let u32 = new Uint32Array(0)
  let f64 = new Float64Array(0)
  let next = chunkBytes

  const firstSight = (index: number, feedIndex: number): Tail => {
    const feed = feedNames[feedIndex]
    if (feed === undefined) throw new RangeError(`A tick cannot be written: no feed has index ${feedIndex}.`)
    const instrument = directory.at(index)
    if (instrument === undefined) throw new RangeError(`A tick cannot be written: no instrument has index ${index}.`)
    const tail = tailOf([instrument.id, instrument.exchange, feed])
    ;(tails[feedIndex] as Array<Tail>)[index] = tail
    return tail
  }

  const newChunk = (): void => {
    const buffer = new ArrayBuffer(chunkBytes)
    i32 = new Int32Array(buffer)
    u32 = new Uint32Array(buffer)
    f64 = new Float64Array(buffer)
    next = 0
  }

  return {
    name: "compact",
    contentType: contentTypes.compact,
    write: (slab, row, feedIndex) => {
      const d = row * recordF64
      const w = row * recordI32
      const tail =
        tails[feedIndex]?.[slab.i32[w + word.instrument] as number] ??
        firstSight(slab.i32[w + word.instrument] as number, feedIndex)
      const ts = slab.f64[d + double.exchangeTimeMs] as number
      requireInstant(ts)
      const depth = depthOf(slab, d, w)
      const textsAt = compactAt.book + depth * levelBytes
      const length = textsAt + tail.bytes
      if (next + length + 8 > chunkBytes) newChunk()

      const a = next >> 2
      u32[a] = compactHead
      u32[a + 1] = tail.lengths | depth
      u32[a + at32.seq] = slab.u32[w + word.seqLow] as number
      u32[a + at32.seq + 1] = slab.u32[w + word.seqHigh] as number
      u32[a + at32.recvNs] = slab.u32[w + word.recvNsLow] as number
      u32[a + at32.recvNs + 1] = slab.u32[w + word.recvNsHigh] as number
      const tsHigh = Math.floor(ts / 4_294_967_296)
      u32[a + at32.ts] = ts - tsHigh * 4_294_967_296
      u32[a + at32.ts + 1] = tsHigh
      u32[a + at32.flags] = flagsOfVerdict(slab.i32[w + word.verdict] as number)
      i32[a + at32.tradingDay] = dayOf(slab.i32[w + word.tradingDay] as number)
      i32[a + at32.actionDay] = dayOf(slab.i32[w + word.actionDay] as number)
      i32[a + at32.volume] = slab.i32[w + word.volume] as number
      i32[a + at32.lastVolume] = Math.max(-1, slab.i32[w + word.lastVolume] as number)

      const b = next >> 3
      for (let i = 0; i < singlesAt.length; i++) {
        f64[b + singles64 + i] = valueOf(slab.f64[d + (singlesAt[i] as number)] as number)
      }
      const lots = a + ((compactAt.book + depth * 16) >> 2)
      for (let level = 0; level < depth; level++) {
        f64[b + book64 + level] = valueOf(slab.f64[d + double.bidPrice1 + level] as number)
        f64[b + book64 + depth + level] = valueOf(slab.f64[d + double.askPrice1 + level] as number)
        i32[lots + level] = slab.i32[w + word.bidVolume1 + level] as number
        i32[lots + depth + level] = slab.i32[w + word.askVolume1 + level] as number
      }
      const texts = a + (textsAt >> 2)
      for (let i = 0; i < tail.words.length; i++) u32[texts + i] = tail.words[i] as number

      const message = new Uint8Array(u32.buffer, next, length)
      next = (next + length + 7) & ~7
      return message
    }
  }
}

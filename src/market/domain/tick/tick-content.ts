import { recordI32, type TickSlab, word } from "../../../kernel/tick/tick-slab.ts"

/**
 * 64-bit hash of a normalised record, equal for every feed that delivered it: exchange time, trading day, volume,
 * every published price, sum and lot.
 * Left out: the feed's own fields (number, receive time, flags, `last_volume`), fields that no message holds (closing
 * and settlement price, delta, bands: vendors' versions differ in them) and ActionDay, which fronts write differently
 * at night; the exchange time covers it.
 * Two lanes of 32 bits, each split in two chains that a processor computes in parallel. A single changed word always
 * changes its lane; several changed words collide with a chance of 2^-32 in a lane. The result is in `low` and
 * `high`, because a returned number holds 53 bits only.
 */
export class ContentHash {
  low = 0
  high = 0

  read(slab: TickSlab, row: number): void {
    const { i32 } = slab
    const at = row * recordI32
    let a = Math.imul((i32[at + word.tradingDay] as number) ^ 0x9e3779b9, 0x85ebca6b)
    let b = Math.imul((i32[at + word.tradingDay] as number) ^ 0x7f4a7c15, 0xc2b2ae35)
    let c = Math.imul((i32[at + word.volume] as number) ^ 0x94d049bb, 0x85ebca6b)
    let d = Math.imul((i32[at + word.volume] as number) ^ 0x133111eb, 0xc2b2ae35)
    for (let span = 0; span < spans.length; span += 2) {
      const end = at + (spans[span + 1] as number)
      for (let i = at + (spans[span] as number); i < end; i += 2) {
        const even = i32[i] as number
        const odd = i32[i + 1] as number
        a = Math.imul(a ^ even, 0x85ebca6b)
        b = Math.imul(b ^ even, 0xc2b2ae35)
        c = Math.imul(c ^ odd, 0x85ebca6b)
        d = Math.imul(d ^ odd, 0xc2b2ae35)
        // A product moves bits up only. This step moves them down again; else the exponents of two prices could
        // cancel out.
        a ^= a >>> 15
        b ^= b >>> 13
        c ^= c >>> 15
        d ^= d >>> 13
      }
    }
    this.low = Math.imul(a, 0x2c1b3c6d) ^ c
    this.high = Math.imul(b, 0x297a2d39) ^ d
  }
}

/** Hashed words of the record, as pairs of begin and end. Each span has an even length. */
const spans: ReadonlyArray<number> = [
  // exchange time
  [8, 10],
  // last, previous settlement and close
  [12, 18],
  // open, high, low, turnover, open interest
  [20, 30],
  // limits
  [34, 38],
  // average price
  [42, 44],
  // the book, prices and lots
  [48, 78]
].flat()

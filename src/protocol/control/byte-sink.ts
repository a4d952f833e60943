/** Memory is taken in pieces of this size and never written twice; a piece is let go with its last message. */
const chunkBytes = 65_536

const encoder = new TextEncoder()

/** Bytes that a sink copies, in words of four in the machine's order; the last is filled up with zeros. */
export interface Part {
  readonly words: Int32Array
  readonly length: number
}

export const partOf = (text: string): Part => {
  const bytes = encoder.encode(text)
  const padded = new Uint8Array((bytes.length + 3) & ~3)
  padded.set(bytes)
  return { words: new Int32Array(padded.buffer), length: bytes.length }
}

const zero = 0x30
const minus = 0x2d
const point = 0x2e
/** Below it a whole number of this many digits is one double and one text: 15 digits. */
const exactBelow = 1e15
const powers = [1, 10, 100, 1000, 10_000]

/**
 * Writes messages as bytes, one behind the other, without a text in between: a text in pieces costs its flattening, its
 * encoding and the collection of its pieces. `begin`, then the parts, then `message`.
 */
export class ByteSink {
  private bytes = new Uint8Array(0)
  private view = new DataView(this.bytes.buffer)
  private start = 0
  private at = 0

  /** Makes room for one message of at most `most` bytes, and for the zeros behind its last part. */
  begin(most: number): void {
    if (this.at + most + 4 > this.bytes.length) {
      this.bytes = new Uint8Array(Math.max(chunkBytes, most + 4))
      this.view = new DataView(this.bytes.buffer)
      this.at = 0
    }
    this.start = this.at
  }

  /** What was written since `begin`; these bytes are never written again. */
  message(): Uint8Array {
    return new Uint8Array(this.bytes.buffer, this.start, this.at - this.start)
  }

  /** Four bytes at a time: up to three zeros behind the part are written over by what follows. */
  put({ words, length }: Part): void {
    const { view, at } = this
    for (let i = 0; i < words.length; i++) view.setInt32(at + 4 * i, words[i] as number, true)
    this.at = at + length
  }

  /**
   * A finite number in JavaScript's own text, which is JSON's: the shortest that reads back the same, "0" for -0.
   * Up to four decimals and 15 digits are written here: two such decimals are never the same double, so the text with
   * the fewest decimals that reads back the same is the shortest. Everything else is left to the engine.
   */
  number(value: number): void {
    const size = Math.abs(value)
    if (size < exactBelow) {
      for (let decimals = 0; decimals <= 4; decimals++) {
        const power = powers[decimals] as number
        const scaled = decimals === 0 ? Math.floor(size) : Math.round(size * power)
        if (scaled / power !== size || scaled >= exactBelow) continue
        if (value < 0) this.bytes[this.at++] = minus
        const whole = decimals === 0 ? scaled : Math.floor(scaled / power)
        this.digits(whole)
        if (decimals > 0) {
          this.bytes[this.at++] = point
          this.padded(scaled - whole * power, decimals)
        }
        return
      }
    }
    this.text(String(value))
  }

  /** A whole number from 0 to 2^53. */
  digits(value: number): void {
    if (value >= 1e9) {
      const high = Math.floor(value / 1e9)
      this.digits(high)
      this.padded(value - high * 1e9, 9)
      return
    }
    let width = 1
    for (let limit = 10; value >= limit; limit *= 10) width++
    this.padded(value, width)
  }

  /** A whole number below 10^`width`, `width` <= 9, with zeros in front. */
  padded(value: number, width: number): void {
    const { bytes } = this
    let rest = value | 0
    for (let at = this.at + width - 1; at >= this.at; at--) {
      const next = (rest / 10) | 0
      bytes[at] = zero + rest - next * 10
      rest = next
    }
    this.at += width
  }

  /** A point and thousandths (1 to 999), without zeros at the end. */
  fraction(thousandths: number): void {
    this.bytes[this.at++] = point
    if (thousandths % 100 === 0) this.padded(thousandths / 100, 1)
    else if (thousandths % 10 === 0) this.padded(thousandths / 10, 2)
    else this.padded(thousandths, 3)
  }

  /** A text of ASCII. */
  private text(ascii: string): void {
    for (let i = 0; i < ascii.length; i++) this.bytes[this.at++] = ascii.charCodeAt(i)
  }
}

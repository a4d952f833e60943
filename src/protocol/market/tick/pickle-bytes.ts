/** Opcodes of pickle protocol 4. Source: CPython, Lib/pickletools.py. */
export const op = {
  proto: 0x80,
  stop: 0x2e,
  emptyDict: 0x7d,
  mark: 0x28,
  setItems: 0x75,
  none: 0x4e,
  binInt: 0x4a,
  binInt1: 0x4b,
  binInt2: 0x4d,
  long1: 0x8a,
  binFloat: 0x47,
  shortText: 0x8c,
  text: 0x58
} as const

const encoder = new TextEncoder()

/** A text as its opcode, length and UTF-8. */
export const textBytes = (text: string): Uint8Array => {
  const utf8 = encoder.encode(text)
  const short = utf8.length < 256
  const bytes = new Uint8Array((short ? 2 : 5) + utf8.length)
  bytes[0] = short ? op.shortText : op.text
  if (short) bytes[1] = utf8.length
  else new DataView(bytes.buffer).setUint32(1, utf8.length, true)
  bytes.set(utf8, short ? 2 : 5)
  return bytes
}

/** Texts and opcodes in one growing buffer. A message is a copy of its beginning. */
export class PickleBytes {
  private bytes = new Uint8Array(2048)
  private view = new DataView(this.bytes.buffer)
  private at = 0

  /** Empties it and makes room: `texts` is the size of the tick's texts, the rest is bounded. */
  begin(texts: number): void {
    if (this.bytes.length < texts + 2048) {
      this.bytes = new Uint8Array(texts + 4096)
      this.view = new DataView(this.bytes.buffer)
    }
    this.at = 0
  }

  code(opcode: number): void {
    this.bytes[this.at++] = opcode
  }

  put(part: Uint8Array): void {
    this.bytes.set(part, this.at)
    this.at += part.length
  }

  float(value: number): void {
    if (Number.isNaN(value)) return this.code(op.none)
    this.bytes[this.at] = op.binFloat
    this.view.setFloat64(this.at + 1, value, false)
    this.at += 9
  }

  /** A whole number below 2^53: the smallest opcode that holds it. */
  int(value: number): void {
    if (value >= 0 && value < 256) {
      this.bytes[this.at++] = op.binInt1
      this.bytes[this.at++] = value
    } else if (value >= 0 && value < 65_536) {
      this.bytes[this.at] = op.binInt2
      this.view.setUint16(this.at + 1, value, true)
      this.at += 3
    } else if ((value | 0) === value) {
      this.bytes[this.at] = op.binInt
      this.view.setInt32(this.at + 1, value, true)
      this.at += 5
    } else {
      this.bytes[this.at] = op.long1
      this.bytes[this.at + 1] = 8
      this.view.setBigInt64(this.at + 2, BigInt(value), true)
      this.at += 10
    }
  }

  take(): Uint8Array {
    return this.bytes.slice(0, this.at)
  }
}

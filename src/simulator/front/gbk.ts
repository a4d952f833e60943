/**
 * GBK bytes of a text, for the error messages that a front sends. Node decodes GBK but does not encode it, so the
 * inverse table is built from the decoder at the first use. A character that GBK lacks becomes `?`.
 */
export const encodeGbk = (text: string): Uint8Array => {
  const bytes: Array<number> = []
  for (const character of text) {
    const code = character.codePointAt(0) as number
    if (code < 0x80) {
      bytes.push(code)
      continue
    }
    const pair = gbkTable().get(character)
    if (pair === undefined) bytes.push(0x3f)
    else bytes.push(pair >> 8, pair & 0xff)
  }
  return Uint8Array.from(bytes)
}

let table: Map<string, number> | undefined

const gbkTable = (): Map<string, number> => {
  if (table !== undefined) return table
  table = new Map()
  const decoder = new TextDecoder("gbk")
  const pair = new Uint8Array(2)
  for (let lead = 0x81; lead <= 0xfe; lead++) {
    for (let trail = 0x40; trail <= 0xfe; trail++) {
      pair[0] = lead
      pair[1] = trail
      const text = decoder.decode(pair)
      // Unassigned pairs decode to U+FFFD, or to it and an ASCII letter.
      if (!text.includes("\ufffd") && !table.has(text)) table.set(text, (lead << 8) | trail)
    }
  }
  return table
}

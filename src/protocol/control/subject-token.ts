/**
 * One token of a NATS subject for any string, reversibly.
 *
 * Letters, digits, `-` and `_` stay as they are, so ordinary ids (`rb2410`, `m2109-P-3850`) read as themselves. Every
 * other byte of the UTF-8 form is `%` and two upper-case hex digits: `SP a2501&a2505` is `SP%20a2501%26a2505`. A lone
 * surrogate, which UTF-8 has no form for, is written like any other code point of three bytes. The empty string, which
 * NATS refuses as a token, is a single `%`.
 */

const plain = /^[A-Za-z0-9_-]+$/
const isPlain = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 45 || code === 95

const percent = Array.from({ length: 256 }, (_, byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`)
const tail = (code: number, shift: number): string => percent[0x80 | ((code >> shift) & 0x3f)] as string

export const escapeToken = (text: string): string => {
  if (plain.test(text)) return text
  if (text === "") return "%"
  let token = ""
  for (const character of text) {
    const code = character.codePointAt(0) as number
    if (isPlain(code)) token += character
    else if (code < 0x80) token += percent[code] as string
    else if (code < 0x800) token += (percent[0xc0 | (code >> 6)] as string) + tail(code, 0)
    else if (code < 0x10000) token += (percent[0xe0 | (code >> 12)] as string) + tail(code, 6) + tail(code, 0)
    else token += (percent[0xf0 | (code >> 18)] as string) + tail(code, 12) + tail(code, 6) + tail(code, 0)
  }
  return token
}

/** Reads the code point whose first byte is at `at`; -1 when the escapes there are not one. */
const readCodePoint = (bytes: ReadonlyArray<number>, at: number): readonly [code: number, length: number] => {
  const first = bytes[at] as number
  const length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
  let code = length === 1 ? first : first & (0xff >> (length + 1))
  for (let i = 1; i < length; i++) {
    const byte = bytes[at + i]
    if (byte === undefined) return [-1, length]
    code = code * 64 + (byte & 0x3f)
  }
  return [code <= 0x10ffff ? code : -1, length]
}

/** The string a token stands for; `undefined` when `escapeToken` writes no string that way. */
export const unescapeToken = (token: string): string | undefined => {
  if (plain.test(token)) return token
  if (token === "%") return ""
  const bytes: Array<number> = []
  for (let i = 0; i < token.length; i++) {
    const code = token.charCodeAt(i)
    if (code !== 37) {
      if (!isPlain(code)) return undefined
      bytes.push(code)
      continue
    }
    const hex = token.slice(i + 1, i + 3)
    if (!/^[0-9A-F]{2}$/.test(hex)) return undefined
    bytes.push(Number.parseInt(hex, 16))
    i += 2
  }
  let text = ""
  for (let at = 0; at < bytes.length; ) {
    const [code, length] = readCodePoint(bytes, at)
    if (code < 0) return undefined
    text += String.fromCodePoint(code)
    at += length
  }
  // One spelling a string: what was overlong, needlessly escaped or cut in the middle does not come back the same.
  return escapeToken(text) === token ? text : undefined
}

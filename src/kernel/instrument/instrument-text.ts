/** Maximum length in bytes of an instrument id in a CTP library from 6.5 on; up to 6.3 it is 30. */
const instrumentBytesMax = 80

const control = /[\p{Cc}\p{Zl}\p{Zp}]/u

/** True for a text that would split a line, a field or a subject: TAB, newline and every other control character. */
export const hasControlCharacter = (text: string): boolean => control.test(text)

const encoder = new TextEncoder()

/** Length of a text in bytes, as sent to the vendor's library. */
export const bytesOfText = (text: string): number => encoder.encode(text).length

/**
 * Why a text cannot be an instrument id of any front; undefined when it can. Does not check that the instrument
 * exists.
 */
export const instrumentTextProblem = (id: string): string | undefined => {
  if (hasControlCharacter(id)) return "it holds a control character"
  if (id.includes("\uFFFD")) return "it holds bytes that are not text"
  if (bytesOfText(id) > instrumentBytesMax) return `it is longer than ${instrumentBytesMax} bytes`
  return id === "" ? "it is empty" : undefined
}

/** An invalid id for a sentence: escaped, and cut when it is long. */
export const shownInstrument = (id: string): string => JSON.stringify(id.length > 60 ? `${id.slice(0, 60)}…` : id)

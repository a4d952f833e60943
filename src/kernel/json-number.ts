/** Digits of a number that a binary fraction always keeps. */
const digitsMax = 15

/** Whether so many digits may stand in a row; most texts have none, and are not parsed twice. */
const mayBeLong = /\d[\d.]{15}/

const digitsOf = (source: string): string =>
  source
    .replace(/e.*$/i, "")
    .replaceAll(/[-.]/g, "")
    .replaceAll(/^0+|0+$/g, "")

type Reviver = (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown

/**
 * Whether a number in a JSON text has more digits than it keeps when it is read: 0.1000000000000000055 is 0.1. Money
 * that loses a digit must be refused. The text is valid JSON.
 */
export const hasLongNumber = (text: string): boolean => {
  if (!mayBeLong.test(text)) return false
  let found = false
  const note: Reviver = (_, value, { source }) => {
    if (typeof value === "number" && digitsOf(source ?? "").length > digitsMax) found = true
    return value
  }
  JSON.parse(text, note as (this: unknown, key: string, value: unknown) => unknown)
  return found
}

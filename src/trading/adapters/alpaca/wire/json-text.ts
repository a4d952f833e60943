/** Longest text that is read. A page of 500 orders has about 600,000 characters. */
export const textMax = 16_000_000

type Reviver = (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown

/** A number as the text that came: a binary fraction would lose digits. */
const asText: Reviver = (_, value, { source }) => (typeof value === "number" ? source : value)

/** Whether a number may stand in it. Most bodies have texts only, and the reviver costs four times the parse. */
const mayHaveNumbers = /"\s*:\s*-?\d|[[,]\s*-?\d/

/** JSON with numbers as texts; `undefined` when it is no JSON. */
export const readJson = (text: string): unknown => {
  if (text.length > textMax) return undefined
  try {
    if (!mayHaveNumbers.test(text)) return JSON.parse(text)
    return JSON.parse(text, asText as (this: unknown, key: string, value: unknown) => unknown)
  } catch {
    return undefined
  }
}

/**
 * The texts of the elements of an array, so that each one can be kept as it came. `undefined`: it is no array. The
 * elements are checked by their readers.
 */
export const elementTexts = (text: string): ReadonlyArray<string> | undefined => {
  const trimmed = text.trim()
  if (trimmed.length > textMax || !trimmed.startsWith("[") || !trimmed.endsWith("]")) return undefined
  const inside = trimmed.slice(1, -1)
  if (inside.trim() === "") return []
  const parts: Array<string> = []
  let depth = 0
  let from = 0
  for (let at = 0; at < inside.length; at++) {
    const character = inside[at]
    if (character === '"') {
      // To the end of the string: the quote that no backslash precedes.
      for (at++; at < inside.length && inside[at] !== '"'; at++) if (inside[at] === "\\") at++
    } else if (character === "{" || character === "[") depth++
    else if (character === "}" || character === "]") depth--
    else if (character === "," && depth === 0) {
      parts.push(inside.slice(from, at).trim())
      from = at + 1
    }
    if (depth < 0) return undefined
  }
  if (depth !== 0) return undefined
  parts.push(inside.slice(from).trim())
  return parts
}

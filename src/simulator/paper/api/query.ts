import { type InstantNs, instantOfMs, parseInstant } from "../../../kernel/time/utc-instant.ts"
import { malformed, Refusal } from "../core/refusal.ts"
import { newYorkMidnightMs } from "../core/venue-hours.ts"

const date = /^\d{4}-\d\d-\d\d$/

/** RFC 3339, or a date, which begins at midnight in New York. A `+` that was not encoded arrives as a blank. */
export const readTime = (query: URLSearchParams, name: string): InstantNs | undefined | Refusal => {
  const text = query.get(name)
  if (text === null || text === "") return undefined
  if (date.test(text) && !Number.isNaN(Date.parse(text))) return instantOfMs(newYorkMidnightMs(text))
  return parseInstant(text.replace(" ", "+")) ?? malformed(`${name} is not a time`)
}

export const readInt = (
  query: URLSearchParams,
  name: string,
  usual: number,
  bounds: readonly [least: number, most: number]
): number | Refusal => {
  const text = query.get(name)
  if (text === null || text === "") return usual
  const number = Number(text)
  return Number.isInteger(number) && number >= bounds[0] && number <= bounds[1]
    ? number
    : malformed(`${name} must be from ${bounds[0]} to ${bounds[1]}`)
}

export const readWord = <const Word extends string>(
  query: URLSearchParams,
  name: string,
  words: ReadonlyArray<Word>
): Word | Refusal => {
  const text = query.get(name) ?? ""
  if (text === "") return words[0] as Word
  return words.find((word) => word === text) ?? malformed(`${name} must be one of ${words.join(", ")}`)
}

export const readList = (query: URLSearchParams, name: string): ReadonlyArray<string> | undefined => {
  const text = query.getAll(name).join(",")
  return text === "" ? undefined : text.split(",").map((part) => part.trim())
}

/** The first refusal of several readings, or all of them. */
export const all = <T extends ReadonlyArray<unknown>>(
  ...values: T
): { readonly [K in keyof T]: Exclude<T[K], Refusal> } | Refusal => {
  const refused = values.find((value) => value instanceof Refusal)
  return refused instanceof Refusal ? refused : (values as { readonly [K in keyof T]: Exclude<T[K], Refusal> })
}

import { BigDecimal } from "effect"
import { type Decimal, decimalText, parseDecimal } from "../../../kernel/decimal.ts"
import { defaultLimits, type FatFinger, type Limits } from "../../domain/risk/limits.ts"

/** Limits as a JSON value: decimals are texts, the set a list, the map an object. */
export const limitsJson = (limits: Limits): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(limits).map(([name, value]) => [
      name,
      BigDecimal.isBigDecimal(value)
        ? decimalText(value)
        : value instanceof Set
          ? [...value].sort()
          : value instanceof Map
            ? Object.fromEntries([...value].map(([symbol, one]) => [symbol, fatFingerJson(one as FatFinger)]))
            : value
    ])
  )

const fatFingerJson = (one: FatFinger) =>
  Object.fromEntries(Object.entries(one).map(([name, value]) => [name, decimalText(value)]))

class NoLimits extends Error {}

const decimalOf = (name: string, value: unknown): Decimal => {
  const decimal = typeof value === "string" ? parseDecimal(value) : undefined
  if (decimal === undefined) throw new NoLimits(`${name} is not a decimal: ${JSON.stringify(value)}`)
  return decimal
}

const fatFingerNames = ["fatFingerNotional", "fatFingerQuantity", "fatFingerAdvShare"] as const

const fatFingerOf = (symbol: string, json: Record<string, unknown>): FatFinger =>
  Object.fromEntries(
    fatFingerNames.flatMap((name) =>
      json[name] === undefined ? [] : [[name, decimalOf(`${symbol}.${name}`, json[name])]]
    )
  )

/**
 * Reads what `limitsJson` wrote. A field that an older program did not write has its default. Throws with the name of
 * a field that is not what it must be: limits are never guessed.
 */
export const limitsOf = (json: Record<string, unknown>): Limits => {
  const read = (name: string, example: unknown): unknown => {
    const value = json[name]
    if (value === undefined) return example
    if (BigDecimal.isBigDecimal(example)) return decimalOf(name, value)
    if (example instanceof Set) {
      if (Array.isArray(value) && value.every((item) => typeof item === "string")) return new Set(value)
    } else if (example instanceof Map) {
      if (typeof value === "object" && value !== null) {
        const symbols = Object.entries(value as Record<string, Record<string, unknown>>)
        return new Map(symbols.map(([symbol, one]) => [symbol, fatFingerOf(symbol, one)]))
      }
    } else if (Number.isSafeInteger(value)) return value
    throw new NoLimits(`${name} is not of its kind: ${JSON.stringify(value)}`)
  }
  return Object.fromEntries(
    Object.entries(defaultLimits).map(([name, example]) => [name, read(name, example)])
  ) as unknown as Limits
}

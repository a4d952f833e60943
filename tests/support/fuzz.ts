import { Dice } from "../../src/simulation/faults/dice.ts"

const nastyTexts = [
  "",
  " ",
  "rb2701",
  "rb2701.SHFE",
  ".",
  "..",
  "__proto__",
  "constructor",
  "\u0000",
  "\ud800",
  "合约",
  "a".repeat(70),
  "x\ny",
  "%00",
  "*",
  ">",
  "md.tick.>",
  "-1",
  "1e309"
]
const nastyNumbers = [0, -0, -1, 1, 0.5, 1e21, -1e308, 2 ** 53, 2 ** 31, Number.MAX_SAFE_INTEGER]

/** Payloads from a seed: almost valid JSON, invalid JSON, and bytes that are not JSON. */
export const makeFuzzer = (seed: number, fields: ReadonlyArray<string>) => {
  const dice = new Dice(seed, 1)
  const below = (bound: number): number => dice.whole(0, Math.max(0, bound - 1))
  const pick = <A>(items: ReadonlyArray<A>): A => items[below(items.length)] as A
  const value = (depth: number): unknown => {
    switch (below(depth > 3 ? 5 : 8)) {
      case 0:
        return pick(nastyTexts)
      case 1:
        return pick(nastyNumbers)
      case 2:
        return null
      case 3:
        return below(2) === 0
      case 4:
        return below(100_000)
      case 5:
        return Array.from({ length: below(6) }, () => value(depth + 1))
      case 6:
        return Array.from({ length: below(40) }, () => pick(nastyTexts))
      default:
        return record(depth + 1)
    }
  }
  const record = (depth: number): Record<string, unknown> => {
    const made: Record<string, unknown> = {}
    for (let count = below(5); count > 0; count--) {
      Object.defineProperty(made, below(5) === 0 ? pick(nastyTexts) : pick(fields), {
        value: value(depth),
        enumerable: true,
        configurable: true
      })
    }
    return made
  }
  const damaged = (bytes: Uint8Array): Uint8Array => {
    for (let count = 1 + below(3); count > 0 && bytes.length > 0; count--) {
      bytes[below(bytes.length)] = below(256)
    }
    return bytes.subarray(0, below(4) === 0 ? below(bytes.length + 1) : bytes.length)
  }
  const encoder = new TextEncoder()
  return (): Uint8Array => {
    switch (below(10)) {
      case 0:
        return Uint8Array.from({ length: below(64) }, () => below(256))
      case 1:
        return encoder.encode("[".repeat(below(3000)))
      case 2:
      case 3:
        return damaged(encoder.encode(JSON.stringify(record(0))))
      case 4:
        return encoder.encode(JSON.stringify(value(0)))
      default:
        return encoder.encode(JSON.stringify(record(0)))
    }
  }
}

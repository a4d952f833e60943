import { damaged } from "./model-fault.ts"

/** One `key=value` line. */
export interface ModelLine {
  readonly value: string
  /** Counts from 1. */
  readonly line: number
}

/** The keys of a block, each once. */
export type ModelBlock = ReadonlyMap<string, ModelLine>

export const lineOf = (block: ModelBlock, key: string, blockLine: number): ModelLine =>
  block.get(key) ?? damaged(blockLine, key, "the line is missing")

const wholeText = /^-?\d{1,10}$/
const numberText = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

const whole = ({ line }: ModelLine, key: string, text: string, least: number, most: number): number => {
  const value = wholeText.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  return damaged(line, key, `"${text}" is not a whole number from ${least} to ${most}`)
}

export const wholeOf = (block: ModelBlock, key: string, blockLine: number, least: number, most: number): number => {
  const found = lineOf(block, key, blockLine)
  return whole(found, key, found.value, least, most)
}

const wordsOf = (found: ModelLine, key: string, count: number): ReadonlyArray<string> => {
  const words = found.value === "" ? [] : found.value.split(" ")
  return words.length === count ? words : damaged(found.line, key, `${words.length} values, ${count} are expected`)
}

/** `count` whole numbers, each from `least` to `most`. */
export const wholesOf = (
  block: ModelBlock,
  key: string,
  blockLine: number,
  count: number,
  [least, most]: readonly [number, number]
): ReadonlyArray<number> => {
  const found = lineOf(block, key, blockLine)
  return wordsOf(found, key, count).map((text) => whole(found, key, text, least, most))
}

/** `count` numbers in full precision, finite. */
export const numbersOf = (block: ModelBlock, key: string, blockLine: number, count: number): ReadonlyArray<number> => {
  const found = lineOf(block, key, blockLine)
  return wordsOf(found, key, count).map((text) => {
    const value = numberText.test(text) ? Number(text) : Number.NaN
    return Number.isFinite(value) ? value : damaged(found.line, key, `"${text}" is not a finite number`)
  })
}

/** As `numbersOf`; also `inf`, which LightGBM writes for a split of all values from the missing ones. */
export const thresholdsOf = (
  block: ModelBlock,
  key: string,
  blockLine: number,
  count: number
): ReadonlyArray<number> => {
  const found = lineOf(block, key, blockLine)
  return wordsOf(found, key, count).map((text) => {
    if (text === "inf" || text === "-inf") return text === "inf" ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
    const value = numberText.test(text) ? Number(text) : Number.NaN
    return Number.isNaN(value) ? damaged(found.line, key, `"${text}" is not a number`) : value
  })
}

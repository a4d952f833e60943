/**
 * Which of the expected symbols are not subscribed, and the share of the others from 0 to 1. A check that expects
 * nothing misses nothing.
 */
export const coverageOf = (
  expected: ReadonlyArray<string>,
  isSubscribed: (symbol: string) => boolean
): { readonly missing: ReadonlyArray<string>; readonly ratio: number } => {
  const missing = expected.filter((symbol) => !isSubscribed(symbol))
  return { missing, ratio: expected.length === 0 ? 1 : (expected.length - missing.length) / expected.length }
}

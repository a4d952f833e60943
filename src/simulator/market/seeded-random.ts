/**
 * 32-bit hash steps for the market generator. Each contract owns one 32-bit state, so its tick series depends on the
 * seed, its code and its own tick count only, not on other subscriptions.
 */
export const mix32 = (state: number): number => {
  let x = state | 0
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad)
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97)
  return (x ^ (x >>> 15)) >>> 0
}

/** Next state of a contract: an odd step visits all 2^32 states before one repeats. */
export const nextState = (state: number): number => (state + 0x9e3779b9) | 0

/** First state of a contract. */
export const stateOf = (seed: number, text: string): number => {
  let hash = mix32(seed ^ 0x5bd1e995) | 0
  for (let i = 0; i < text.length; i++) hash = mix32(hash ^ text.charCodeAt(i)) | 0
  return hash
}

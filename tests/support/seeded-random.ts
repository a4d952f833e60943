/** The next 32 bits. Source: mulberry32 (public domain). */
const bitsOf = (seed: number) => {
  let state = seed
  return (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
}

/** Numbers in [0, 1), the same for each seed, so that a seed reproduces a failure. */
export const fractionsOf = (seed: number) => {
  const bits = bitsOf(seed)
  return (): number => bits() / 4294967296
}

/** Whole numbers below `n`, the same for each seed. */
export const wholesOf = (seed: number) => {
  const bits = bitsOf(seed)
  return (n: number): number => bits() % n
}

/** Capped exponential backoff with jitter, as arithmetic: a machine has no clock and no randomness. */
export interface BackoffPolicy {
  readonly baseMs: number
  readonly capMs: number
}

/**
 * Pause before attempt `attempt` (1 = the first retry), milliseconds, jittered by x0.8..x1.2 from `seed`. The same
 * seed and attempt give the same pause, so a simulation can repeat it.
 */
export const backoffMs = (policy: BackoffPolicy, attempt: number, seed: number): number => {
  const full = Math.min(policy.capMs, policy.baseMs * 2 ** Math.max(0, attempt - 1))
  return Math.round(full * (0.8 + 0.4 * unit(seed, attempt)))
}

/**
 * A number in [0, 1) that depends on both arguments only. Source: the 32-bit finaliser of MurmurHash3 (public
 * domain).
 */
const unit = (seed: number, attempt: number): number => {
  let mixed = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(attempt + 1, 0xc2b2ae35)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 4294967296
}

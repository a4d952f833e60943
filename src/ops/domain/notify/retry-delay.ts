const firstMs = 500
const mostMs = 4000

/**
 * Pause before the next attempt, milliseconds: it doubles, up to four seconds. A receiver that names a longer pause
 * (Retry-After) gets it. `failures`: number of failed attempts, from 1.
 */
export const retryDelayMs = (failures: number, retryAfterMs = 0): number =>
  Math.max(retryAfterMs, Math.min(mostMs, firstMs * 2 ** (failures - 1)))

import { type NewYorkDay, newYorkDay, newYorkOffsetMs } from "../../../kernel/calendar/new-york.ts"

const dayMs = 86_400_000
/** Longer than any closure of the exchanges. */
const backMax = 14

/**
 * The trading day to which a gain or loss at this moment belongs: it begins with the pre-market and lasts until the
 * next one begins, so that what happens after the close is not forgiven by a new day.
 */
export const lossDayOf = (epochMs: number): NewYorkDay | undefined => {
  const local = epochMs - newYorkOffsetMs(epochMs)
  for (let back = 0; back < backMax; back++) {
    const session = newYorkDay(new Date(local - back * dayMs).toISOString().slice(0, 10))
    if (session !== undefined && epochMs >= session.preOpen) return session
  }
  return undefined
}

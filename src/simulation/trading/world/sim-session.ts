import type { Dice } from "../../faults/dice.ts"

/** Moments of the exchange's calendar, UTC: in a session, before an opening, before a close (also an early one). */
const moments = {
  session: Date.UTC(2026, 10, 30, 15, 0),
  opening: Date.UTC(2026, 10, 30, 14, 26),
  close: Date.UTC(2026, 10, 30, 20, 54),
  earlyClose: Date.UTC(2026, 10, 27, 17, 55),
  midnight: Date.UTC(2026, 11, 1, 4, 57)
} as const

/** When a seed begins: most of them in a session. */
export const startOf = (seed: number, dice: Dice): number => {
  const chance = dice.next()
  const jitterMs = dice.whole(0, 59_999)
  const at =
    chance < 0.7 || seed % 5 !== 0
      ? moments.session
      : chance < 0.78
        ? moments.opening
        : chance < 0.86
          ? moments.close
          : chance < 0.93
            ? moments.earlyClose
            : moments.midnight
  return at + jitterMs
}

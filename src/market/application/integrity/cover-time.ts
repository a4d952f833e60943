/** Time after a gap's end to wait for a later tick of another feed. After it the gap stays uncovered. */
export const coverDecidedAfterMs = 10_000

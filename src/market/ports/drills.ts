import { Schema } from "effect"

/** This front or this moment does not allow the drill; nothing was done. `message` says why in one sentence. */
export class DrillNotPossible extends Schema.TaggedError<DrillNotPossible>()("DrillNotPossible", {
  message: Schema.String
}) {}

/**
 * A fault done on purpose to one feed. Returns at once with a sentence that says what was done; throws
 * `DrillNotPossible` when nothing was. A drill that lasts ends by itself after `forMs` milliseconds.
 */
export type Drill = (feed: string, forMs: number) => string

/**
 * Faults that an operator may command. An absent one cannot be done to this front: a front of an exchange can be hung up
 * on, but nobody here can make it silent or make it refuse a login.
 */
export interface Drills {
  readonly crash: Drill
  readonly disconnect?: Drill
  readonly silence?: Drill
  readonly loginReject?: Drill
}

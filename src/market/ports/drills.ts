import { type Effect, Schema } from "effect"

/**
 * This front, or its current state, does not allow the drill; nothing was changed. `message` gives the reason in one
 * sentence.
 */
export class DrillNotPossible extends Schema.TaggedError<DrillNotPossible>()("DrillNotPossible", {
  message: Schema.String
}) {}

/**
 * A deliberate fault on one feed. Succeeds at once with a sentence that says what was done; a failure did nothing. A
 * lasting drill ends by itself after `forMs` milliseconds.
 */
export type Drill = (feed: string, forMs: number) => Effect.Effect<string, DrillNotPossible>

/**
 * Faults that an operator may inject. An absent one is not possible with this front: the link to an exchange's front
 * can be closed, but its silence or a rejected login cannot be produced from here.
 */
export interface Drills {
  readonly crash: Drill
  readonly disconnect?: Drill
  readonly silence?: Drill
  readonly loginReject?: Drill
}

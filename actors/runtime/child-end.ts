import { Cause, Exit } from "effect"
import { errorText } from "../../src/kernel/error-text.ts"
import { SupervisorGaveUp } from "./supervisor-error.ts"

/** `failed`: a typed failure. `died`: a defect, a bug. `interrupted`: ended from outside. */
export type HowEnded = "normal" | "failed" | "died" | "interrupted"

/** The end of a child: how, in one sentence, with the error values and the events below it. */
export interface ChildEnd {
  readonly how: HowEnded
  readonly reason: string
  readonly errors: ReadonlyArray<unknown>
  readonly chain: ReadonlyArray<string>
}

const isTagged = (error: unknown): boolean =>
  error instanceof Error && typeof (error as { _tag?: unknown })._tag === "string"

/**
 * A finalizer that dies turns the typed failure before it into a defect: `fail(E)` then `die(D)` arrives as Die(E),
 * Die(D). Such an end still counts as the failure E: a first defect that is a tagged error, with others behind it, is
 * treated as a failure.
 */
export const endOf = (exit: Exit.Exit<unknown, unknown>): ChildEnd => {
  if (Exit.isSuccess(exit)) return { how: "normal", reason: "ended", errors: [], chain: [] }
  const causes = exit.cause.reasons.filter((reason) => !Cause.isInterruptReason(reason))
  const [first] = causes
  if (first === undefined) return { how: "interrupted", reason: "interrupted", errors: [], chain: [] }
  const errors = causes.map((reason) => (Cause.isFailReason(reason) ? reason.error : reason.defect))
  const failed = Cause.isFailReason(first) || (errors.length > 1 && isTagged(errors[0]))
  const below = errors.find((error) => error instanceof SupervisorGaveUp)
  return {
    how: failed ? "failed" : "died",
    reason: errors.map(errorText).join(" Then: "),
    errors,
    chain: below?.chain ?? []
  }
}

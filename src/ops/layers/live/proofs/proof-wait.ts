import { Clock, Effect } from "effect"
import type { RunbookExitName } from "../../../domain/exit-codes.ts"
import type { LiveRequest } from "../../../domain/live-flags.ts"
import type { LiveSettings } from "../../../domain/live-settings.ts"
import { planOf, type StageName } from "../../../domain/plan.ts"
import type { RunFacts } from "../../../domain/run-facts.ts"
import { ProofError } from "../../../ports/health.ts"
import type { RunLog } from "../../../ports/run-log.ts"

/** One look at what a stage promises. `final`: waiting does not help, an operator must. */
export type Look =
  | { readonly holds: true; readonly facts: RunFacts }
  | { readonly holds: false; readonly exit: RunbookExitName; readonly why: string; readonly final: boolean }

export const held = (facts: RunFacts = {}): Look => ({ holds: true, facts })
export const unmet = (exit: RunbookExitName, why: string): Look => ({ holds: false, exit, why, final: false })
export const hopeless = (exit: RunbookExitName, why: string): Look => ({ holds: false, exit, why, final: true })

/** What a proof is made from. */
export interface ProofTools {
  readonly settings: LiveSettings
  readonly log: Pick<(typeof RunLog)["Service"], "write">
  /** When the attempt of the stage began, which may have started a program first. Undefined: with the proof. */
  readonly beganMs?: () => number | undefined
}

const everyMs = 250
/** A proof ends by itself a little before the deadline of its stage: its reason says more than "not within 45 s". */
const marginMs = 750
/** Reasons with a figure in them change at each look. */
const logEveryMs = 1_000

const deadlineOf = (stage: StageName, request: LiveRequest, { managed }: LiveSettings): number =>
  planOf(request, managed).find(({ name }) => name === stage)?.deadlineMs ?? 10_000

/** Looks until the stage holds. Fails with the last reason: at once when it is final, else before the deadline. */
export const untilHeld = Effect.fnUntraced(function* (
  { beganMs, log, settings }: ProofTools,
  stage: StageName,
  request: LiveRequest,
  look: Effect.Effect<Look, never>
): Effect.fn.Return<RunFacts, ProofError> {
  const deadlineMs = (beganMs?.() ?? (yield* Clock.currentTimeMillis)) + deadlineOf(stage, request, settings) - marginMs
  let loggedMs = Number.NEGATIVE_INFINITY
  let logged = ""
  for (;;) {
    const found = yield* look
    if (found.holds) return found.facts
    const nowMs = yield* Clock.currentTimeMillis
    if (found.final || nowMs + everyMs >= deadlineMs) {
      return yield* new ProofError({ exit: found.exit, message: found.why, isFinal: found.final })
    }
    if (found.why !== logged && nowMs - loggedMs >= logEveryMs) {
      yield* log.write("INFO", `Stage ${stage} waits: ${found.why}`)
      logged = found.why
      loggedMs = nowMs
    }
    yield* Effect.sleep(everyMs)
  }
})

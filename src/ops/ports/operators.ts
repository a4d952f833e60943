import { Context, type Effect } from "effect"
import type { LiveRequest } from "../domain/live-flags.ts"

/** News of a runbook. `code`: its exit code. `message`: for people, in both languages. */
export interface OperatorNews {
  readonly tag: string
  readonly code: number
  readonly message: string
  readonly request: LiveRequest
}

/**
 * The people who must know. Every adapter promises: it never fails, and ends within its deadline. Succeeds with one
 * sentence for each channel that has not got the news, and when no operator can be reached at all.
 */
export class Operators extends Context.Service<
  Operators,
  { readonly notify: (news: OperatorNews) => Effect.Effect<ReadonlyArray<string>> }
>()("tickd/ops/Operators") {}

import { Context, type Effect } from "effect"
import type { LiveRequest } from "../domain/live-flags.ts"

/** News of a runbook. `code`: its exit code. `message`: for people, in both languages. */
export interface DeskNews {
  readonly tag: string
  readonly code: number
  readonly message: string
  readonly request: LiveRequest
}

/**
 * The people who must know. Every adapter promises: it never fails, and ends within its deadline. Succeeds with one
 * sentence for each channel that has not got the news, and for a desk that cannot be reached at all.
 */
export class Desk extends Context.Service<
  Desk,
  { readonly tell: (news: DeskNews) => Effect.Effect<ReadonlyArray<string>> }
>()("tickd/ops/Desk") {}

import { type Effect, Latch, type Result } from "effect"
import type { ContractCatalogueError } from "../../ports/contract-catalogue.ts"
import type { ContractStoreError } from "../../ports/contract-store.ts"
import type { ContractRefresh } from "../contracts/refresh-contracts.ts"

/** Result of a requested refresh; undefined: no refresh runs now, or it was broken off. */
export type RefreshAnswer = Result.Result<ContractRefresh, ContractCatalogueError | ContractStoreError> | undefined
type Tell = (answer: RefreshAnswer) => void

/**
 * Requests to refresh the catalogue outside the schedule. A request during a refresh gets the next one, because only
 * that one surely includes the caller's changes; waiting requests share one refresh. Each is answered exactly once.
 */
export class RefreshAsks {
  private serving = false
  private readonly waiting: Array<Tell> = []
  private readonly taken: Array<Tell> = []
  private readonly latch = Latch.makeUnsafe(false)
  /** Succeeds once a request waits. */
  readonly asked: Effect.Effect<boolean | void> = this.latch.await

  ask(tell: Tell): void {
    if (!this.serving) return tell(undefined)
    this.waiting.push(tell)
    this.latch.openUnsafe()
  }

  /** From here on requests are served. */
  serve(): void {
    this.serving = true
  }

  /** A refresh begins for all waiting requests. */
  begin(): void {
    this.taken.push(...this.waiting.splice(0))
    this.latch.closeUnsafe()
  }

  /** The refresh ended. */
  answer(answer: RefreshAnswer): void {
    for (const tell of this.taken.splice(0)) tell(answer)
  }

  /** Requests are no longer served: answers the waiting ones. */
  abandon(): void {
    this.serving = false
    this.begin()
    this.answer(undefined)
  }
}

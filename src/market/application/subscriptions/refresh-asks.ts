import { type Effect, Latch, type Result } from "effect"
import type { ContractCatalogueError } from "../../ports/contract-catalogue.ts"
import type { ContractStoreError } from "../../ports/contract-store.ts"
import type { ContractRefresh } from "../contracts/refresh-contracts.ts"

/** What came of a refresh that was asked for; undefined: nobody refreshes now, or it was broken off. */
export type RefreshAnswer = Result.Result<ContractRefresh, ContractCatalogueError | ContractStoreError> | undefined
type Tell = (answer: RefreshAnswer) => void

/**
 * Those who want the catalogue refreshed out of its turn. Whoever asks while a refresh runs gets the next one, which alone
 * is sure to see what they know of; several who wait share one. Each is told exactly once.
 */
export class RefreshAsks {
  private serving = false
  private readonly waiting: Array<Tell> = []
  private readonly taken: Array<Tell> = []
  private readonly latch = Latch.makeUnsafe(false)
  /** Succeeds once somebody waits. */
  readonly asked: Effect.Effect<boolean | void> = this.latch.await

  ask(tell: Tell): void {
    if (!this.serving) return tell(undefined)
    this.waiting.push(tell)
    this.latch.openUnsafe()
  }

  /** From here on somebody refreshes. */
  serve(): void {
    this.serving = true
  }

  /** A refresh begins, for all who wait. */
  begin(): void {
    this.taken.push(...this.waiting.splice(0))
    this.latch.closeUnsafe()
  }

  /** It ended. */
  answer(answer: RefreshAnswer): void {
    for (const tell of this.taken.splice(0)) tell(answer)
  }

  /** Nobody refreshes any more: those who wait must not wait for ever. */
  abandon(): void {
    this.serving = false
    this.begin()
    this.answer(undefined)
  }
}

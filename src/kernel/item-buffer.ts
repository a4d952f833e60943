import { Effect } from "effect"

/**
 * Items in sequence of arrival, returned a batch at a time. A failure or a close keeps the items that are already
 * there.
 */
export class ItemBuffer<A, E> {
  private items: Array<A> = []
  private failure: E | undefined
  private wake: (() => void) | undefined
  private readonly onTaken: () => void

  /** `onTaken` runs after a batch was returned: there is room again. */
  constructor(onTaken: () => void = () => undefined) {
    this.onTaken = onTaken
  }

  get length(): number {
    return this.items.length
  }

  push(item: A): void {
    this.items.push(item)
    this.notify()
  }

  fail(error: E): void {
    this.failure ??= error
    this.notify()
  }

  /** Waits for at least one item. One resumption for each batch, of any size. */
  readonly take: Effect.Effect<ReadonlyArray<A>, E> = Effect.callback((resume) => {
    const give = () => {
      if (this.items.length === 0 && this.failure === undefined) return false
      this.wake = undefined
      const { items } = this
      this.items = []
      if (items.length > 0) resume(Effect.succeed(items))
      else resume(Effect.fail(this.failure as E))
      this.onTaken()
      return true
    }
    if (give()) return
    this.wake = () => give()
    return Effect.sync(() => {
      this.wake = undefined
    })
  })

  private notify(): void {
    const { wake } = this
    if (wake === undefined) return
    this.wake = undefined
    // At the end of the turn: one batch for all messages of a socket chunk.
    queueMicrotask(wake)
  }
}

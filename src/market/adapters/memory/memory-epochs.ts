import { Effect } from "effect"

/** The text under the key and its revision, in the shape of the JetStream adapter's `EpochEntry`. */
export interface MemoryEntry {
  readonly text: string
  readonly revision: number
}

/** Time from a client to the server, milliseconds, and the same back. */
const wayMs = 1

/**
 * One key of a KV bucket in memory, as `EpochStore` reads and writes it: a compare-and-set whose revision only grows,
 * and a server that may be silent. Unanswered requests fail after `timeoutMs`; one that reached the server has had
 * its effect.
 */
export class MemoryEpochs<E> {
  entry: MemoryEntry | undefined
  /** Which half of each exchange is lost now. */
  silence: "none" | "requests" | "answers" = "none"
  private seq = 0
  private readonly listeners = new Set<{
    readonly isOpen: () => boolean
    heard: ((text: string) => void) | undefined
  }>()
  private readonly options: {
    readonly later: (afterMs: number, run: () => void) => void
    /** The server accepts nothing now. */
    readonly isAway: () => boolean
    readonly timeoutMs: number
    readonly failure: (message: string) => E
    /** Called with each accepted write. */
    readonly onWrite: (text: string) => void
    /** Called for each request without an answer, and each notification that is lost. */
    readonly onSilence: () => void
  }

  constructor(options: MemoryEpochs<E>["options"]) {
    this.options = options
  }

  /** The store returned without the bucket. */
  wipe(): void {
    this.entry = undefined
    this.seq = 0
  }

  /** The key over one link. */
  over(isOpen: () => boolean) {
    const listener = { isOpen, heard: undefined as ((text: string) => void) | undefined }
    const exchange = <A>(act: () => A): Effect.Effect<A, E> =>
      Effect.gen({ self: this }, function* () {
        yield* Effect.sleep(wayMs)
        if (!isOpen()) return yield* this.fail("the connection is closed", 0)
        if (this.options.isAway() || this.silence === "requests") return yield* this.requestError()
        const answer = act()
        yield* Effect.sleep(wayMs)
        return this.silence === "answers" ? yield* this.requestError() : answer
      })
    return {
      read: exchange(() => this.entry),
      write: (text: string, after: number) => exchange(() => this.set(text, after)),
      listen: (heard: ((text: string) => void) | undefined) => {
        listener.heard = heard
        this.listeners.add(listener)
      }
    }
  }

  private set(text: string, after: number): number | undefined {
    if ((this.entry?.revision ?? 0) !== after) return undefined
    this.entry = { text, revision: ++this.seq }
    this.options.onWrite(text)
    for (const listener of this.listeners) {
      if (!listener.isOpen()) this.listeners.delete(listener)
      else if (this.silence === "none") this.options.later(wayMs, () => this.tell(listener, text))
      else this.options.onSilence()
    }
    return this.seq
  }

  private tell(
    listener: { readonly isOpen: () => boolean; readonly heard: ((text: string) => void) | undefined },
    text: string
  ) {
    if (listener.isOpen()) listener.heard?.(text)
  }

  private requestError(): Effect.Effect<never, E> {
    this.options.onSilence()
    return this.fail("timeout", this.options.timeoutMs)
  }

  private fail(message: string, afterMs: number): Effect.Effect<never, E> {
    return Effect.andThen(
      Effect.sleep(afterMs),
      Effect.suspend(() => Effect.fail(this.options.failure(message)))
    )
  }
}

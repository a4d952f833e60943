import { TokenBucket } from "./token-bucket.ts"

/** Times in milliseconds of any monotonic clock. */
export interface StormLimits {
  /** Number of events that are reported one by one before folding begins. */
  readonly burst: number
  /** Time in which one of them is regained. Omit for `everyMs`. */
  readonly regainMs?: number
  /** Minimum time between two reports of a storm. */
  readonly everyMs: number
  /** A lasting storm is reported less and less often, down to this interval. Omit for a constant `everyMs`. */
  readonly mostMs?: number
}

/**
 * The one limiter of everything that may occur by the thousand: log lines, link flaps, refusals, events of a machine.
 * The first events are reported one by one. In a storm one report in each window represents all its events, with
 * their count and the newest of them. Every event is counted, and the last state is always reported.
 */
export class StormFolder<E> {
  private readonly limits: StormLimits
  private readonly nowMs: () => number
  private readonly later: (run: () => void, afterMs: number) => void
  private readonly report: (event: E, count: number) => void
  private readonly merge: (waiting: E, next: E) => E
  /** Events that may pass one by one. */
  private readonly singles: TokenBucket
  private windowMs: number
  private dueMs = 0
  private flushedMs = Number.NEGATIVE_INFINITY
  private count = 0
  /** Counts flushes: the timer of an early flushed window must not affect later windows. */
  private turn = 0
  private waiting: E | undefined

  constructor(options: {
    readonly limits: StormLimits
    readonly nowMs: () => number
    /** Runs a function once, after this many milliseconds. */
    readonly later: (run: () => void, afterMs: number) => void
    /** `count` events, of which `event` is the newest (or the result of `merge`). */
    readonly report: (event: E, count: number) => void
    /** Merges folded events instead of keeping only the newest. */
    readonly merge?: (waiting: E, next: E) => E
  }) {
    this.limits = options.limits
    this.nowMs = options.nowMs
    this.later = options.later
    this.report = options.report
    this.merge = options.merge ?? ((_, next) => next)
    const { burst, everyMs, regainMs = everyMs } = options.limits
    this.singles = new TokenBucket({ burst, regainMs, nowMs: options.nowMs() })
    this.windowMs = everyMs
  }

  note(event: E): void {
    // A late or missing timer must hold nothing back.
    if (this.count > 0 && this.nowMs() > this.dueMs) this.flush()
    if (this.count === 0) {
      if (this.singles.take(this.nowMs())) return this.report(event, 1)
      if (this.nowMs() - this.flushedMs >= this.windowMs) this.windowMs = this.limits.everyMs
      this.waiting = event
      this.count = 1
      this.dueMs = this.nowMs() + this.windowMs
      const { turn } = this
      this.later(() => {
        if (turn === this.turn) this.flush()
      }, this.windowMs)
      return
    }
    this.waiting = this.merge(this.waiting as E, event)
    this.count++
  }

  /** Reports what waits: at the end of a window, before an event that must follow it, and before the process ends. */
  flush(): void {
    const { count, waiting } = this
    if (count === 0) return
    this.turn++
    this.count = 0
    this.waiting = undefined
    this.flushedMs = this.nowMs()
    this.singles.empty(this.flushedMs)
    const { everyMs, mostMs = everyMs } = this.limits
    this.windowMs = Math.min(mostMs, this.windowMs * 2)
    this.report(waiting as E, count)
  }

  isWaiting(): boolean {
    return this.count > 0
  }

  /** Nothing waits and the full burst is free: the storm has ended. */
  isAtRest(): boolean {
    return this.count === 0 && this.singles.isFull(this.nowMs())
  }
}

/**
 * Default limit of distinct keys. Further keys share the folder of `otherKey`, so that keys from data cannot use up
 * memory.
 */
const keysUsual = 256
export const otherKey = "other"

/** One folder for each kind of event: a storm of one kind hides no event of another. */
export class StormFolders<E> {
  private readonly folders = new Map<string, StormFolder<E>>()
  private readonly make: (key: string) => StormFolder<E>
  private readonly keysMax: number

  constructor(make: (key: string) => StormFolder<E>, keysMax = keysUsual) {
    this.make = make
    this.keysMax = keysMax
  }

  note(key: string, event: E): void {
    this.of(key).note(event)
  }

  isWaiting(key: string): boolean {
    return this.folders.get(key)?.isWaiting() === true
  }

  /** Reports the waiting events of one kind. */
  flushKey(key: string): void {
    this.folders.get(key)?.flush()
  }

  flush(): void {
    for (const folder of this.folders.values()) folder.flush()
  }

  private of(key: string): StormFolder<E> {
    const known = this.folders.get(key)
    if (known !== undefined) return known
    if (this.folders.size >= this.keysMax) this.forgetResting()
    const named = this.folders.size < this.keysMax ? key : otherKey
    const folder = this.folders.get(named) ?? this.make(named)
    this.folders.set(named, folder)
    return folder
  }

  private forgetResting(): void {
    for (const [key, folder] of this.folders) if (folder.isAtRest()) this.folders.delete(key)
  }
}

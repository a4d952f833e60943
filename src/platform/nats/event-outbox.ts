/** A message that waits to be stored. `id` is the same for each attempt, so that the stream stores it once. */
export interface OutboxMessage {
  readonly id: string
  readonly subject: string
  readonly payload: string
  readonly atMs: number
}

/** Messages dropped since the last report. Times in epoch milliseconds. */
export interface OutboxGap {
  readonly count: number
  readonly fromMs: number
  readonly toMs: number
}

/**
 * Messages in sequence until the stream has confirmed them. Holds at most `capacity`. When it is full, the oldest is
 * dropped and counted: after a long outage the newest show the present state, and the gap shows what is missing.
 */
export class EventOutbox {
  private readonly capacity: number
  private readonly waiting: Array<OutboxMessage | undefined>
  private head = 0
  private size = 0
  private gap: { count: number; fromMs: number; toMs: number } | undefined
  private droppedTotal = 0
  private wake: (() => void) | undefined

  constructor(capacity: number) {
    this.capacity = capacity
    this.waiting = Array.from<OutboxMessage | undefined>({ length: capacity })
  }

  get length(): number {
    return this.size
  }

  /** Messages dropped since the start of the daemon. */
  get dropped(): number {
    return this.droppedTotal
  }

  add(message: OutboxMessage): void {
    if (this.size === this.capacity) this.dropOldest()
    this.waiting[(this.head + this.size) % this.capacity] = message
    this.size++
    const { wake } = this
    this.wake = undefined
    wake?.()
  }

  first(): OutboxMessage | undefined {
    return this.size === 0 ? undefined : this.waiting[this.head]
  }

  /** Removes a confirmed message. If it was dropped before its confirmation arrived, nothing is left to do. */
  confirmed(message: OutboxMessage): void {
    if (this.first() !== message) return
    this.waiting[this.head] = undefined
    this.head = (this.head + 1) % this.capacity
    this.size--
  }

  /** The dropped messages, to be reported before the next message. This call resets them. */
  takeGap(): OutboxGap | undefined {
    const { gap } = this
    this.gap = undefined
    return gap
  }

  /** Calls once, as soon as there is a message. Returns a function that cancels it. */
  whenFilled(call: () => void): () => void {
    if (this.size > 0) call()
    else this.wake = call
    return () => {
      if (this.wake === call) this.wake = undefined
    }
  }

  private dropOldest(): void {
    const oldest = this.first() as OutboxMessage
    this.confirmed(oldest)
    this.droppedTotal++
    this.gap ??= { count: 0, fromMs: oldest.atMs, toMs: oldest.atMs }
    this.gap.count++
    this.gap.toMs = oldest.atMs
  }
}

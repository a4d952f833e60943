/** A message that waits to be stored. `id` is the same each time it is sent: the stream keeps it once. */
export interface OutboxMessage {
  readonly id: string
  readonly subject: string
  readonly payload: string
  readonly atMs: number
}

/** What was dropped since it was last told. Times in epoch milliseconds. */
export interface OutboxGap {
  readonly count: number
  readonly fromMs: number
  readonly toMs: number
}

/**
 * Messages in order until the stream has confirmed them. Holds at most `capacity`; when it is full the oldest goes and
 * is counted: after a long outage the newest tell how things stand, and the gap says what is missing.
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

  /** Takes a confirmed message out. It may have been dropped while its confirmation was on the way: then nothing is left to do. */
  confirmed(message: OutboxMessage): void {
    if (this.first() !== message) return
    this.waiting[this.head] = undefined
    this.head = (this.head + 1) % this.capacity
    this.size--
  }

  /** What was dropped, to be told before the next message; it is forgotten with this call. */
  takeGap(): OutboxGap | undefined {
    const { gap } = this
    this.gap = undefined
    return gap
  }

  /** Calls once, as soon as there is a message. Returns how to take that back. */
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

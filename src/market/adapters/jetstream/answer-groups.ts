/**
 * Maximum number of messages that share one answer. A message without a reply subject costs server and client about
 * half. The sequence in the next answer shows whether it was stored (docs/decisions/0009).
 */
const groupMax = 64

/** Number of messages with an answer each after the first doubt about a group; doubled by each further doubt. */
const firstCalm = 10_000

/**
 * Decides which messages request an answer: the last of a turn of the event loop and every 64th, or each one after a
 * doubt.
 */
export class AnswerGroups {
  /** An answer contradicted the stream's sequence: until the tail is read, no answer proves anything. */
  doubtful = false
  /** Sent since the last message with an answer. */
  private unasked = 0
  /** Number of messages that still request an answer each. */
  private singles = 0
  private calm = firstCalm

  /** True: the next message requests its own answer, and is not held back for a group. */
  takeSingle(): boolean {
    if (this.singles === 0) return false
    this.singles--
    return true
  }

  /** Whether the present message must request an answer. `last`: nothing follows it in this turn. */
  asks(last: boolean): boolean {
    return last || this.unasked + 1 >= groupMax
  }

  /** The message was sent. Returns the number of messages that its answer covers; 0 when it requested none. */
  sent(asked: boolean): number {
    const size = this.unasked + 1
    this.unasked = asked ? 0 : size
    return asked ? size : 0
  }

  /**
   * Only the tail shows which messages of a group, and of all that follow, are stored: counting restarts from the
   * tail.
   */
  doubt(): void {
    if (this.doubtful) return
    this.doubtful = true
    this.singles = this.calm
    this.calm *= 2
  }

  /** Another writer is active: a group would be in doubt, so there are none for a while. */
  foreign(): void {
    this.singles = this.calm
  }

  /** The tail was read, and nothing is in flight any more. */
  settled(): void {
    this.unasked = 0
    this.doubtful = false
  }
}

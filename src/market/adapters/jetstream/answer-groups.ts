/**
 * Most messages that share one answer. A message sent without a reply subject costs server and client about half; the
 * sequence in the answer of the next one that asks tells whether it was stored (docs/decisions/0009).
 */
const groupMax = 64

/** Messages that ask one by one after the first doubt about a group; doubled by each further one. */
const firstCalm = 10_000

/** Which messages ask for an answer: the last of a turn of the event loop and every 64th, or each one after a doubt. */
export class AnswerGroups {
  /** An answer came that the stream's sequence does not bear out: until the tail is read, no answer settles anything. */
  doubtful = false
  /** Sent since the last message that asked. */
  private unasked = 0
  /** Messages that are still to ask one by one. */
  private singles = 0
  private calm = firstCalm

  /** True: the next message asks for itself, and need not be kept back until it is known what follows. */
  takeSingle(): boolean {
    if (this.singles === 0) return false
    this.singles--
    return true
  }

  /** Whether the message that is sent now has to ask. `last`: nothing follows it in this turn. */
  asks(last: boolean): boolean {
    return last || this.unasked + 1 >= groupMax
  }

  /** Notes that it was sent. Returns how many messages its answer is about; 0 when it did not ask. */
  sent(asked: boolean): number {
    const size = this.unasked + 1
    this.unasked = asked ? 0 : size
    return asked ? size : 0
  }

  /** Which of a group are stored only the tail tells, and so of all that follow it: the count goes on from the tail. */
  doubt(): void {
    if (this.doubtful) return
    this.doubtful = true
    this.singles = this.calm
    this.calm *= 2
  }

  /** Somebody else writes: a group would be doubted, so for a while there is none. */
  foreign(): void {
    this.singles = this.calm
  }

  /** The tail is read, and nothing is under way any more. */
  settled(): void {
    this.unasked = 0
    this.doubtful = false
  }
}

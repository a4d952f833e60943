export type Payload = string | Uint8Array

/** Called with the values of `PublishWindow.add`, times in milliseconds. */
export type RetainedMessage = (
  subject: string,
  payload: Payload,
  stampMs: number,
  token: number,
  feedSeq: number,
  receivedMs: number
) => void

const slotState = { empty: 0, waiting: 1, sent: 2, stored: 3, refused: 4, superseded: 5 } as const

/**
 * Messages that were accepted and are not known to be stored, in sequence: the only copy.
 * A message keeps its index (0, 1, 2, …) forever, and has a slot (index modulo the size) while it is here. Columns
 * instead of objects: nothing is allocated for a message.
 */
export class PublishWindow {
  readonly size: number
  /** Index of the oldest message here. Everything before it is stored. */
  base = 0
  /** Index of the next message. */
  next = 0
  /** Sent and not answered. */
  outstanding = 0
  /** Refused and not sent again yet. */
  refused = 0
  /** Stream sequence of the youngest message that `advance` released; 0 before the first. */
  releasedSeq = 0
  private lowestRefused = Number.POSITIVE_INFINITY
  private readonly states: Uint8Array
  private readonly subjects: Array<string>
  private readonly payloads: Array<Payload>
  private readonly stampsMs: Float64Array
  private readonly tokens: Float64Array
  private readonly handedMs: Float64Array
  private readonly sentMs: Float64Array
  private readonly feedSeqs: Float64Array
  private readonly receivedMs: Float64Array
  private readonly seqs: Float64Array
  private readonly groupSizes: Uint16Array

  constructor(size: number) {
    this.size = size
    this.states = new Uint8Array(size)
    this.subjects = Array.from({ length: size }, () => "")
    this.payloads = Array.from({ length: size }, () => "")
    this.stampsMs = new Float64Array(size)
    this.tokens = new Float64Array(size)
    this.handedMs = new Float64Array(size)
    this.sentMs = new Float64Array(size)
    this.feedSeqs = new Float64Array(size)
    this.receivedMs = new Float64Array(size)
    this.seqs = new Float64Array(size)
    this.groupSizes = new Uint16Array(size)
  }

  get retained(): number {
    return this.next - this.base
  }

  get free(): number {
    return this.size - this.retained
  }

  /** Accepts a message; the caller has checked `free`. Returns its slot. */
  add(
    subject: string,
    payload: Payload,
    stampMs: number,
    token: number,
    nowMs: number,
    feedSeq = 0,
    receivedMs = 0
  ): number {
    const slot = this.next++ % this.size
    this.states[slot] = slotState.waiting
    this.subjects[slot] = subject
    this.payloads[slot] = payload
    this.groupSizes[slot] = 1
    this.stampsMs[slot] = stampMs
    this.tokens[slot] = token
    this.handedMs[slot] = nowMs
    this.feedSeqs[slot] = feedSeq
    this.receivedMs[slot] = receivedMs
    return slot
  }

  subject(slot: number): string {
    return this.subjects[slot] as string
  }

  payload(slot: number): Payload {
    return this.payloads[slot] as Payload
  }

  received(slot: number): number {
    return this.receivedMs[slot] as number
  }

  /** Lowest stream sequence of a stored message that waits for an older one; infinite without one. */
  lowestWaitingSeq(): number {
    let lowest = Number.POSITIVE_INFINITY
    for (let index = this.base; index < this.next; index++) {
      const slot = index % this.size
      if (this.states[slot] === slotState.stored) lowest = Math.min(lowest, this.seqs[slot] as number)
    }
    return lowest
  }

  /** Calls the given function with the retained messages, without the `skip` oldest, in sequence. */
  forEachRetained(skip: number, tell: RetainedMessage): void {
    for (let index = this.base + skip; index < this.next; index++) {
      const slot = index % this.size
      tell(
        this.subject(slot),
        this.payload(slot),
        this.stampsMs[slot] as number,
        this.tokens[slot] as number,
        this.feedSeqs[slot] as number,
        this.receivedMs[slot] as number
      )
    }
  }

  /** Does nothing for a message that does not wait, so that one in flight is never sent a second time. */
  markSent(slot: number, nowMs: number): void {
    if (this.states[slot] !== slotState.waiting) return
    this.states[slot] = slotState.sent
    this.sentMs[slot] = nowMs
    this.outstanding++
  }

  /** The answer for this slot covers its message and the `size - 1` messages before it that requested no answer. */
  closeGroup(slot: number, size: number): void {
    this.groupSizes[slot] = size
  }

  /** Number of messages that the answer for this slot covers; 0 when none waits for one. */
  groupSize(slot: number): number {
    return this.states[slot] === slotState.sent ? (this.groupSizes[slot] as number) : 0
  }

  /** False when no message waited for an answer in this slot, so the answer is foreign. `seq` belongs to this slot. */
  markStored(slot: number, seq: number): boolean {
    const size = this.groupSize(slot)
    for (let back = 0; back < size; back++) {
      const member = this.before(slot, back)
      this.states[member] = slotState.stored
      this.seqs[member] = seq - back
    }
    this.outstanding -= size
    return size > 0
  }

  /** The same for a refusal, and for a group whose messages cannot all be proven stored. */
  markRefused(slot: number): boolean {
    const size = this.groupSize(slot)
    for (let back = 0; back < size; back++) this.states[this.before(slot, back)] = slotState.refused
    this.outstanding -= size
    this.refused += size
    if (size > 0) this.lowestRefused = Math.min(this.lowestRefused, this.indexOf(slot) - size + 1)
    return size > 0
  }

  /** True when a message before this one was refused: if stored now, it precedes that one in the stream. */
  overtakes(slot: number): boolean {
    return this.refused > 0 && this.indexOf(slot) > this.lowestRefused
  }

  /** Read back from the stream: stored, whatever its state was before. */
  markFound(slot: number, seq: number): void {
    if (this.states[slot] === slotState.sent) this.outstanding--
    if (this.states[slot] === slotState.refused) this.refused--
    this.states[slot] = slotState.stored
    this.seqs[slot] = seq
  }

  /** Number of these stored messages that precede an older unstored one in the stream. */
  countOvertaking(slots: ReadonlyArray<number>): number {
    const [first] = this.waitingSlots()
    if (first === undefined) return 0
    const oldest = this.indexOf(first)
    return slots.filter((slot) => this.indexOf(slot) > oldest).length
  }

  /**
   * Everything that was sent or refused and is not stored waits to be sent again. For a new connection, or a
   * reconciled window.
   */
  rewind(): void {
    for (let index = this.base; index < this.next; index++) {
      const slot = index % this.size
      if (this.states[slot] === slotState.stored || this.states[slot] === slotState.superseded) continue
      this.states[slot] = slotState.waiting
      this.groupSizes[slot] = 1
    }
    this.outstanding = 0
    this.refused = 0
    this.lowestRefused = Number.POSITIVE_INFINITY
  }

  /** Messages stored after this sequence are lost, and wait to be sent again. */
  forgetStoredBehind(seq: number): void {
    for (let index = this.base; index < this.next; index++) {
      const slot = index % this.size
      if (this.states[slot] === slotState.stored && (this.seqs[slot] as number) > seq) {
        this.states[slot] = slotState.waiting
        this.groupSizes[slot] = 1
      }
    }
  }

  /** A waiting message is not sent: another writer has stored it, or a younger one of its subject. */
  markSuperseded(slot: number): void {
    this.states[slot] = slotState.superseded
  }

  /**
   * Moves the base over stored and superseded messages, in publishing sequence, with a call for each. Returns the
   * number of stored ones.
   */
  advance(
    onStored: (stampMs: number, token: number, nowMs: number, feedSeq: number) => void,
    nowMs: number,
    onSuperseded: (token: number, feedSeq: number, receivedMs: number) => void = () => undefined
  ): number {
    let stored = 0
    for (; this.base < this.next; this.base++) {
      const slot = this.base % this.size
      const state = this.states[slot]
      if (state !== slotState.stored && state !== slotState.superseded) break
      this.states[slot] = slotState.empty
      this.payloads[slot] = ""
      if (state === slotState.superseded) {
        onSuperseded(this.tokens[slot] as number, this.feedSeqs[slot] as number, this.receivedMs[slot] as number)
        continue
      }
      this.releasedSeq = this.seqs[slot] as number
      stored++
      onStored(this.stampsMs[slot] as number, this.tokens[slot] as number, nowMs, this.feedSeqs[slot] as number)
    }
    return stored
  }

  /** Slots that wait to be sent, in sequence. */
  waitingSlots(): Array<number> {
    const slots: Array<number> = []
    for (let index = this.base; index < this.next; index++) {
      const slot = index % this.size
      if (this.states[slot] === slotState.waiting) slots.push(slot)
    }
    return slots
  }

  /** When the oldest message here was accepted; undefined when there is none. */
  oldestHandedMs(): number | undefined {
    return this.base === this.next ? undefined : this.handedMs[this.base % this.size]
  }

  /** When the oldest unanswered message was last sent; undefined when every one has its answer. */
  oldestSentMs(): number | undefined {
    if (this.outstanding === 0) return undefined
    for (let index = this.base; index < this.next; index++) {
      const slot = index % this.size
      if (this.states[slot] === slotState.sent) return this.sentMs[slot]
    }
    return undefined
  }

  private before(slot: number, back: number): number {
    return slot >= back ? slot - back : slot - back + this.size
  }

  private indexOf(slot: number): number {
    return this.base + ((slot - (this.base % this.size) + this.size) % this.size)
  }
}

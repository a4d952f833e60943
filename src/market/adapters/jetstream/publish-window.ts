export type Payload = string | Uint8Array

/** Takes what `PublishWindow.add` was given, times in milliseconds. */
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
 * The messages handed over and not yet known to be stored, in order of handing over; the only copy there is.
 * A message has an index (0, 1, 2, …) for ever and a slot (index modulo the size) while it is here. Columns instead of
 * objects: nothing is allocated for a message.
 */
export class PublishWindow {
  readonly size: number
  /** Index of the oldest message here; everything before it is stored. */
  base = 0
  /** Index that the next message gets. */
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

  /** Takes a message over; the caller has looked at `free`. Returns its slot. */
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

  /** Lowest stream sequence of a message that is stored and waits for an older one; infinite without one. */
  lowestWaitingSeq(): number {
    let lowest = Number.POSITIVE_INFINITY
    for (let index = this.base; index < this.next; index++) {
      const slot = index % this.size
      if (this.states[slot] === slotState.stored) lowest = Math.min(lowest, this.seqs[slot] as number)
    }
    return lowest
  }

  /** Tells what is retained, without the `skip` oldest, in order. */
  tellRetained(skip: number, tell: RetainedMessage): void {
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

  /** Nothing for a message that does not wait: what is under way cannot be sent a second time by mistake. */
  markSent(slot: number, nowMs: number): void {
    if (this.states[slot] !== slotState.waiting) return
    this.states[slot] = slotState.sent
    this.sentMs[slot] = nowMs
    this.outstanding++
  }

  /** The answer for this slot is about it and the `size - 1` messages sent before it without asking for one. */
  closeGroup(slot: number, size: number): void {
    this.groupSizes[slot] = size
  }

  /** How many messages the answer for this slot is about; 0 when none waits for one there. */
  groupSize(slot: number): number {
    return this.states[slot] === slotState.sent ? (this.groupSizes[slot] as number) : 0
  }

  /** False when nothing was waiting for an answer in this slot: the answer is about something else. `seq` is this slot's. */
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

  /** The same for a refusal, and for a group of which not each one can be shown to be stored. */
  markRefused(slot: number): boolean {
    const size = this.groupSize(slot)
    for (let back = 0; back < size; back++) this.states[this.before(slot, back)] = slotState.refused
    this.outstanding -= size
    this.refused += size
    if (size > 0) this.lowestRefused = Math.min(this.lowestRefused, this.indexOf(slot) - size + 1)
    return size > 0
  }

  /** True when a message before this one was refused: stored now, it stands before that one in the stream. */
  overtakes(slot: number): boolean {
    return this.refused > 0 && this.indexOf(slot) > this.lowestRefused
  }

  /** Read back from the stream: stored, whatever was known of it before. */
  markFound(slot: number, seq: number): void {
    if (this.states[slot] === slotState.sent) this.outstanding--
    if (this.states[slot] === slotState.refused) this.refused--
    this.states[slot] = slotState.stored
    this.seqs[slot] = seq
  }

  /** How many of these stored messages stand in the stream before an older one that is not stored yet. */
  countOvertaking(slots: ReadonlyArray<number>): number {
    const [first] = this.waitingSlots()
    if (first === undefined) return 0
    const oldest = this.indexOf(first)
    return slots.filter((slot) => this.indexOf(slot) > oldest).length
  }

  /** Everything sent or refused, and not stored, waits to be sent again. For a new connection, or a settled window. */
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

  /** What was stored behind this sequence is not stored any more, and waits to be sent again. */
  forgetStoredBehind(seq: number): void {
    for (let index = this.base; index < this.next; index++) {
      const slot = index % this.size
      if (this.states[slot] === slotState.stored && (this.seqs[slot] as number) > seq) {
        this.states[slot] = slotState.waiting
        this.groupSizes[slot] = 1
      }
    }
  }

  /** A message that waits is not sent: another writer has stored it, or a younger one of its subject. */
  markSuperseded(slot: number): void {
    this.states[slot] = slotState.superseded
  }

  /**
   * Moves the base over what is stored or superseded, in order of publishing, with a call for each message. Returns how
   * many were stored.
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

  /** Slots that wait to be sent, in order. */
  waitingSlots(): Array<number> {
    const slots: Array<number> = []
    for (let index = this.base; index < this.next; index++) {
      const slot = index % this.size
      if (this.states[slot] === slotState.waiting) slots.push(slot)
    }
    return slots
  }

  /** When the oldest message here was handed over; undefined when there is none. */
  oldestHandedMs(): number | undefined {
    return this.base === this.next ? undefined : this.handedMs[this.base % this.size]
  }

  /** When the oldest requestError message was last sent; undefined when every one has its answer. */
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

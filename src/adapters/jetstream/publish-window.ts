export type Payload = string | Uint8Array

const slotState = { empty: 0, waiting: 1, sent: 2, stored: 3, refused: 4 } as const

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
  private readonly seqs: Float64Array

  constructor(size: number) {
    this.size = size
    this.states = new Uint8Array(size)
    this.subjects = Array.from({ length: size }, () => "")
    this.payloads = Array.from({ length: size }, () => "")
    this.stampsMs = new Float64Array(size)
    this.tokens = new Float64Array(size)
    this.handedMs = new Float64Array(size)
    this.sentMs = new Float64Array(size)
    this.seqs = new Float64Array(size)
  }

  get retained(): number {
    return this.next - this.base
  }

  get free(): number {
    return this.size - this.retained
  }

  /** Takes a message over; the caller has looked at `free`. Returns its slot. */
  add(subject: string, payload: Payload, stampMs: number, token: number, nowMs: number): number {
    const slot = this.next++ % this.size
    this.states[slot] = slotState.waiting
    this.subjects[slot] = subject
    this.payloads[slot] = payload
    this.stampsMs[slot] = stampMs
    this.tokens[slot] = token
    this.handedMs[slot] = nowMs
    return slot
  }

  subject(slot: number): string {
    return this.subjects[slot] as string
  }

  payload(slot: number): Payload {
    return this.payloads[slot] as Payload
  }

  /** Nothing for a message that does not wait: what is under way cannot be sent a second time by mistake. */
  markSent(slot: number, nowMs: number): void {
    if (this.states[slot] !== slotState.waiting) return
    this.states[slot] = slotState.sent
    this.sentMs[slot] = nowMs
    this.outstanding++
  }

  /** False when nothing was waiting for an answer in this slot: the answer is about something else. */
  markStored(slot: number, seq: number): boolean {
    if (this.states[slot] !== slotState.sent) return false
    this.states[slot] = slotState.stored
    this.seqs[slot] = seq
    this.outstanding--
    return true
  }

  markRefused(slot: number): boolean {
    if (this.states[slot] !== slotState.sent) return false
    this.states[slot] = slotState.refused
    this.outstanding--
    this.refused++
    this.lowestRefused = Math.min(this.lowestRefused, this.indexOf(slot))
    return true
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
      if (this.states[slot] !== slotState.stored) this.states[slot] = slotState.waiting
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
      }
    }
  }

  /** Moves the base over what is stored, telling each message in order of publishing. Returns how many. */
  advance(onStored: (stampMs: number, token: number, nowMs: number) => void, nowMs: number): number {
    const from = this.base
    while (this.base < this.next && this.states[this.base % this.size] === slotState.stored) {
      const slot = this.base % this.size
      this.states[slot] = slotState.empty
      this.payloads[slot] = ""
      this.releasedSeq = this.seqs[slot] as number
      this.base++
      onStored(this.stampsMs[slot] as number, this.tokens[slot] as number, nowMs)
    }
    return this.base - from
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

  /** When the oldest unanswered message was last sent; undefined when every one has its answer. */
  oldestSentMs(): number | undefined {
    if (this.outstanding === 0) return undefined
    for (let index = this.base; index < this.next; index++) {
      const slot = index % this.size
      if (this.states[slot] === slotState.sent) return this.sentMs[slot]
    }
    return undefined
  }

  private indexOf(slot: number): number {
    return this.base + ((slot - (this.base % this.size) + this.size) % this.size)
  }
}

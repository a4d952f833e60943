import { recordBytes, recordI32, word } from "../../../kernel/tick/tick-slab.ts"

const tickKind = 1
const connectedKind = 2
const disconnectedKind = 3
/** Slots that only control events may use (docs/reference/ring.md). */
const controlReserve = (capacity: number) => Math.max(64, capacity / 32)
/** Words of a control slot: `aux` and the first byte of its text. */
const auxWord = 11
const textByte = 48

const encoder = new TextEncoder()
const noPid = 0

/**
 * The worker's ring without shared memory: same slots, same rules (docs/reference/ring.md). A tick that finds the
 * ring full is dropped, counted, and uses up its sequence number; control events have a reserve. It outlives its
 * workers.
 */
export class MemoryRing {
  readonly fd = -1
  readonly capacity: number
  readonly bytes: Uint8Array
  readonly i32: Int32Array
  readonly u32: Uint32Array
  readonly u64: BigUint64Array
  readonly f64: Float64Array
  /** Called when a slot is published and the reader sleeps. */
  onRing: () => void = () => undefined
  /** Called for each tick that was dropped because the ring was full. */
  onDrop: (seq: number) => void = () => undefined
  ticks = 0
  dropTicks = 0
  dropControl = 0
  private headIndex = 0
  private tailIndex = 0
  /** A reader that has never read waits for the first doorbell. */
  private sleeping = true
  private readonly stamp = new Uint32Array(4)
  /**
   * Link events that found a full ring, merged into the newest "down, up" pair. As in the worker, they are delayed
   * and never lost.
   */
  private heldDown: number | undefined
  private heldUp: number | undefined

  /** `capacity` is a power of two. */
  constructor(capacity: number) {
    const buffer = new ArrayBuffer(capacity * recordBytes)
    this.capacity = capacity
    this.bytes = new Uint8Array(buffer)
    this.i32 = new Int32Array(buffer)
    this.u32 = new Uint32Array(buffer)
    this.u64 = new BigUint64Array(buffer)
    this.f64 = new Float64Array(buffer)
  }

  readonly slotOffset = (index: number): number => (index & (this.capacity - 1)) * recordBytes
  readonly head = (): number => this.headIndex
  readonly tail = (): number => this.tailIndex
  readonly setTail = (next: number): void => {
    this.tailIndex = next
    this.releaseLink()
  }
  readonly sleep = (): boolean => {
    this.sleeping = this.headIndex === this.tailIndex
    return this.sleeping
  }
  readonly close = (): void => undefined
  readonly counters = () => ({
    ticks: this.ticks,
    dropTicks: this.dropTicks,
    dropControl: this.dropControl,
    wakes: 0,
    firstDropSeq: 0,
    lastDropSeq: 0,
    coalescedConnects: 0,
    coalescedDisconnects: 0,
    pid: noPid,
    epoch: 0n,
    apiVersion: "",
    closed: false,
    heartbeats: 0,
    commands: 0
  })

  /** Time of the next slots, epoch milliseconds: one for each burst, because a burst is one network read. */
  setTime(nowMs: number): void {
    const nanos = Math.round(nowMs) * 1e6
    this.stamp[0] = nanos % 4294967296
    this.stamp[1] = Math.floor(nanos / 4294967296)
  }

  /**
   * Copies a tick's record into the next slot, with its number and time. False: dropped. The caller rings once for
   * each burst.
   */
  pushTick(record: Uint8Array): boolean {
    const seq = ++this.ticks
    if (this.headIndex - this.tailIndex >= this.capacity - controlReserve(this.capacity)) {
      this.dropTicks++
      this.onDrop(seq)
      return false
    }
    const at = this.slotOffset(this.headIndex)
    this.bytes.set(record, at)
    this.head32(at, seq, tickKind)
    const w = (at / recordBytes) * recordI32
    this.u32[w + word.monoNsLow] = this.stamp[0] as number
    this.u32[w + word.monoNsHigh] = this.stamp[1] as number
    this.headIndex++
    return true
  }

  /**
   * Writes a control event. False: no slot was left; the event is lost and counted, or, for a link event, waits for a
   * slot.
   */
  pushControl(kind: number, aux: number, sym: number, texts: ReadonlyArray<string>): boolean {
    if (kind === connectedKind || kind === disconnectedKind) {
      if (kind === connectedKind) this.heldUp = aux
      else {
        this.heldUp = undefined
        this.heldDown = aux
      }
      return this.releaseLink()
    }
    this.releaseLink()
    return this.writeControl(kind, aux, sym, texts)
  }

  /** True when no link event waits any more. */
  private releaseLink(): boolean {
    const hasSlot = () => this.headIndex - this.tailIndex < this.capacity
    if (this.heldDown !== undefined && hasSlot()) {
      this.writeControl(disconnectedKind, this.heldDown, 0, [])
      this.heldDown = undefined
    }
    if (this.heldDown === undefined && this.heldUp !== undefined && hasSlot()) {
      this.writeControl(connectedKind, this.heldUp, 0, [])
      this.heldUp = undefined
    }
    return this.heldDown === undefined && this.heldUp === undefined
  }

  private writeControl(kind: number, aux: number, sym: number, texts: ReadonlyArray<string>): boolean {
    if (this.headIndex - this.tailIndex >= this.capacity) {
      this.dropControl++
      return false
    }
    const at = this.slotOffset(this.headIndex)
    this.bytes.fill(0, at, at + recordBytes)
    this.head32(at, this.ticks, kind)
    const w = at / 4
    this.u32[w + word.instrument] = sym
    this.i32[w + auxWord] = aux
    this.bytes.set(encoder.encode(texts.map((text) => `${text}\0`).join("")), at + textByte)
    this.headIndex++
    return true
  }

  /** Rings the doorbell if the reader sleeps. */
  ring(): void {
    if (!this.sleeping || this.headIndex === this.tailIndex) return
    this.sleeping = false
    this.onRing()
  }

  private head32(at: number, seq: number, kind: number): void {
    const w = at / 4
    this.u32[w + word.seqLow] = seq % 4294967296
    this.u32[w + word.seqHigh] = Math.floor(seq / 4294967296)
    this.u32[w + word.recvNsLow] = this.stamp[0] as number
    this.u32[w + word.recvNsHigh] = this.stamp[1] as number
    this.u32[w + word.verdict] = kind
  }
}

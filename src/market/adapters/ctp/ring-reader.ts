import type { TickIntake, WorkerSymbols } from "../../ports/tick-intake.ts"
import { copyTickRun } from "./depth-market-data.ts"
import { type ControlEvent, controlKind, decodeControl, slot, slotBytes } from "./ring-layout.ts"
import type { SharedRing } from "./shared-ring.ts"

/**
 * Slots read before the event loop continues: a storm must not delay timers, nor the broker's answers, which make
 * room.
 */
const drainBudget = 2048

/**
 * Pause between two reads of the ring while ticks keep arriving, milliseconds. The first tick after a silence is read
 * at once; those close behind it share a wake-up, a write to the socket and an answer. A wake-up for each tick costs
 * three processes 60 us of CPU. This costs at most this much latency, and nothing below a tick a millisecond.
 */
const breathMs = 1

/** Pause between two scans beyond ticks that wait for room, milliseconds. */
const lookAheadMs = 20

/**
 * Empties the ring: runs of ticks go to the intake with one memory move each, control events to their listener, in
 * ring order. When the intake has no room, the rest stays in the ring, which drops and counts the newest when it is
 * full. Control events do not wait with the ticks: they are reported ahead of them, still in sequence and once each.
 */
export class RingReader {
  /** Instruments with the numbers of the present worker. */
  readonly symbols: WorkerSymbols = { ids: [], resolved: [] }
  private readonly ring: SharedRing
  private readonly intake: TickIntake
  private readonly onControl: (event: ControlEvent) => void
  private readonly onReached: (event: ControlEvent) => void
  private readonly onTicks: () => void
  private readonly later: (resume: () => void, afterMs?: number) => void
  private waiting = false
  private breathing = false
  /** Waits for room, not for a turn of the event loop. */
  private blocked = false
  private looking = false
  /** Control events before this slot have been reported. Slots are counted from the ring's creation. */
  private reportedUpTo = 0
  /** Callbacks that wait until the ring has been read up to a slot, in sequence. */
  private readonly marks: Array<{ readonly at: number; readonly run: () => void }> = []

  constructor(options: {
    readonly ring: SharedRing
    readonly intake: TickIntake
    /**
     * Called with each event except `symbol`, once and in sequence; ahead of the ticks before it when those wait for
     * room.
     */
    readonly onControl: (event: ControlEvent) => void
    /** Called with each event when every tick before it has been accepted. */
    readonly onReached?: (event: ControlEvent) => void
    /** Called once for each run of ticks, after the intake accepted it. */
    readonly onTicks: () => void
    /** Runs a function in the next turn of the event loop, or after `afterMs` milliseconds. */
    readonly later: (resume: () => void, afterMs?: number) => void
  }) {
    this.ring = options.ring
    this.intake = options.intake
    this.onControl = options.onControl
    this.onReached = options.onReached ?? (() => undefined)
    this.onTicks = options.onTicks
    this.later = options.later
  }

  /** True when everything that the producer published has been read. */
  isEmpty(): boolean {
    return this.ring.head() === this.ring.tail()
  }

  /** Runs `run` when the present content of the ring has been read: at once when it is empty. */
  afterUnread(run: () => void): void {
    const at = this.ring.head()
    if (at === this.ring.tail()) run()
    else this.marks.push({ at, run })
  }

  /**
   * Reads until there is no room, or until the ring is empty, is still empty after a pause, and the producer will
   * ring.
   */
  drain(): void {
    if (this.blocked) this.lookAhead()
    if (this.waiting) return
    let budget = drainBudget
    while (true) {
      const head = this.ring.head()
      let tail = this.ring.tail()
      while (tail < head) {
        if (budget <= 0) return this.goOnLater()
        const read = this.readRun(tail, Math.min(head - tail, budget))
        if (read === 0) return this.waitForRoom()
        tail += read
        budget -= read
        this.ring.setTail(tail)
        if (this.marks.length > 0) this.passMarks(tail)
      }
      if (budget < drainBudget) return this.breathe()
      if (this.ring.sleep()) return
    }
  }

  /** Reads one control event, or the ticks up to the next one; 0 when the intake has no room. */
  private readRun(tail: number, most: number): number {
    const { ring, intake } = this
    const at = ring.slotOffset(tail)
    if (this.kindAt(at) !== controlKind.tick) {
      this.reached(decodeControl(ring.bytes, at), tail)
      return 1
    }
    const room = intake.room()
    if (room <= 0) return 0
    const slab = intake.slab()
    const mark = this.marks[0]
    const limit = Math.min(
      mark === undefined ? most : Math.min(most, mark.at - tail),
      room,
      slab.rows - slab.used,
      ring.capacity - (tail % ring.capacity)
    )
    let run = 1
    while (run < limit && this.kindAt(at + run * slotBytes) === controlKind.tick) run++
    const start = slab.used
    copyTickRun(ring.bytes, at, run, slab)
    intake.accept(slab, start, this.symbols)
    this.onTicks()
    return run
  }

  private kindAt(byteOffset: number): number {
    return this.ring.u32[(byteOffset + slot.kind) >>> 2] as number
  }

  private reached(event: ControlEvent, at: number): void {
    if (event.kind === "ready") {
      // A new worker numbers its instruments anew.
      this.symbols.ids.length = 0
      this.symbols.resolved.length = 0
    } else if (event.kind === "symbol") {
      this.symbols.ids[event.sym] = event.instrumentId
      this.symbols.resolved[event.sym] = -1
      return
    }
    if (at >= this.reportedUpTo) this.onControl(event)
    this.onReached(event)
  }

  /** Reports the control events behind the waiting ticks. Reads each slot once. */
  private lookAhead(): void {
    const { ring } = this
    const head = ring.head()
    for (let at = Math.max(this.reportedUpTo, ring.tail()); at < head; at++) {
      const offset = ring.slotOffset(at)
      const kind = this.kindAt(offset)
      // An instrument's number matters only for the ticks behind it.
      if (kind === controlKind.tick || kind === controlKind.symbol) continue
      this.reportedUpTo = at + 1
      this.onControl(decodeControl(ring.bytes, offset))
    }
    this.reportedUpTo = Math.max(this.reportedUpTo, head)
  }

  private lookAgain(): void {
    if (this.looking) return
    this.looking = true
    this.later(() => {
      this.looking = false
      if (!this.blocked) return
      this.lookAhead()
      this.lookAgain()
    }, lookAheadMs)
  }

  private passMarks(tail: number): void {
    while ((this.marks[0]?.at ?? Number.POSITIVE_INFINITY) <= tail) this.marks.shift()?.run()
  }

  /** Reads again after a pause. The producer need not ring meanwhile. */
  private breathe(): void {
    if (this.breathing) return
    this.breathing = true
    this.later(() => {
      this.breathing = false
      this.drain()
    }, breathMs)
  }

  private goOnLater(): void {
    this.waiting = true
    this.later(() => {
      this.waiting = false
      this.drain()
    })
  }

  private waitForRoom(): void {
    this.waiting = true
    this.blocked = true
    this.lookAhead()
    this.lookAgain()
    this.intake.whenRoom(() =>
      this.later(() => {
        this.waiting = false
        this.blocked = false
        this.drain()
      })
    )
  }
}

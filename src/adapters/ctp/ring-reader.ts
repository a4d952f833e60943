import type { TickIntake, WorkerSymbols } from "../../ports/outbound/tick-intake.ts"
import { copyTickRun } from "./depth-market-data.ts"
import { type ControlEvent, controlKind, decodeControl, slot, slotBytes } from "./ring-layout.ts"
import type { SharedRing } from "./shared-ring.ts"

/** Slots read before the event loop gets its turn: a storm must not keep timers waiting, nor the broker's answers, which make room. */
const drainBudget = 2048

/**
 * Pause between two looks at the ring while ticks keep coming, milliseconds: the first tick after a silence is read at
 * once, those that follow it closely share a wake-up, a write to the socket and an answer. A wake-up a tick costs three
 * processes 60 us of CPU; this costs up to this much latency, and nothing below a tick a millisecond.
 */
const breathMs = 1

/**
 * Empties the ring: runs of ticks go to the intake by one memory move each, control events to their listener, in ring
 * order. When the intake has no room the rest stays in the ring, which drops the newest and counts it when it is full.
 */
export class RingReader {
  /** Instruments as the present worker numbers them. */
  readonly symbols: WorkerSymbols = { ids: [], resolved: [] }
  private readonly ring: SharedRing
  private readonly intake: TickIntake
  private readonly onControl: (event: ControlEvent) => void
  private readonly onTicks: () => void
  private readonly later: (resume: () => void, afterMs?: number) => void
  private waiting = false
  private breathing = false

  constructor(options: {
    readonly ring: SharedRing
    readonly intake: TickIntake
    readonly onControl: (event: ControlEvent) => void
    /** Called once for each run of ticks, after the intake took it. */
    readonly onTicks: () => void
    /** Runs a function after the event loop's turn, or after `afterMs` milliseconds. */
    readonly later: (resume: () => void, afterMs?: number) => void
  }) {
    this.ring = options.ring
    this.intake = options.intake
    this.onControl = options.onControl
    this.onTicks = options.onTicks
    this.later = options.later
  }

  /** True when everything that the producer published has been read. */
  isEmpty(): boolean {
    return this.ring.head() === this.ring.tail()
  }

  /** Reads until the ring is empty, and until a pause later it still is and the producer knows that it must ring; or until there is no room. */
  drain(): void {
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
      }
      if (budget < drainBudget) return this.breathe()
      if (this.ring.sleep()) return
    }
  }

  /** Reads one control event, or ticks up to the next one; 0 when the intake has no room. */
  private readRun(tail: number, most: number): number {
    const { ring, intake } = this
    const at = ring.slotOffset(tail)
    if (this.kindAt(at) !== controlKind.tick) {
      this.control(decodeControl(ring.bytes, at))
      return 1
    }
    const room = intake.room()
    if (room <= 0) return 0
    const slab = intake.slab()
    const limit = Math.min(most, room, slab.rows - slab.used, ring.capacity - (tail % ring.capacity))
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

  private control(event: ControlEvent): void {
    if (event.kind === "ready") {
      // A new worker numbers its instruments anew.
      this.symbols.ids.length = 0
      this.symbols.resolved.length = 0
    } else if (event.kind === "symbol") {
      this.symbols.ids[event.sym] = event.instrumentId
      this.symbols.resolved[event.sym] = -1
      return
    }
    this.onControl(event)
  }

  /** Looks again after a pause; the producer need not ring meanwhile. */
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
    this.intake.whenRoom(() =>
      this.later(() => {
        this.waiting = false
        this.drain()
      })
    )
  }
}

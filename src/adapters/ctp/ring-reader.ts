import type { TickIntake, WorkerSymbols } from "../../ports/outbound/tick-intake.ts"
import { copyTickRun } from "./depth-market-data.ts"
import { type ControlEvent, controlKind, decodeControl, slot, slotBytes } from "./ring-layout.ts"
import type { SharedRing } from "./shared-ring.ts"

/** Slots read before the event loop gets its turn: a storm must not keep timers and sockets waiting. */
const drainBudget = 8192

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
  private readonly later: (resume: () => void) => void
  private waiting = false

  constructor(options: {
    readonly ring: SharedRing
    readonly intake: TickIntake
    readonly onControl: (event: ControlEvent) => void
    /** Called once for each run of ticks, after the intake took it. */
    readonly onTicks: () => void
    /** Runs a function after the event loop's turn. */
    readonly later: (resume: () => void) => void
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

  /** Reads until the ring is empty and the producer knows that it must ring, or until there is no room. */
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

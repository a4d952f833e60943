import type { MemoryRing } from "../../market/adapters/memory/memory-ring.ts"
import type { Dice } from "../faults/dice.ts"
import type { FrontTroubles } from "../faults/front-troubles.ts"
import type { SimTime } from "./virtual-time.ts"

/** Called with each tick that arrives at the ring; `print` 0: not produced by the market. */
type OnTick = (print: number, seq: number, isTaken: boolean, nowMs: number) => void

/** The wire of one feed of a pair: its delay, and the witness of its output. */
export interface WireOfPair {
  readonly delayMs: number
  readonly dice: Dice
  readonly onTick: OnTick
  /** Called with each print that is lost without a trace. */
  readonly onLost: (print: number) => void
}

interface Sent {
  readonly dueMs: number
  readonly print: number
  readonly record: Uint8Array
}

/**
 * The way of ticks from a front to the ring: immediate in a world of single feeds, with delay and losses in one of a
 * pair.
 */
export class SimWire {
  /** When it last delivered a tick. */
  lastMs = Number.NEGATIVE_INFINITY
  private readonly options: ConstructorParameters<typeof SimWire>[0]
  private waiting: Array<Sent> = []

  constructor(options: {
    readonly ring: MemoryRing
    readonly time: SimTime
    readonly troubles: FrontTroubles
    /** Runs later, unless the worker has ended by then. */
    readonly after: (afterMs: number, run: () => void) => void
    readonly pair: WireOfPair | undefined
  }) {
    this.options = options
  }

  put(record: Uint8Array, print: number): void {
    const { pair, ring, time, troubles } = this.options
    if (pair === undefined) return void ring.pushTick(record)
    if (troubles.lossShare > 0 && pair.dice.next() < troubles.lossShare) return this.lose(print)
    this.waiting.push({ dueMs: time.nowMs + pair.delayMs, print, record: Uint8Array.from(record) })
  }

  /** This print is lost, and no part can detect it. */
  lose(print: number): void {
    this.options.pair?.onLost(print)
  }

  /** Sends what was queued. */
  flush(): void {
    const { pair, ring, time } = this.options
    if (pair !== undefined) return this.options.after(pair.delayMs, () => this.bring(pair))
    this.lastMs = time.nowMs
    ring.ring()
  }

  /** The connection and the messages on their way are lost. */
  cut(): void {
    this.waiting = []
  }

  private bring({ onTick }: WireOfPair): void {
    const { ring, time, troubles } = this.options
    const { nowMs } = time
    const { waiting } = this
    let brought = 0
    if (troubles.behind) return
    ring.setTime(nowMs)
    for (const { dueMs, print, record } of waiting) {
      if (dueMs > nowMs) break
      brought++
      const isTaken = ring.pushTick(record)
      onTick(print, ring.ticks, isTaken, nowMs)
    }
    if (brought === 0) return
    waiting.splice(0, brought)
    this.lastMs = nowMs
    ring.ring()
  }
}

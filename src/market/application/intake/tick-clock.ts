import { recordI32, type TickSlab, word } from "../../../kernel/tick/tick-slab.ts"
import { exchangeMs, type Moment, receivedMs } from "../../../kernel/time/moment.ts"

/** The clock that decides whether an exchange time is in the future or stale. Epoch milliseconds UTC. */
export interface TickClock {
  /**
   * Writes the arrival time of the raw tick in `row` to `out[receivedMs]`; NaN when unknown: then no law compares it.
   */
  readonly read: (slab: TickSlab, row: number, out: Moment) => void
  /** True: `read` gives the arrival time, so no exchange time is after it. A replay's clock only follows the ticks. */
  readonly isReceipt: boolean
  /** Called with the exchange time of each tick that passed the laws. */
  readonly passed: (at: Moment) => void
}

/** Time of the vendor's callback, epoch milliseconds UTC, from the record. */
export const receivedMsOf = (slab: TickSlab, row: number): number => {
  const at = row * recordI32
  const { u32 } = slab
  return ((u32[at + word.recvNsHigh] as number) * 4_294_967_296 + (u32[at + word.recvNsLow] as number)) / 1e6
}

/** CLOCK_REALTIME in the vendor's callback: the clock of a live market. */
export const liveClock: TickClock = {
  isReceipt: true,
  read: (slab, row, out) => {
    out[receivedMs] = receivedMsOf(slab, row)
  },
  passed: () => undefined
}

/**
 * The clock of a replay: the latest exchange time of the recording so far. A recording is years old by the wall
 * clock, and at high speed minutes pass in one second.
 */
export const makeReplayClock = (): TickClock => {
  const now = new Float64Array([Number.NaN])
  return {
    isReceipt: false,
    read: (_slab, _row, out) => {
      out[receivedMs] = now[0] as number
    },
    passed: (at) => {
      // The condition is negated so that the first time is accepted: no comparison with NaN is true.
      if (!((at[exchangeMs] as number) <= (now[0] as number))) now[0] = at[exchangeMs] as number
    }
  }
}

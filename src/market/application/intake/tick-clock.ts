import { recordI32, type TickSlab, word } from "../../../kernel/tick/tick-slab.ts"
import { exchangeMs, type Moment, receivedMs } from "../../../kernel/time/moment.ts"

/** The clock that exchange times are compared with: future and stale ticks are told by it. Epoch milliseconds UTC. */
export interface TickClock {
  /** Writes when the raw tick in `row` arrived to `out[receivedMs]`; NaN when nothing tells, and then no law compares. */
  readonly read: (slab: TickSlab, row: number, out: Moment) => void
  /** True: what is read is when the tick arrived, so no exchange time lies behind it. A replay's clock only follows the ticks. */
  readonly isReceipt: boolean
  /** Told of the exchange time of each tick that the laws let pass. */
  readonly passed: (at: Moment) => void
}

/** When the vendor's callback ran, epoch milliseconds UTC, by the record itself. */
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
 * The clock of a replay: the recording's own time line, which is the latest exchange time that went by. A recording is
 * years old for the clock on the wall, and at high speed minutes pass in one second.
 */
export const makeReplayClock = (): TickClock => {
  const now = new Float64Array([Number.NaN])
  return {
    isReceipt: false,
    read: (_slab, _row, out) => {
      out[receivedMs] = now[0] as number
    },
    passed: (at) => {
      // Written so that the first time is taken: nothing is greater than NaN.
      if (!((at[exchangeMs] as number) <= (now[0] as number))) now[0] = at[exchangeMs] as number
    }
  }
}

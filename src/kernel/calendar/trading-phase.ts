import { grownF64, grownI32, grownRows } from "../instrument/instrument-table.ts"
import { exchangeMs, type Moment } from "../time/moment.ts"

/** The phase of a moment in a product's day. `unknown`: the hours of this product at that time are not known. */
export const tradingPhase = { unknown: 0, preOpen: 1, auction: 2, trading: 3, pause: 4, closed: 5 } as const
export type TradingPhase = (typeof tradingPhase)[keyof typeof tradingPhase]

/** A phase and its time range, `fromMs <= t < untilMs`, epoch milliseconds UTC. */
interface PhaseStretch {
  readonly phase: TradingPhase
  readonly fromMs: number
  readonly untilMs: number
}

/** The phase of an instrument at a moment. Called at the borders of a phase only, so it may be slow. */
export type PhaseSource = (instrumentIndex: number, timeMs: number) => PhaseStretch

/** Without a calendar no hours are known, so laws that need them are not applied. */
export const noHours: PhaseSource = () => ({
  phase: tradingPhase.unknown,
  fromMs: Number.NEGATIVE_INFINITY,
  untilMs: Number.POSITIVE_INFINITY
})

/** A market that trades around the clock. */
export const alwaysOpen: PhaseSource = () => ({
  phase: tradingPhase.trading,
  fromMs: Number.NEGATIVE_INFINITY,
  untilMs: Number.POSITIVE_INFINITY
})

/**
 * The last ticks of a session carry the second of its close or arrive a little later: for this long it is not closed
 * yet.
 */
const closingMs = 60_000

/** The phase of each instrument, kept until its border. A look-up on the tick path is two comparisons. */
export class PhaseCache {
  private readonly source: PhaseSource
  private phases = new Int32Array(0)
  private from = new Float64Array(0)
  private until = new Float64Array(0)

  constructor(source: PhaseSource) {
    this.source = source
  }

  /** Phase at the exchange time of `moment`. */
  at(index: number, moment: Moment): TradingPhase {
    const timeMs = moment[exchangeMs] as number
    if (timeMs >= (this.from[index] as number) && timeMs < (this.until[index] as number)) {
      return this.phases[index] as TradingPhase
    }
    return this.look(index, timeMs)
  }

  private look(index: number, timeMs: number): TradingPhase {
    if (index >= this.phases.length) {
      const rows = grownRows(this.phases.length, index)
      this.phases = grownI32(this.phases, rows)
      // From = until = NaN matches no time, so the first look-up of an instrument calls the source.
      this.from = grownF64(this.from, rows, Number.NaN)
      this.until = grownF64(this.until, rows, Number.NaN)
    }
    const { phase, fromMs, untilMs } = this.source(index, timeMs)
    const openMs = fromMs + closingMs
    const closing = phase === tradingPhase.closed && timeMs < openMs
    const kept = closing ? tradingPhase.pause : phase
    this.phases[index] = kept
    this.from[index] = phase === tradingPhase.closed && !closing ? openMs : fromMs
    this.until[index] = closing ? openMs : untilMs
    return kept
  }
}

import { BigDecimal } from "effect"
import { instantOfMs } from "../../../kernel/time/utc-instant.ts"
import type { ApiAnswer, ApiRequest } from "../../../simulator/paper/api/api-message.ts"
import { makePaperApi, type PaperApi, type PaperKeys } from "../../../simulator/paper/api/paper-api.ts"
import type { SymbolSpec } from "../../../simulator/paper/core/paper-assets.ts"
import { makePaperVenue, type PaperVenue } from "../../../simulator/paper/core/paper-venue.ts"
import { newYorkDate } from "../../../simulator/paper/core/venue-hours.ts"
import { makeDelivery } from "../../../simulator/paper/faults/delivery.ts"
import { type FaultBoard, makeFaultBoard } from "../../../simulator/paper/faults/fault-board.ts"
import { runFault } from "../../../simulator/paper/faults/venue-fault.ts"
import { type MarketStream, makeMarketStream } from "../../../simulator/paper/wire/market-stream.ts"
import { makeTradeStream, type TradeStream } from "../../../simulator/paper/wire/trade-stream.ts"
import type { Split } from "../../../trading/domain/reconcile/compare-positions.ts"
import type { VirtualTime } from "../../world/virtual-time.ts"

export const simKeys: PaperKeys = { keyId: "PKSIM", secret: "secret-of-the-simulation" }

/** The market moves, and resting orders are matched, in this step. */
const stepNs = 3_000_000_000n

/** A request that reached the venue, with its answer, before any of it goes back. */
export interface Exchanged {
  readonly request: ApiRequest
  readonly answer: ApiAnswer
}

/** The simulated venue in virtual time: matching core, REST, and both streams. It outlives each process. */
export class SimExchange {
  readonly venue: PaperVenue
  readonly board: FaultBoard
  readonly stream: TradeStream
  readonly data: MarketStream
  /** Called with each request after it had its effect. */
  onExchange: (exchanged: Exchanged) => void = () => undefined
  private readonly api: PaperApi
  private readonly time: VirtualTime
  private cancel: () => void = () => undefined
  /** The venue's clock less the true time. */
  private shiftedNs = 0n

  constructor(time: VirtualTime, seed: number, symbols: ReadonlyArray<SymbolSpec>) {
    this.time = time
    this.venue = makePaperVenue({ seed, symbols, stepNs, now: () => instantOfMs(time.nowMs) + this.shiftedNs })
    this.board = makeFaultBoard(seed)
    this.api = makePaperApi({ venue: this.venue, faults: this.board, keys: simKeys })
    const later = (afterMs: number, run: () => void) => time.later(afterMs, run)
    this.stream = makeTradeStream(simKeys, makeDelivery(this.board), later)
    const { state } = this.venue
    this.data = makeMarketStream({ state, keys: simKeys, faults: this.board, symbolsMax: 30, later })
    state.events.listen(this.stream.publish)
    state.market.onHalt(this.data.status)
    this.settle()
  }

  answer(request: ApiRequest): ApiAnswer {
    const answer = this.api.answer(request)
    this.onExchange({ request, answer })
    this.settle()
    return answer
  }

  /** The true time of a time of the venue, after the last jump of its clock; milliseconds. */
  trueMs(at: bigint): number {
    return Number((at - this.shiftedNs) / 1_000_000n)
  }

  /** Splits that the venue has announced. */
  splits(): ReadonlyArray<Split> {
    return this.venue.state.market.splits().map(({ at, id, newRate, oldRate, symbol }) => ({
      id,
      symbol,
      ratio: BigDecimal.divideUnsafe(BigDecimal.fromNumberUnsafe(newRate), BigDecimal.fromNumberUnsafe(oldRate)),
      day: newYorkDate(at)
    }))
  }

  /** Runs a command of `POST /sim/faults`. False: it was not possible. */
  fault(name: string, fields: Readonly<Record<string, unknown>> = {}): boolean {
    this.venue.advance()
    const refused = runFault(
      {
        state: this.venue.state,
        board: this.board,
        mute: (muted) => {
          this.stream.mute(muted)
          this.data.mute(muted)
        },
        cut: () => {
          this.stream.cut()
          this.data.cut()
        },
        shiftClock: (ms) => {
          this.shiftedNs += instantOfMs(ms)
        }
      },
      { fault: name, ...fields }
    )
    this.settle()
    return refused === undefined
  }

  /** Runs what is due, and comes back when more is. */
  settle(): void {
    this.venue.advance()
    this.data.publish()
    this.cancel()
    const own = this.venue.nextDue()
    const row = this.data.nextDue()
    const due = (row !== undefined && row < own ? row : own) - this.shiftedNs
    const waitMs = Math.max(1, Math.ceil(Number(due - instantOfMs(this.time.nowMs)) / 1e6))
    this.cancel = this.time.later(waitMs, () => this.settle())
  }
}

import { Context, Layer } from "effect"
import { LatencyHistogram } from "../../kernel/latency-histogram.ts"
import { gateCodes } from "../domain/risk/finding.ts"

/** How the venue answered a request. `unknown`: no answer that can be read. */
export const venueAnswers = ["taken", "refused", "rate_limited", "unauthorized", "unknown"] as const
export type VenueAnswer = (typeof venueAnswers)[number]

/** Refusals of tickd itself beside those of the gate: of the request, and of an order before it leaves. */
const ownCodes = [
  "INVALID_REQUEST",
  "ID_IN_USE",
  "UNAVAILABLE",
  "GATE_CLOSED",
  "NOT_SENT",
  "CANCELED",
  "UNAUTHORIZED"
] as const
/** Every value of the label `code`. The codes of a venue are its own, without end: they count as `VENUE`. */
export const refusalCodes: ReadonlyArray<string> = [...gateCodes, ...ownCodes, "VENUE"]
/**
 * How orders flow, counted since the start of the daemon, for metrics. In memory: the book is the record.
 * `submits`: from the request until its intent is stored, or it is refused. `storeWrites`: transactions of intents and
 * facts, also those that fail. `venueRequests`: from the request to its answer.
 */
export class TradeFlow extends Context.Service<
  TradeFlow,
  {
    /** Intents that were stored; a repeat is none. */
    intents: number
    /** Executions that were booked. */
    fills: number
    readonly ended: Map<string, number>
    /** Reasons of refusals, by the gate and by the venue. One refusal may have several. */
    readonly refusals: Map<string, number>
    readonly answers: Map<VenueAnswer, number>
    readonly submits: LatencyHistogram
    readonly storeWrites: LatencyHistogram
    readonly venueRequests: LatencyHistogram
  }
>()("tickd/trading/TradeFlow") {
  static readonly layer = Layer.sync(TradeFlow, () => ({
    intents: 0,
    fills: 0,
    ended: new Map(),
    refusals: new Map(),
    answers: new Map(),
    submits: new LatencyHistogram(),
    storeWrites: new LatencyHistogram(),
    venueRequests: new LatencyHistogram()
  }))
}

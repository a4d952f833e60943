import { Schema } from "effect"
import { Exchange } from "../../kernel/instrument/exchange.ts"
import { escapeToken } from "../control/subject-token.ts"
import { GapMessage } from "./gap-message.ts"

const Columns = {
  published: Schema.Int,
  duplicate: Schema.Int,
  quarantined: Schema.Int
}

/** One instrument of a session. `first` and `last`: exchange times of published ticks, null when there is none. */
export const CertifiedInstrument = Schema.Struct({
  symbol: Schema.String,
  exchange: Exchange,
  first: Schema.NullOr(Schema.Finite),
  last: Schema.NullOr(Schema.Finite),
  ...Columns,
  flagged: Schema.Int,
  /** Longest stretch of trading hours between two published ticks, milliseconds. */
  longest_silence_ms: Schema.Finite
})
export type CertifiedInstrument = typeof CertifiedInstrument.Type

/**
 * The ticks of one feed in one trading session, on `md.certificate.<trading_day>.<session>`, stream `MD_INTEGRITY`.
 * Law: `received = published + duplicate + quarantined + conflated + dropped`; issued when nothing is in flight.
 * `complete`: the session was received from begin to end, nothing was dropped, conflated or quarantined, and there is
 * no gap that another feed did not cover; else `incomplete_because` names every reason.
 * Instruments are in separate `instrument_parts` messages, on `<subject>.<feed>.<1, 2, …>`, because a market does not
 * fit into one message.
 * Units: times epoch milliseconds UTC. Errors: decoding fails with `SchemaError`.
 */
export const CertificateMessage = Schema.Struct({
  version: Schema.Literal(1),
  instance: Schema.String,
  feed: Schema.String,
  trading_day: Schema.String,
  session: Schema.Literals(["night", "day"]),
  issued: Schema.Finite,
  complete: Schema.Boolean,
  incomplete_because: Schema.Array(Schema.String),
  received: Schema.Int,
  ...Columns,
  conflated: Schema.Int,
  dropped: Schema.Int,
  instruments: Schema.Int,
  first: Schema.NullOr(Schema.Finite),
  last: Schema.NullOr(Schema.Finite),
  longest_silence_ms: Schema.Finite,
  longest_silence_symbol: Schema.NullOr(Schema.String),
  gaps: Schema.Array(GapMessage),
  instrument_parts: Schema.Int
})
export type CertificateMessage = typeof CertificateMessage.Type
export const CertificateMessageJson = Schema.fromJsonString(CertificateMessage)

export const CertificatePart = Schema.Struct({
  version: Schema.Literal(1),
  part: Schema.Int,
  issued: Schema.Finite,
  instruments: Schema.Array(CertifiedInstrument)
})
export type CertificatePart = typeof CertificatePart.Type
export const CertificatePartJson = Schema.fromJsonString(CertificatePart)

/** Maximum number of instruments in a message: 200 bytes each stay below a quarter of NATS's default limit of 1 MB. */
export const instrumentsPerPart = 1000

export const certificateSubjects = "md.certificate.>"
export const certificateSubject = (tradingDay: string, session: "night" | "day"): string =>
  `md.certificate.${tradingDay}.${session}`
export const certificatePartSubject = (subject: string, feed: string, part: number): string =>
  `${subject}.${escapeToken(feed)}.${part}`

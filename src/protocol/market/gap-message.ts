import { Schema } from "effect"
import { type Gap, gapCauses } from "../../kernel/tick/gap.ts"
import { escapeToken } from "../control/subject-token.ts"

/**
 * A gap of a feed, on `md.gap.<feed>`, stream `MD_INTEGRITY`: once when it opens and once when it closes, or only
 * closed when both ends are known together. A growing `queue_overflow` is reported repeatedly; the last record is
 * valid.
 * Identity: `id`, the same in all records. Shape: `instrument` null: every instrument of the feed; `to` null: still
 * open; `count` null: unknown; `seqs`: first and last sequence number that is in no message, null when none were
 * assigned; in a `queue_overflow` only `count` of the numbers between are missing. `covered_by`: another feed
 * received everything meanwhile, so that the stream misses nothing; the record is sent again when that becomes known,
 * and without the key when it no longer holds.
 * Units: `from`, `to` epoch milliseconds UTC by the daemon's clock. Errors: decoding fails with `SchemaError`.
 */
export const GapMessage = Schema.Struct({
  version: Schema.Literal(1),
  id: Schema.String,
  feed: Schema.String,
  instrument: Schema.NullOr(Schema.String),
  cause: Schema.Literals(gapCauses),
  state: Schema.Literals(["open", "closed"]),
  from: Schema.Finite,
  to: Schema.NullOr(Schema.Finite),
  count: Schema.NullOr(Schema.Int),
  seqs: Schema.NullOr(Schema.Tuple([Schema.Int, Schema.Int])),
  covered_by: Schema.optionalKey(Schema.String)
})
export type GapMessage = typeof GapMessage.Type
export const GapMessageJson = Schema.fromJsonString(GapMessage)

export const gapSubjects = "md.gap.>"
export const gapSubject = (feed: string): string => `md.gap.${escapeToken(feed)}`

export const gapMessage = (gap: Gap): GapMessage => ({
  version: 1,
  id: gap.id,
  feed: gap.feed,
  instrument: gap.instrument ?? null,
  cause: gap.cause,
  state: gap.state,
  from: gap.fromMs,
  to: gap.toMs ?? null,
  count: gap.count ?? null,
  seqs: gap.seqs ?? null,
  ...(gap.coveredBy === undefined ? {} : { covered_by: gap.coveredBy })
})

import { Schema } from "effect"
import type { VenueUpdate } from "../../../ports/venue.ts"
import { Unreadable } from "./fields.ts"
import { readerOf } from "./read.ts"
import { tradeUpdate, WireTradeUpdate } from "./trade-update.ts"

/** What a message of the trading socket says. */
export type TradingFrame =
  | { readonly type: "authorized" }
  | { readonly type: "unauthorized" }
  | { readonly type: "listening"; readonly streams: ReadonlyArray<string> }
  | { readonly type: "error"; readonly message: string }
  | { readonly type: "unknown" }
  | Extract<VenueUpdate, { type: "order" }>

const Head = Schema.Struct({
  stream: Schema.optionalKey(Schema.String),
  action: Schema.optionalKey(Schema.String),
  data: Schema.Unknown
})
const Authorization = Schema.Struct({ data: Schema.Struct({ status: Schema.String }) })
const Listening = Schema.Struct({ data: Schema.Struct({ streams: Schema.NullOr(Schema.Array(Schema.String)) }) })
const Failure = Schema.Struct({ data: Schema.Struct({ error_message: Schema.String }) })
const Update = Schema.Struct({ data: WireTradeUpdate })

const readHead = readerOf("message", Head)
const readAuthorization = readerOf("authorization", Authorization)
const readListening = readerOf("listening", Listening)
const readFailure = readerOf("error", Failure)
const readUpdate = readerOf("trade_updates", Update)

export const readTradingFrame = (text: string): TradingFrame | Unreadable => {
  // Almost every message is an update.
  if (text.includes('"trade_updates"') && !text.includes('"streams"')) {
    const update = readUpdate(text)
    return update instanceof Unreadable ? update : tradeUpdate(update.data, "stream", text)
  }
  const head = readHead(text)
  if (head instanceof Unreadable) return head
  if (head.stream === "authorization") {
    const answer = readAuthorization(text)
    if (answer instanceof Unreadable) return answer
    return { type: answer.data.status === "authorized" ? "authorized" : "unauthorized" }
  }
  if (head.stream === "listening") {
    const answer = readListening(text)
    return answer instanceof Unreadable ? answer : { type: "listening", streams: answer.data.streams ?? [] }
  }
  if (head.stream === "trade_updates") {
    const update = readUpdate(text)
    return update instanceof Unreadable ? update : tradeUpdate(update.data, "stream", text)
  }
  if (head.action === "error") {
    const failure = readFailure(text)
    return failure instanceof Unreadable ? failure : { type: "error", message: failure.data.error_message }
  }
  return { type: "unknown" }
}

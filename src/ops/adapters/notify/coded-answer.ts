import { Effect, Option, Schema } from "effect"
import type { ChannelName } from "../../domain/notify/notification.ts"
import type { NotifyError } from "../../ports/notifier.ts"
import { notifyError, type Webhook } from "./post-text.ts"

/** DingTalk and WeCom answer HTTP 200 with `errcode`, Feishu with `code`; 0 is success. */
const Answer = Schema.fromJsonString(
  Schema.Struct({
    errcode: Schema.optionalKey(Schema.Int),
    errmsg: Schema.optionalKey(Schema.String),
    code: Schema.optionalKey(Schema.Int),
    msg: Schema.optionalKey(Schema.String)
  })
)
const decode = Schema.decodeUnknownOption(Answer)

/** Codes of a vendor that another attempt may overcome. */
export interface VendorCodes {
  readonly field: "errcode" | "code"
  readonly limited: ReadonlyArray<number>
  readonly busy: ReadonlyArray<number>
}

/** Fails unless the answer of a vendor says that it has accepted the notification. */
export const acceptedBy = (
  channel: ChannelName,
  webhook: Webhook,
  { busy, field, limited }: VendorCodes,
  text: string
): Effect.Effect<void, NotifyError> => {
  const answer = Option.getOrUndefined(decode(text))
  const code = answer?.[field]
  if (code === undefined) {
    return Effect.fail(
      notifyError(channel, webhook, "malformed", `the answer has no ${field}: ${text.trim().slice(0, 100)}`)
    )
  }
  if (code === 0) return Effect.void
  const reason = limited.includes(code) ? "limited" : busy.includes(code) ? "unavailable" : "refused"
  const words = (answer?.errmsg ?? answer?.msg ?? "").slice(0, 200)
  return Effect.fail(notifyError(channel, webhook, reason, `${field} ${code}${words === "" ? "" : `: ${words}`}`))
}

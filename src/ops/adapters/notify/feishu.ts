import { createHmac } from "node:crypto"
import { Clock, Effect, Redacted } from "effect"
import { shownUrl } from "../../domain/notify/mask-secrets.ts"
import { type Line, textOf } from "../../domain/notify/notification-text.ts"
import type { NotifyChannel } from "../../ports/notifier.ts"
import type { ChannelHttp } from "./channel-http.ts"
import { acceptedBy, type VendorCodes } from "./coded-answer.ts"
import { postText, type Webhook } from "./post-text.ts"

/** 11232: more than 100 messages in a minute or 5 in a second. */
const codes: VendorCodes = { field: "code", limited: [11_232], busy: [] }

/**
 * The signature of a custom bot: base64 of HMAC-SHA256 over an empty text, `timestamp\nsecret` being the key (unlike
 * DingTalk's). `timestampSeconds`: at most an hour from the receiver's time. Source: open.feishu.cn, custom bot,
 * "签名校验".
 */
const feishuSignature = (secret: string, timestampSeconds: number): string =>
  createHmac("sha256", `${timestampSeconds}\n${secret}`).digest("base64")

const elementsOf = ({ label, value }: Line) =>
  /^https?:\/\/\S+$/.test(value)
    ? [
        { tag: "text", text: `${label}: ` },
        { tag: "a", text: value, href: value }
      ]
    : [{ tag: "text", text: `${label}: ${value}` }]

/** Feishu's custom bot, with a post (rich text). */
export const feishuChannel = (webhook: Webhook, http: ChannelHttp): NotifyChannel => ({
  name: "feishu",
  target: shownUrl(Redacted.value(webhook.url)),
  deliver: (notification, language) =>
    Effect.gen(function* () {
      const { lines, title } = textOf(notification, language)
      const seconds = Math.floor((yield* Clock.currentTimeMillis) / 1000)
      const signed =
        webhook.secret === undefined
          ? {}
          : { timestamp: String(seconds), sign: feishuSignature(Redacted.value(webhook.secret), seconds) }
      const post = { [language === "zh" ? "zh_cn" : "en_us"]: { title, content: lines.map(elementsOf) } }
      const body = JSON.stringify({ ...signed, msg_type: "post", content: { post } })
      const answer = yield* http(postText({ channel: "feishu", webhook, body }))
      yield* acceptedBy("feishu", webhook, codes, answer)
    })
})

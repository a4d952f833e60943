import { createHmac } from "node:crypto"
import { Clock, Effect, Redacted } from "effect"
import { shownUrl } from "../../domain/notify/mask-secrets.ts"
import { cutToBytes, textOf } from "../../domain/notify/notification-text.ts"
import type { NotifyChannel } from "../../ports/notifier.ts"
import type { ChannelHttp } from "./channel-http.ts"
import { acceptedBy, type VendorCodes } from "./coded-answer.ts"
import { postText, type Webhook } from "./post-text.ts"

/** 130101 and 410100: more than 20 messages in a minute; -1: the system is busy. */
const codes: VendorCodes = { field: "errcode", limited: [130_101, 410_100], busy: [-1] }
const markdownBytesMost = 20_000

/**
 * The signature of a custom robot: base64 of HMAC-SHA256 over `timestamp\nsecret`, the secret being the key, as a
 * parameter of the URL. `timestampMs`: at most an hour from the receiver's time. Source: open.dingtalk.com, custom
 * robot, security settings.
 */
const dingtalkSignature = (secret: string, timestampMs: number): string =>
  createHmac("sha256", secret).update(`${timestampMs}\n${secret}`).digest("base64")

/** DingTalk's custom robot. Without a secret the robot must allow this host's address or a keyword of the text. */
export const dingtalkChannel = (webhook: Webhook, http: ChannelHttp): NotifyChannel => ({
  name: "dingtalk",
  target: shownUrl(Redacted.value(webhook.url)),
  deliver: (notification, language) =>
    Effect.gen(function* () {
      const { lines, title } = textOf(notification, language)
      const text = cutToBytes(
        [`### ${title}`, "", ...lines.map(({ label, value }) => `- **${label}**: ${value}`)].join("\n"),
        markdownBytesMost
      )
      const url = new URL(Redacted.value(webhook.url))
      if (webhook.secret !== undefined) {
        const timestampMs = yield* Clock.currentTimeMillis
        url.searchParams.set("timestamp", String(timestampMs))
        url.searchParams.set("sign", dingtalkSignature(Redacted.value(webhook.secret), timestampMs))
      }
      const body = JSON.stringify({ msgtype: "markdown", markdown: { title, text } })
      const answer = yield* http(postText({ channel: "dingtalk", webhook, signedUrl: url.href, body }))
      yield* acceptedBy("dingtalk", webhook, codes, answer)
    })
})

import { createHmac } from "node:crypto"
import { Clock, DateTime, Effect, Redacted } from "effect"
import { explainCode } from "../../domain/notify/explain-code.ts"
import { shownUrl } from "../../domain/notify/mask-secrets.ts"
import type { Language, Notification } from "../../domain/notify/notification.ts"
import { plainTextOf, textOf } from "../../domain/notify/notification-text.ts"
import type { NotifyChannel } from "../../ports/notifier.ts"
import type { ChannelHttp } from "./channel-http.ts"
import { postText, type Webhook } from "./post-text.ts"

/** `sha256=` and hexadecimal HMAC-SHA256 over `timestamp.body`: the receiver checks the raw body, and its age. */
const webhookSignature = (secret: string, timestampSeconds: number, body: string): string =>
  `sha256=${createHmac("sha256", secret).update(`${timestampSeconds}.${body}`).digest("hex")}`

/** The body, version 1. `at` is ISO 8601 in UTC. */
const bodyOf = (notification: Notification, language: Language): string => {
  const { after, happened } = explainCode(notification.tag, notification.code)
  const { atMs, ...fields } = notification
  return JSON.stringify({
    version: 1,
    ...fields,
    at: DateTime.formatIso(DateTime.makeUnsafe(atMs)),
    lang: language,
    happened: happened[language],
    what_to_do: after[language],
    text: plainTextOf(textOf(notification, language))
  })
}

/** A receiver of one's own. Every answer 2xx counts as accepted. `x-tickd-id` is the same for each attempt. */
export const webhookChannel = (webhook: Webhook, http: ChannelHttp): NotifyChannel => ({
  name: "webhook",
  target: shownUrl(Redacted.value(webhook.url)),
  deliver: (notification, language) =>
    Effect.gen(function* () {
      const body = bodyOf(notification, language)
      const seconds = Math.floor((yield* Clock.currentTimeMillis) / 1000)
      const headers = {
        "x-tickd-id": notification.id,
        "x-tickd-timestamp": String(seconds),
        ...(webhook.secret !== undefined && {
          "x-tickd-signature": webhookSignature(Redacted.value(webhook.secret), seconds, body)
        })
      }
      yield* http(postText({ channel: "webhook", webhook, body, headers }))
    })
})

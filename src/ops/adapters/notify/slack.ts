import { Effect, Redacted } from "effect"
import { shownUrl } from "../../domain/notify/mask-secrets.ts"
import { textOf } from "../../domain/notify/notification-text.ts"
import type { NotifyChannel } from "../../ports/notifier.ts"
import type { ChannelHttp } from "./channel-http.ts"
import { notifyError, postText, type Webhook } from "./post-text.ts"

/** Slack reads these three as markup. Source: docs.slack.dev, "Formatting message text". */
const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")

/**
 * Slack's incoming webhook answers HTTP 200 with the text `ok`. Source: docs.slack.dev, "Sending messages using
 * incoming webhooks".
 */
export const slackChannel = (webhook: Webhook, http: ChannelHttp): NotifyChannel => ({
  name: "slack",
  target: shownUrl(Redacted.value(webhook.url)),
  deliver: (notification, language) =>
    Effect.gen(function* () {
      const { lines, title } = textOf(notification, language)
      const text = [`*${escaped(title)}*`, ...lines.map(({ label, value }) => `*${label}:* ${escaped(value)}`)].join(
        "\n"
      )
      const answer = yield* http(postText({ channel: "slack", webhook, body: JSON.stringify({ text }) }))
      if (answer.trim() !== "ok") {
        return yield* notifyError(
          "slack",
          webhook,
          "malformed",
          `the answer is not "ok": ${answer.trim().slice(0, 100)}`
        )
      }
    })
})

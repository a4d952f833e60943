import { Effect, Redacted } from "effect"
import { shownUrl } from "../../domain/notify/mask-secrets.ts"
import type { Level } from "../../domain/notify/notification.ts"
import { cutToBytes, textOf } from "../../domain/notify/notification-text.ts"
import type { NotifyChannel } from "../../ports/notifier.ts"
import type { ChannelHttp } from "./channel-http.ts"
import { acceptedBy, type VendorCodes } from "./coded-answer.ts"
import { postText, type Webhook } from "./post-text.ts"

/**
 * 45009: more than 20 messages in a minute; -1: the system is busy. Source: developer.work.weixin.qq.com, 91770 and
 * 90313.
 */
const codes: VendorCodes = { field: "errcode", limited: [45_009], busy: [-1] }
const markdownBytesMost = 4096
const colours: Readonly<Record<Level, string>> = { info: "info", warning: "comment", critical: "warning" }

/** WeCom's group robot. Its token is the parameter `key`; there is no signature. */
export const wecomChannel = (webhook: Webhook, http: ChannelHttp): NotifyChannel => ({
  name: "wecom",
  target: shownUrl(Redacted.value(webhook.url)),
  deliver: (notification, language) =>
    Effect.gen(function* () {
      const { lines, title } = textOf(notification, language)
      const head = `**<font color="${colours[notification.level]}">${title}</font>**`
      const content = [head, ...lines.map(({ label, value }) => `> ${label}: ${value.replaceAll("\n", "\n> ")}`)].join(
        "\n"
      )
      const body = JSON.stringify({
        msgtype: "markdown",
        markdown: { content: cutToBytes(content, markdownBytesMost) }
      })
      const answer = yield* http(postText({ channel: "wecom", webhook, body }))
      yield* acceptedBy("wecom", webhook, codes, answer)
    })
})

import { Effect, Layer } from "effect"
import { FetchHttpClient } from "effect/http"
import { dingtalkChannel } from "../adapters/notify/dingtalk.ts"
import { feishuChannel } from "../adapters/notify/feishu.ts"
import { mailChannel } from "../adapters/notify/mail.ts"
import { slackChannel } from "../adapters/notify/slack.ts"
import { webhookChannel } from "../adapters/notify/webhook.ts"
import { wecomChannel } from "../adapters/notify/wecom.ts"
import type { NotifySettings } from "../config/notify-variables.ts"
import { Notifier, type NotifyChannel } from "../ports/notifier.ts"

const makers = {
  slack: slackChannel,
  dingtalk: dingtalkChannel,
  wecom: wecomChannel,
  feishu: feishuChannel,
  webhook: webhookChannel
} as const

/** Every configured channel, over the fetch of this process. */
export const notifierLayer = ({ mail, timeoutMs, webhooks }: NotifySettings): Layer.Layer<Notifier> => {
  const http = <A, E>(exchange: Effect.Effect<A, E, Layer.Success<typeof FetchHttpClient.layer>>) =>
    Effect.provide(exchange, FetchHttpClient.layer)
  const ofHttp = (Object.keys(makers) as ReadonlyArray<keyof typeof makers>).flatMap(
    (name): ReadonlyArray<NotifyChannel> => {
      const settings = webhooks[name]
      return settings === undefined ? [] : [makers[name]({ ...settings, timeoutMs }, http)]
    }
  )
  return Layer.succeed(Notifier, {
    channels: mail === undefined ? ofHttp : [...ofHttp, mailChannel({ ...mail, timeoutMs })]
  })
}

import { randomUUID } from "node:crypto"
import { hostname } from "node:os"
import { join } from "node:path"
import { Clock, Effect, Layer } from "effect"
import { notifyHistoryFile } from "../../adapters/files/notify-history-file.ts"
import { sendNotification } from "../../application/notify/send-notification.ts"
import { readNotifySettings, secretsOfNotify } from "../../config/notify-variables.ts"
import type { LiveSettings } from "../../domain/live-settings.ts"
import { explainCode } from "../../domain/notify/explain-code.ts"
import { masked } from "../../domain/notify/mask-secrets.ts"
import type { Notification } from "../../domain/notify/notification.ts"
import { Operators } from "../../ports/operators.ts"
import { notifierLayer } from "../notify-layer.ts"

/** Operators, reached on the channels of `TICKD_NOTIFY_…`. Their variables are read when there is news, not before. */
export const operatorsLayer = ({
  instance,
  stateDir,
  variables
}: Pick<LiveSettings, "instance" | "stateDir" | "variables">): Layer.Layer<Operators> =>
  Layer.succeed(Operators, {
    notify: ({ code, message, request, tag }) =>
      Effect.gen(function* () {
        const settings = yield* readNotifySettings(variables)
        const notification: Notification = {
          id: randomUUID(),
          level: explainCode(tag, code).level,
          tag,
          code,
          atMs: yield* Clock.currentTimeMillis,
          host: hostname(),
          instance,
          session: request.window,
          profile: request.profile,
          message: masked(message, secretsOfNotify(settings)),
          runbook: settings.runbook
        }
        const history = notifyHistoryFile(join(stateDir, "notify-history.json"))
        const report = yield* sendNotification(notification, settings.language, settings.to, settings.policy).pipe(
          Effect.provide(notifierLayer(settings)),
          Effect.provide(history)
        )
        if (report.channels.length === 0) {
          return ["No operator was notified: no channel is configured, see docs/operations/notify.md."]
        }
        return report.channels.flatMap(({ channel, failures, result }) =>
          result === "sent" || result === "duplicate" ? [] : [`${channel} was not notified: ${failures.join("; ")}`]
        )
      }).pipe(Effect.catch(({ message: why }) => Effect.succeed([`No operator was notified: ${why}`])))
  })

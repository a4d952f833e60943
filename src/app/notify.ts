import { randomUUID } from "node:crypto"
import { hostname } from "node:os"
import { join } from "node:path"
import { Clock, Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { endWith, Invocation, present } from "../cli/invocation.ts"
import { jsonFlag, wholeFlag } from "../cli/terminal/flags.ts"
import { sessionWindows, windowAt } from "../kernel/time/session-window.ts"
import { notifyHistoryFile } from "../ops/adapters/files/notify-history-file.ts"
import { type ChannelReport, type NotifyReport, sendNotification } from "../ops/application/notify/send-notification.ts"
import { type NotifySettings, readNotifySettings, secretsOfNotify } from "../ops/config/notify-variables.ts"
import { explainCode } from "../ops/domain/notify/explain-code.ts"
import { masked } from "../ops/domain/notify/mask-secrets.ts"
import {
  type ChannelName,
  channelNames,
  cleanText,
  type Language,
  languages,
  type Notification
} from "../ops/domain/notify/notification.ts"
import { plainTextOf, textOf } from "../ops/domain/notify/notification-text.ts"
import { notifierLayer } from "../ops/layers/notify-layer.ts"
import { Notifier } from "../ops/ports/notifier.ts"
import { exitCodes, UserError } from "../platform/process/user-error.ts"

const messageMost = 1000

/** What `--dry-run --json` prints. */
interface NotifyPreview {
  readonly dry_run: true
  readonly channels: ReadonlyArray<{ readonly channel: ChannelName; readonly target: string }>
  readonly lang: Language
  readonly text: string
}

const channelLine = ({ attempts, channel, failures, result }: ChannelReport): string => {
  const tries = attempts === 0 ? "" : ` after ${attempts} ${attempts === 1 ? "attempt" : "attempts"}`
  return `${channel}: ${result}${tries}${failures.length === 0 ? "" : `: ${failures.join("; ")}`}`
}
const render = ({ channels, notes, totals }: NotifyReport): string =>
  [
    ...channels.map((one) => {
      const failed = totals[one.channel]?.failed ?? 0
      return `${channelLine(one)}${failed === 0 ? "" : ` (${failed} failed so far)`}`
    }),
    ...notes.map((note) => `note: ${note}`)
  ].join("\n")

const renderPreview = ({ channels, text }: NotifyPreview): string =>
  [...channels.map(({ channel, target }) => `would send to ${channel} (${target})`), "", text].join("\n")

/** The channels that a notification goes to: those of --to, else those of TICKD_NOTIFY_TO, else all. */
const wantedOf = Effect.fnUntraced(function* (
  to: Option.Option<string>,
  settings: NotifySettings,
  configured: ReadonlyArray<ChannelName>
) {
  const named = Option.match(to, {
    onNone: () => settings.to as ReadonlyArray<string>,
    onSome: (text) => text.split(",").map((name) => name.trim())
  })
  const unknown = named.filter((name) => !(channelNames as ReadonlyArray<string>).includes(name))
  if (unknown.length > 0) {
    return yield* new UserError({
      code: "NOTIFY_CHANNEL_UNKNOWN",
      message: `--to names ${unknown.map((name) => JSON.stringify(name)).join(", ")}: the channels are ${channelNames.join(", ")}.`,
      exitCode: exitCodes.wrongUse
    })
  }
  const missing = named.filter((name) => !(configured as ReadonlyArray<string>).includes(name))
  if (named.length === 0 || missing.length > 0) {
    const which = named.length === 0 ? "No channel is" : `${missing.join(", ")}: not`
    return yield* new UserError({
      code: "NOTIFY_NOT_CONFIGURED",
      message: `${which} configured: set TICKD_NOTIFY_SLACK_URL, …_DINGTALK_URL, …_WECOM_URL, …_FEISHU_URL, …_WEBHOOK_URL or …_MAIL_TO, see docs/operations/notify.md.`,
      exitCode: exitCodes.configuration
    })
  }
  return channelNames.filter((name) => named.includes(name))
})

/** 0 when each channel has it, 1 when some have it, 69 when none has. */
const exitCodeOf = ({ channels }: NotifyReport): number => {
  const has = channels.filter(({ result }) => result === "sent" || result === "duplicate").length
  if (has === channels.length) return exitCodes.done
  return has > 0 ? exitCodes.checkFailed : exitCodes.unavailable
}

/** `tickd notify`: reports a marker and an exit code to operators, on every configured channel. */
export const command = Command.make(
  "notify",
  {
    tag: Flag.String("tag").pipe(
      Flag.withDescription("Marker of the program that reports, such as subscription_health_escalation"),
      Flag.filter(
        (tag) => /^[\w.:-]{1,100}$/.test(tag),
        () => "letters, digits and _ . : -, at most 100"
      )
    ),
    code: wholeFlag("code", 0, 255).pipe(Flag.withDescription("Exit code of that program")),
    message: Flag.String("message").pipe(
      Flag.withDescription(`More text, at most ${messageMost} characters`),
      Flag.optional
    ),
    lang: Flag.Literals("lang", languages).pipe(
      Flag.withDescription("Language of the text (default: TICKD_NOTIFY_LANG, else en)"),
      Flag.optional
    ),
    to: Flag.String("to").pipe(
      Flag.withDescription(
        `Channels with commas: ${channelNames.join(", ")} (default: TICKD_NOTIFY_TO, else each configured one)`
      ),
      Flag.optional
    ),
    dryRun: Flag.Boolean("dry-run").pipe(
      Flag.withDescription("Print the text and the channels, and send nothing"),
      Flag.withDefault(false)
    ),
    json: jsonFlag
  },
  ({ code, dryRun, json, lang, message, tag, to }) =>
    Effect.gen(function* () {
      const { env } = yield* Invocation
      const settings = yield* readNotifySettings(env)
      const layer = notifierLayer(settings)
      const { channels } = yield* Effect.provide(Notifier, layer)
      const wanted = yield* wantedOf(
        to,
        settings,
        channels.map(({ name }) => name)
      )
      const atMs = yield* Clock.currentTimeMillis
      const named = sessionWindows.find((window) => window === env["SESSION_WINDOW"])
      const text = cleanText(
        Option.getOrElse(message, () => ""),
        messageMost,
        true
      )
      const notification: Notification = {
        id: randomUUID(),
        level: explainCode(tag, code).level,
        tag,
        code,
        atMs,
        host: hostname(),
        instance: cleanText(env["TICKD_INSTANCE"] ?? hostname(), 64),
        session: named ?? windowAt(atMs),
        profile: settings.profile,
        message: masked(text, secretsOfNotify(settings)),
        runbook: settings.runbook
      }
      const language = Option.getOrElse(lang, () => settings.language)
      if (dryRun) {
        const preview: NotifyPreview = {
          dry_run: true,
          channels: channels
            .filter(({ name }) => wanted.includes(name))
            .map(({ name, target }) => ({ channel: name, target })),
          lang: language,
          text: plainTextOf(textOf(notification, language))
        }
        return yield* present(json, preview, renderPreview)
      }
      const history = notifyHistoryFile(join(env["TICKD_STATE_DIR"] ?? ".state", "notify-history.json"))
      const report = yield* sendNotification(notification, language, wanted, settings.policy).pipe(
        Effect.provide(layer),
        Effect.provide(history)
      )
      yield* present(json, report, render)
      yield* endWith(exitCodeOf(report))
    })
).pipe(
  Command.withDescription(
    "Notify operators of a marker and an exit code. Exit code 0: each channel has it; 1: some have it; 69: none has"
  )
)

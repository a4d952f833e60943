import { readFileSync } from "node:fs"
import { Effect, Redacted, Result, Schema, SchemaIssue } from "effect"
import { systemCodeOf } from "../../kernel/system-fault.ts"
import { UserError } from "../../platform/process/user-error.ts"
import type { NotifyPolicy } from "../application/notify/send-notification.ts"
import { secretsOfUrl } from "../domain/notify/mask-secrets.ts"
import { type ChannelName, channelNames, type Language, languages } from "../domain/notify/notification.ts"

const whole = (minimum: number, maximum: number) =>
  Schema.NumberFromString.check(Schema.isInt(), Schema.isBetween({ minimum, maximum }))
const matching = (pattern: RegExp, message: string) => Schema.String.check(Schema.isPattern(pattern, { message }))
/** An address that is neither a flag of sendmail nor able to end a header. */
const address = "[A-Za-z0-9._%+][A-Za-z0-9._%+-]*@[A-Za-z0-9.-]+"
const names = channelNames.join("|")

/** Secrets may be in the file that `NAME_FILE` names; a credential of systemd takes its place in the environment. */
const secretNames = [
  "TICKD_NOTIFY_SLACK_URL",
  "TICKD_NOTIFY_DINGTALK_URL",
  "TICKD_NOTIFY_DINGTALK_SECRET",
  "TICKD_NOTIFY_WECOM_URL",
  "TICKD_NOTIFY_FEISHU_URL",
  "TICKD_NOTIFY_FEISHU_SECRET",
  "TICKD_NOTIFY_WEBHOOK_URL",
  "TICKD_NOTIFY_WEBHOOK_SECRET"
] as const
type SecretName = (typeof secretNames)[number]

/** Every variable of `tickd notify`, docs/operations/notify.md. Secrets are checked where they are read. */
export const NotifyEnvironment = Schema.Struct({
  TICKD_NOTIFY_SLACK_URL: Schema.optionalKey(Schema.String),
  TICKD_NOTIFY_SLACK_URL_FILE: Schema.optionalKey(Schema.String),
  TICKD_NOTIFY_DINGTALK_URL: Schema.optionalKey(Schema.String),
  TICKD_NOTIFY_DINGTALK_URL_FILE: Schema.optionalKey(Schema.String),
  TICKD_NOTIFY_DINGTALK_SECRET: Schema.optionalKey(Schema.String),
  TICKD_NOTIFY_DINGTALK_SECRET_FILE: Schema.optionalKey(Schema.String),
  TICKD_NOTIFY_WECOM_URL: Schema.optionalKey(Schema.String),
  TICKD_NOTIFY_WECOM_URL_FILE: Schema.optionalKey(Schema.String),
  TICKD_NOTIFY_FEISHU_URL: Schema.optionalKey(Schema.String),
  TICKD_NOTIFY_FEISHU_URL_FILE: Schema.optionalKey(Schema.String),
  TICKD_NOTIFY_FEISHU_SECRET: Schema.optionalKey(Schema.String),
  TICKD_NOTIFY_FEISHU_SECRET_FILE: Schema.optionalKey(Schema.String),
  TICKD_NOTIFY_WEBHOOK_URL: Schema.optionalKey(Schema.String),
  TICKD_NOTIFY_WEBHOOK_URL_FILE: Schema.optionalKey(Schema.String),
  TICKD_NOTIFY_WEBHOOK_SECRET: Schema.optionalKey(Schema.String),
  TICKD_NOTIFY_WEBHOOK_SECRET_FILE: Schema.optionalKey(Schema.String),
  TICKD_NOTIFY_TO: Schema.optionalKey(
    matching(new RegExp(`^(?:${names})(?:,(?:${names}))*$`), `expected names of ${channelNames.join(", ")} with commas`)
  ),
  TICKD_NOTIFY_LANG: Schema.optionalKey(Schema.Literals(languages)),
  TICKD_NOTIFY_MAIL_TO: Schema.optionalKey(
    matching(new RegExp(`^${address}(?:,${address})*$`), "expected addresses with commas")
  ),
  TICKD_NOTIFY_MAIL_FROM: Schema.optionalKey(matching(new RegExp(`^${address}$`), "expected an address")),
  TICKD_NOTIFY_SENDMAIL: Schema.optionalKey(matching(/^\//, "expected the absolute path of a program")),
  TICKD_NOTIFY_RUNBOOK: Schema.optionalKey(matching(/^\S+$/, "expected a URL or a path without blanks")),
  TICKD_NOTIFY_PROFILE: Schema.optionalKey(matching(/^[\w-]{1,32}$/, "expected letters, digits, _ and -")),
  TICKD_NOTIFY_DEADLINE_MS: Schema.optionalKey(whole(100, 60_000)),
  TICKD_NOTIFY_TIMEOUT_MS: Schema.optionalKey(whole(50, 60_000)),
  TICKD_NOTIFY_ATTEMPTS: Schema.optionalKey(whole(1, 10)),
  TICKD_NOTIFY_DEDUPE_SECONDS: Schema.optionalKey(whole(0, 86_400)),
  TICKD_NOTIFY_PER_MINUTE: Schema.optionalKey(whole(1, 1000))
})

type HttpChannel = Exclude<ChannelName, "mail">
interface WebhookSettings {
  readonly url: Redacted.Redacted
  readonly secret?: Redacted.Redacted
}

export interface NotifySettings {
  readonly webhooks: Readonly<Partial<Record<HttpChannel, WebhookSettings>>>
  readonly mail: { readonly program: string; readonly from: string; readonly to: ReadonlyArray<string> } | undefined
  /** Channels of a notification that names none. */
  readonly to: ReadonlyArray<ChannelName>
  readonly language: Language
  readonly runbook: string
  readonly profile: string
  readonly timeoutMs: number
  readonly policy: NotifyPolicy
}

type Variables = Readonly<Record<string, string | undefined>>
const problemsOf = SchemaIssue.makeFormatterStandardSchemaV1()

/** The secret of its file, else of its variable. Throws one sentence, without the secret. */
const secretOf = (env: Variables, name: SecretName): string | undefined => {
  const file = env[`${name}_FILE`]?.trim() ?? ""
  if (file !== "") {
    try {
      return readFileSync(file, "utf8").trim()
    } catch (cause) {
      throw new Error(`${name}_FILE: ${file} cannot be read (${systemCodeOf(cause)})`, { cause })
    }
  }
  const value = env[name]?.trim() ?? ""
  return value === "" ? undefined : value
}

const isLoopback = (host: string): boolean => host === "localhost" || host === "[::1]" || /^127(?:\.\d+){3}$/.test(host)

/** The value is not repeated: it holds a token. A vendor's token never crosses a network in clear text. */
const urlProblem = (name: SecretName, url: string): string | undefined => {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) return `${name}: expected https://HOST/PATH`
  const { hostname, protocol } = new URL(url)
  return protocol === "https:" || name === "TICKD_NOTIFY_WEBHOOK_URL" || isLoopback(hostname)
    ? undefined
    : `${name}: expected https://, http:// sends its token in clear text`
}

/** Reads the variables; an empty one counts as not set. Every fault is reported at once, with exit code 78. */
export const readNotifySettings = Effect.fnUntraced(function* (env: Variables) {
  const given = Object.fromEntries(
    Object.keys(NotifyEnvironment.fields).flatMap((name) => {
      const value = env[name]?.trim() ?? ""
      return value === "" ? [] : [[name, value]]
    })
  )
  const faults: Array<string> = []
  const secrets: Partial<Record<SecretName, string>> = {}
  for (const name of secretNames) {
    try {
      const value = secretOf(env, name)
      const problem = value !== undefined && name.endsWith("_URL") ? urlProblem(name, value) : undefined
      if (problem !== undefined) faults.push(problem)
      else if (value !== undefined) secrets[name] = value
    } catch (cause) {
      faults.push((cause as Error).message)
    }
  }
  const decoded = Schema.decodeUnknownResult(NotifyEnvironment, { errors: "all" })(given)
  if (Result.isFailure(decoded)) {
    for (const { message, path } of problemsOf(decoded.failure.issue).issues) {
      const name = String(path?.[0] ?? "environment")
      faults.push(`${name} is ${JSON.stringify(given[name])}: ${message.charAt(0).toLowerCase()}${message.slice(1)}`)
    }
  }
  if (Result.isFailure(decoded) || faults.length > 0) {
    return yield* new UserError({
      code: "NOTIFY_CONFIG",
      message: `Variables of notifications are wrong, see docs/operations/notify.md:\n  ${faults.join("\n  ")}`,
      exitCode: 78
    })
  }
  const plain = decoded.success
  const webhook = (channel: HttpChannel): Partial<Record<HttpChannel, WebhookSettings>> => {
    const upper = channel.toUpperCase()
    const url = secrets[`TICKD_NOTIFY_${upper}_URL` as SecretName]
    const secret = secrets[`TICKD_NOTIFY_${upper}_SECRET` as SecretName]
    if (url === undefined) return {}
    return {
      [channel]: { url: Redacted.make(url), ...(secret !== undefined && { secret: Redacted.make(secret) }) }
    }
  }
  const webhooks = Object.assign({}, ...(["slack", "dingtalk", "wecom", "feishu", "webhook"] as const).map(webhook))
  const mailTo = plain.TICKD_NOTIFY_MAIL_TO?.split(",")
  const settings: NotifySettings = {
    webhooks,
    mail:
      mailTo === undefined
        ? undefined
        : {
            program: plain.TICKD_NOTIFY_SENDMAIL ?? "/usr/sbin/sendmail",
            from: plain.TICKD_NOTIFY_MAIL_FROM ?? mailTo[0] ?? "",
            to: mailTo
          },
    to:
      plain.TICKD_NOTIFY_TO === undefined
        ? channelNames.filter((name) => (name === "mail" ? mailTo !== undefined : name in webhooks))
        : channelNames.filter((name) => plain.TICKD_NOTIFY_TO?.split(",").includes(name)),
    language: plain.TICKD_NOTIFY_LANG ?? "en",
    runbook: plain.TICKD_NOTIFY_RUNBOOK ?? "docs/reference/runbook-codes.md",
    profile: plain.TICKD_NOTIFY_PROFILE ?? "live",
    timeoutMs: plain.TICKD_NOTIFY_TIMEOUT_MS ?? 3000,
    policy: {
      deadlineMs: plain.TICKD_NOTIFY_DEADLINE_MS ?? 10_000,
      attemptsMost: plain.TICKD_NOTIFY_ATTEMPTS ?? 3,
      dedupeMs: (plain.TICKD_NOTIFY_DEDUPE_SECONDS ?? 300) * 1000,
      perMinute: plain.TICKD_NOTIFY_PER_MINUTE ?? 15
    }
  }
  return settings
})

/** Secrets of every channel: the text of a caller may hold the output of a program that printed one. */
export const secretsOfNotify = ({ webhooks }: NotifySettings): ReadonlyArray<string> =>
  Object.values(webhooks).flatMap(({ secret, url }) => [
    ...secretsOfUrl(Redacted.value(url)),
    ...(secret === undefined ? [] : [Redacted.value(secret)])
  ])

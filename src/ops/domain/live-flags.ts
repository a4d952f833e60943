import { Result, Schema } from "effect"
import type { Bilingual } from "../../kernel/bilingual.ts"
import { runbookExits } from "./exit-codes.ts"
import {
  type Feed,
  type FlagCommand,
  feeds,
  flagCommands,
  type Profile,
  profiles,
  type RotatedFeeds,
  type RunbookAction,
  type RunbookCommand,
  rotatedFeeds,
  runbookCommands,
  type Window,
  windows
} from "./runbook-words.ts"

/** What a runbook was asked to do. `envFile` undefined: `.env.` and the profile. */
export interface LiveRequest {
  readonly command: RunbookCommand
  readonly window: Window
  readonly profile: Profile
  /** The feed that is active when the command is done. */
  readonly config: Feed
  readonly logDir: string
  readonly envFile: string | undefined
  readonly skipLive: boolean
  readonly mock: boolean
  readonly debug: boolean
  /** Whose secrets a rotation takes; omit: those of both. */
  readonly feed?: RotatedFeeds | undefined
  /** The snapshot that a rollback starts; omit: the last good one before what runs. */
  readonly to?: number | undefined
  /** A drill goes ahead where it would be refused; then there is a reason. */
  readonly force: boolean
  readonly reason: string | undefined
}

/** A request as the records of its run have it. */
export type RecordedRequest = Omit<LiveRequest, "command"> & { readonly command: RunbookAction }

/** One flag of the runbook. `values` undefined: no value; empty: any text. */
interface LiveFlag {
  readonly name: string
  readonly values: ReadonlyArray<string> | undefined
  readonly default: string | undefined
  readonly text: Bilingual
}

const value = (name: string, values: ReadonlyArray<string>, preset: string | undefined, text: Bilingual): LiveFlag => ({
  name,
  values,
  default: preset,
  text
})
const flag = (name: string, text: Bilingual): LiveFlag => ({ name, values: undefined, default: undefined, text })

/** The flags of the runbook and no other ones, in the sequence of its help. `-h` is read apart: it has no effect. */
export const liveFlags: ReadonlyArray<LiveFlag> = [
  value("window", Object.keys(windows), "day", { en: "Trading session", zh: "交易时段" }),
  value("profile", profiles, "live", { en: "Configuration profile", zh: "配置 profile" }),
  value("config", feeds, undefined, {
    en: "Active feed afterwards (default: primary; with --failover backup)",
    zh: "完成后的当前行情源（默认 primary；--failover 时为 backup）"
  }),
  value("log-dir", [], "logs/runbooks", { en: "Folder of logs and audit", zh: "日志与审计目录" }),
  value("env-file", [], undefined, {
    en: "File of variables (default: .env. and the profile)",
    zh: "变量文件（默认 .env. 加 profile 名）"
  }),
  ...flagCommands.map((name) => flag(name, runbookCommands[name])),
  value("feed", rotatedFeeds, undefined, {
    en: "With --rotate: whose secrets are taken (default: both)",
    zh: "与 --rotate 同用：更换哪一路的密码（默认 both）"
  }),
  value("to", [], undefined, {
    en: "With --rollback: number of the snapshot (default: the last good one before what runs)",
    zh: "与 --rollback 同用：快照编号（默认为当前运行之前最近一次成功的）"
  }),
  flag("skip-live", { en: "Start without tickd", zh: "启动时不含 tickd" }),
  flag("mock", { en: "Touch nothing outside the log folder", zh: "除日志目录外不触碰任何东西" }),
  flag("debug", { en: "Log debug detail from the first attempt", zh: "从首次尝试起输出调试日志" }),
  flag("force", {
    en: "With --drill and --reason: drill where it would be refused",
    zh: "与 --drill 和 --reason 同用：在会被拒绝时仍执行演练"
  }),
  value("reason", [], undefined, { en: "Why the drill is forced; it is recorded", zh: "强制演练的原因，会被记录" })
]

const notOfScript: ReadonlySet<string> = new Set(["force", "reason", "rotate", "feed", "rollback", "to"])
/** The flags of `start_live_env.sh`: those that operators know. The other ones are for the verbs of `tickd live`. */
export const scriptFlags = liveFlags.filter(({ name }) => !notOfScript.has(name))

/**
 * Flags that are refused: one sentence for each fault, each with the flag's name.
 * Errors: exit code 1, as operators know it from the scripts. Nothing has been touched.
 */
export class LiveFlagsRefused extends Schema.TaggedError<LiveFlagsRefused>()("LiveFlagsRefused", {
  faults: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return this.faults.join("; ")
  }
  get exitCode(): number {
    return runbookExits.configuration.code
  }
}

interface Read {
  readonly texts: ReadonlyMap<string, string>
  readonly faults: ReadonlyArray<string>
  readonly help: boolean
}

const unknown = "Unknown option: "

/** A value that begins with `--` is the next flag: its own value was forgotten. */
const read = (args: ReadonlyArray<string>, flags: ReadonlyArray<LiveFlag>): Read => {
  const texts = new Map<string, string>()
  const faults: Array<string> = []
  let help = false
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? ""
    if (arg === "-h") {
      help = true
      continue
    }
    const known = flags.find(({ name }) => arg === `--${name}`)
    if (known === undefined) {
      faults.push(`${unknown}${arg}`)
      continue
    }
    if (texts.has(known.name)) faults.push(`${arg} is given twice`)
    if (known.values === undefined) {
      texts.set(known.name, "")
      continue
    }
    const next = args[at + 1]
    if (next === undefined || next === "" || next.startsWith("--") || next === "-h") {
      faults.push(`${arg} needs a value`)
      if (next === "") at++
      continue
    }
    at++
    if (known.values.length > 0 && !known.values.includes(next)) {
      faults.push(`${arg} ${next} is not allowed: ${known.values.join(" or ")}`)
    }
    texts.set(known.name, next)
  }
  return { texts, faults, help }
}

const targets: Readonly<Partial<Record<FlagCommand, Feed>>> = { failover: "backup", failback: "primary" }

/** The request of flags that are right. */
const requestOf = <C extends FlagCommand | "start">(texts: ReadonlyMap<string, string>, command: C) => {
  const textOf = (name: string) => texts.get(name) ?? liveFlags.find((known) => known.name === name)?.default
  return {
    command,
    window: textOf("window") as Window,
    profile: textOf("profile") as Profile,
    config: (texts.get("config") ?? (command === "start" ? undefined : targets[command]) ?? "primary") as Feed,
    logDir: textOf("log-dir") as string,
    envFile: textOf("env-file"),
    skipLive: texts.has("skip-live"),
    mock: texts.has("mock"),
    debug: texts.has("debug"),
    feed: texts.get("feed") as RotatedFeeds | undefined,
    to: texts.has("to") ? Number(texts.get("to")) : undefined,
    force: texts.has("force"),
    reason: texts.get("reason")
  }
}

/** Flags that are each valid and contradict each other. */
const contradictions = (texts: ReadonlyMap<string, string>, commands: ReadonlyArray<FlagCommand>) => {
  const faults: Array<string> = []
  if (commands.length > 1) {
    faults.push(`${commands.map((name) => `--${name}`).join(" and ")} exclude each other: give one`)
  }
  for (const name of commands) {
    const target = targets[name]
    const config = texts.get("config")
    if (target !== undefined && config !== undefined && config !== target) {
      faults.push(`--${name} makes ${target} the active feed: --config ${config} contradicts it`)
    }
    if (name === "drill" && config !== undefined && config !== "primary") {
      faults.push(`--drill ends on the primary feed: --config ${config} contradicts it`)
    }
    if (texts.has("skip-live")) faults.push(`--skip-live is for a start: --${name} needs tickd`)
  }
  if (texts.has("feed") && !commands.includes("rotate")) faults.push("--feed is for a rotation: give it with --rotate")
  return [...faults, ...rollbackFaults(texts, commands), ...forceFaults(texts, commands)]
}

/** A snapshot has its own preferred feed, and is named by a number. */
const rollbackFaults = (texts: ReadonlyMap<string, string>, commands: ReadonlyArray<FlagCommand>) => {
  const faults: Array<string> = []
  const to = texts.get("to")
  if (to !== undefined && !commands.includes("rollback")) faults.push("--to is for a rollback: give it with --rollback")
  if (to !== undefined && !/^[1-9]\d{0,8}$/.test(to)) {
    faults.push(`--to ${to} is no number of a snapshot: 'tickd live snapshots' lists them`)
  }
  if (texts.has("config") && commands.includes("rollback")) {
    faults.push("--config is not for a rollback: the snapshot names the feed")
  }
  return faults
}

/** A forced drill has a reason in its record, and nothing else is forced by a runbook. */
const forceFaults = (texts: ReadonlyMap<string, string>, commands: ReadonlyArray<FlagCommand>) => {
  const faults = ["force", "reason"]
    .filter((name) => texts.has(name) && !commands.includes("drill"))
    .map((name) => `--${name} is for a drill: give it with --drill`)
  if (texts.has("force") && !texts.has("reason")) faults.push("--force needs a reason: give --reason TEXT")
  if (texts.has("reason") && !texts.has("force")) faults.push("--reason is for a forced drill: give --force")
  return faults
}

/** A command line that is right. `help`: `-h` is among its flags, so that only the help is printed. */
interface LiveFlags {
  readonly help: boolean
  /** `--config` is among its flags: otherwise the configuration may name the feed. */
  readonly hasConfig: boolean
  readonly request: LiveRequest
}

/**
 * The request of a command line of `start_live_env.sh`, or every fault of it at once.
 * Only `flags` are known, each at most once, with a value in the next argument.
 */
export const parseLiveFlags = (
  args: ReadonlyArray<string>,
  flags: ReadonlyArray<LiveFlag> = liveFlags
): Result.Result<LiveFlags, LiveFlagsRefused> => {
  const { faults, help, texts } = read(args, flags)
  const commands = flagCommands.filter((name) => texts.has(name))
  const all = [...faults, ...contradictions(texts, commands)]
  if (all.length > 0) return Result.fail(new LiveFlagsRefused({ faults: all }))
  return Result.succeed({ help, hasConfig: texts.has("config"), request: requestOf(texts, commands[0] ?? "start") })
}

/**
 * What the records of a refused command line say: its flags as far as they are right, else their defaults. Without
 * one single command it is `unknown`.
 */
export const recordedRequest = (args: ReadonlyArray<string>, flags: ReadonlyArray<LiveFlag>): RecordedRequest => {
  const { faults, texts } = read(args, flags)
  const commands = flagCommands.filter((name) => texts.has(name))
  const right = new Map(
    [...texts].filter(([name, text]) => {
      const allowed = flags.find((known) => known.name === name)?.values ?? []
      return allowed.length === 0 || allowed.includes(text)
    })
  )
  const command = commands[0] ?? "start"
  const isKnown = commands.length === 1 || (commands.length === 0 && !faults.some((text) => text.startsWith(unknown)))
  return { ...requestOf(right, command), command: isKnown ? command : "unknown" }
}

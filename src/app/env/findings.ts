import { accessSync, constants } from "node:fs"
import { systemCodeOf } from "../../kernel/system-fault.ts"
import { checkEnvironment } from "../../market/config/config-check.ts"
import { quotedVariables, unknownVariables } from "../../market/config/unknown-variables.ts"
import type { EnvFileRemark } from "../../platform/process/env-file.ts"
import { type Profile, shownValue } from "../../platform/process/variable.ts"
import { wrongForms } from "../../platform/process/variable-forms.ts"
import { mergedWith, type ReadEnvFile, type Variables } from "./environment.ts"
import { nearestName, variableOf, variables } from "./variables.ts"

/** One thing that is wrong, or may be. Holds no secret. */
export interface Finding {
  readonly severity: "fault" | "warning"
  readonly code: EnvFileRemark["code"] | (typeof codes)[number]
  readonly variable: string | null
  /** Line of the env file, from 1. */
  readonly line: number | null
  /** The value, masked; null: not set, or not about a value. */
  readonly found: string | null
  readonly allowed: string | null
  readonly message: string
  readonly fix: string
}

const codes = [
  "ENV_FILE",
  "ENV_MODE",
  "ENV_UNKNOWN",
  "ENV_MISSING",
  "ENV_INVALID",
  "ENV_BACKUP_INCOMPLETE",
  "ENV_BACKUP_REQUIRED",
  "ENV_NOT_LIVE",
  "ENV_ELSEWHERE"
] as const

type Draft = Omit<Finding, "variable" | "line" | "found" | "allowed"> & Partial<Finding>
const finding = (draft: Draft): Finding => ({ variable: null, line: null, found: null, allowed: null, ...draft })

const withoutStop = (sentence: string) => sentence.replace(/\.$/, "")
const nameIn = (sentence: string) => /\b[A-Z][A-Z\d]*(?:_[A-Z\d]+)+\b/.exec(sentence)?.[0] ?? null

const ofFile = (read: ReadEnvFile): ReadonlyArray<Finding> => {
  if (read.problem !== undefined)
    return [
      finding({
        severity: "fault",
        code: "ENV_FILE",
        message: `environment_file_missing path=${read.path} (${read.problem})`,
        fix: "check that the file exists and that this user may read it"
      })
    ]
  const hasSecret = read.file.lines.some(({ name, value }) => value !== "" && variableOf(name)?.secret === "value")
  return [
    ...read.file.remarks.map((remark) =>
      finding({
        severity: remark.isFault ? "fault" : "warning",
        code: remark.code,
        variable: remark.name ?? null,
        line: remark.line,
        message: remark.message,
        fix: remark.fix
      })
    ),
    ...(hasSecret && (read.mode & 0o077) !== 0
      ? [
          finding({
            severity: "warning",
            code: "ENV_MODE",
            message: `${read.path} holds secrets and has mode ${read.mode.toString(8).padStart(4, "0")}, so that others can read or change it`,
            fix: `chmod 600 ${read.path}`
          })
        ]
      : [])
  ]
}

/** Names of other contexts that the market does not know, such as `TICKD_RETENTION_DAYS`. */
const ofOtherContexts = (names: ReadonlyArray<string>): ReadonlyArray<string> =>
  names
    .filter((name) => /^TICKD_(?!SIM_)/.test(name) && variableOf(name) === undefined)
    .filter((name) => unknownVariables({ [name]: "1" }).length === 0)
    .filter((name) => !/_PORT(_|$)|_SERVICE_/.test(name))

/** A misspelling in an env file was meant for tickd. In the environment it may belong to another program. */
const ofUnknown = (env: Variables, read: ReadEnvFile | undefined): ReadonlyArray<Finding> => {
  const names = read === undefined ? Object.keys(env) : [...read.file.values.keys()]
  const sentences = unknownVariables(Object.fromEntries(names.map((name) => [name, "1"])))
  const known = sentences.map((sentence) => ({
    name: sentence.split(" ")[0] ?? "",
    near: /did you mean (\w+)\?/.exec(sentence)?.[1]
  }))
  const others = ofOtherContexts(names).map((name) => ({ name, near: nearestName(name) }))
  return [...known, ...others].map(({ name, near }) =>
    finding({
      severity: read !== undefined && near !== undefined ? "fault" : "warning",
      code: "ENV_UNKNOWN",
      variable: name,
      line: read?.file.values.get(name)?.line ?? null,
      message: `${name} is not a variable of tickd and has no effect`,
      fix: near === undefined ? "remove it, or see docs/reference/config.md" : `is ${near} meant? rename it`
    })
  )
}

const ofValues = (effective: Variables, profile: Profile, lineOf: (name: string) => number | null) => {
  const { expected, known, missing, others } = checkEnvironment(effective)
  const example = (name: string) => {
    const variable = variableOf(name)
    const value = variable?.example ?? variable?.preset
    return value === undefined ? `set ${name}` : `set it, for example ${name}=${value}`
  }
  return [
    ...[...expected, ...wrongForms(variables, effective)].map(([name, allowed]) => {
      const found = shownValue(variableOf(name), known[name] ?? effective[name] ?? "")
      return finding({
        severity: "fault",
        code: "ENV_INVALID",
        variable: name,
        line: lineOf(name),
        found,
        allowed,
        message: `${name} cannot be used: found ${JSON.stringify(found)}, ${allowed}`,
        fix: example(name)
      })
    }),
    ...others.map((sentence) => {
      const name = nameIn(sentence)
      const isBackup = sentence.startsWith("incomplete_backup_profile")
      const [message = "", fix] = sentence.split(/: (?=[^:]*$)/)
      return finding({
        severity: "fault",
        code: isBackup ? "ENV_BACKUP_INCOMPLETE" : "ENV_INVALID",
        variable: name,
        line: name === null ? null : lineOf(name),
        message,
        fix: fix ?? (name === null ? "correct it" : `correct ${name}, see tickd env explain ${name}`)
      })
    }),
    ...(profile === "mock" ? [] : missing).map((name) =>
      finding({
        severity: "fault",
        code: "ENV_MISSING",
        variable: name.split(" ")[0] ?? name,
        message: `${name} is not set`,
        fix: example(name.split(" ")[0] ?? name)
      })
    )
  ]
}

/** Files that a connection to NATS reads. Those of CTP are checked with their content. */
const natsFiles = variables.filter(({ name }) => /^NATS_.*(_FILE|_CA|_CERT|_KEY)$/.test(name))

const ofNatsFiles = (effective: Variables, lineOf: (name: string) => number | null): ReadonlyArray<Finding> =>
  natsFiles.flatMap(({ name }) => {
    const path = (effective[name] ?? "").trim()
    if (path === "") return []
    try {
      accessSync(path, constants.R_OK)
      return []
    } catch (cause) {
      return [
        finding({
          severity: "fault",
          code: "ENV_INVALID",
          variable: name,
          line: lineOf(name),
          found: path,
          message: `${name} names ${path}, which cannot be read (${systemCodeOf(cause)})`,
          fix: "check that it exists and that this user may read it"
        })
      ]
    }
  })

const simulated = ["TICKD_SIM_TD_EXPECT", "TICKD_SIM_TD_FAULT", "TICKD_SIM_CRASH_AFTER"]

/** What a real market does not have. */
const ofLive = (effective: Variables): ReadonlyArray<Finding> => [
  ...["CTP_PRIMARY_MD_ADDRESS", "CTP_BACKUP_MD_ADDRESS"]
    .filter((name) => effective[name]?.includes("bench://"))
    .map((name) =>
      finding({
        severity: "fault",
        code: "ENV_NOT_LIVE",
        variable: name,
        message: `${name} is an address of the benchmark library`,
        fix: "set the address of the broker's front, tcp://HOST:PORT"
      })
    ),
  ...["TICKD_MARKET_HOURS", ...simulated]
    .filter((name) => (name === "TICKD_MARKET_HOURS" ? effective[name] === "always" : effective[name] !== undefined))
    .map((name) =>
      finding({
        severity: "warning",
        code: "ENV_NOT_LIVE",
        variable: name,
        message: `${name} is for a simulated market`,
        fix: "remove it, or use --profile dev"
      })
    )
]

const hasBackup = (effective: Variables) =>
  Object.entries(effective).some(([name, value]) => name.startsWith("CTP_BACKUP_") && (value ?? "").trim() !== "")

const ofElsewhere = (env: Variables, read: ReadEnvFile): ReadonlyArray<Finding> =>
  Object.keys(env)
    .filter((name) => /^(CTP|NATS|TICK|TICKD)_/.test(name) && variableOf(name) !== undefined)
    .filter((name) => (env[name] ?? "") !== "" && !read.file.values.has(name))
    .map((name) =>
      finding({
        severity: "warning",
        code: "ENV_ELSEWHERE",
        variable: name,
        message: `${name} comes from the environment of this shell, not from ${read.path}`,
        fix: "write it into the file, or unset it here"
      })
    )

export interface ValidateOptions {
  readonly profile: Profile
  readonly requireBackup: boolean
}

/** Everything that is wrong with an environment, at once; faults first. */
export const findingsOf = (env: Variables, read: ReadEnvFile | undefined, options: ValidateOptions) => {
  const effective = mergedWith(env, read)
  if (read?.problem !== undefined) return ofFile(read)
  const lineOf = (name: string) => read?.file.values.get(name)?.line ?? null
  const all = [
    ...(read === undefined ? [] : ofFile(read)),
    ...ofUnknown(env, read),
    ...ofValues(effective, options.profile, lineOf),
    ...ofNatsFiles(effective, lineOf),
    ...(options.profile === "live" ? ofLive(effective) : []),
    ...(options.requireBackup && !hasBackup(effective)
      ? [
          finding({
            severity: "fault",
            code: "ENV_BACKUP_REQUIRED",
            message: "Backup profile required but not provided",
            fix: "set CTP_BACKUP_MD_ADDRESS, CTP_BACKUP_BROKER_ID, CTP_BACKUP_USER_ID and CTP_BACKUP_PASSWORD_FILE"
          })
        ]
      : []),
    ...(read === undefined
      ? quotedVariables(env).map((sentence) =>
          finding({
            severity: "warning",
            code: "ENV_QUOTES",
            variable: nameIn(sentence),
            message: withoutStop(sentence).split(": ")[0] ?? "",
            fix: "remove the quotes"
          })
        )
      : ofElsewhere(env, read))
  ]
  return [...all.filter(({ severity }) => severity === "fault"), ...all.filter(({ severity }) => severity !== "fault")]
}

import { execFile } from "node:child_process"
import { randomUUID } from "node:crypto"
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs"
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { Invocation, present } from "../../cli/invocation.ts"
import { jsonFlag } from "../../cli/terminal/flags.ts"
import { systemCodeOf } from "../../kernel/system-fault.ts"
import { commandWords } from "../../platform/process/command-words.ts"
import { envLine, parseEnvFile } from "../../platform/process/env-file.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"
import type { Profile } from "../../platform/process/variable.ts"
import { envFileFlag, openEnvFile } from "./env-file-flag.ts"
import { mergedWith, type Variables } from "./environment.ts"
import { type Finding, findingsOf } from "./findings.ts"
import { profileFlag } from "./profile-flag.ts"
import { readSecretOutput } from "./secret-output.ts"
import { variableOf } from "./variables.ts"

/** What `tickd env runtime` did. Holds names only. */
interface RuntimeReport {
  readonly ok: boolean
  readonly out: string
  readonly profile: Profile
  /** Names that were written; with `ok` false: that would have been. */
  readonly variables: ReadonlyArray<string>
  /** Names that no program of tickd reads; they are not written. */
  readonly left_out: ReadonlyArray<string>
  readonly findings: ReadonlyArray<Pick<Finding, "code" | "variable" | "message" | "fix">>
}

const timeoutMs = 60_000
const bytesMost = 1_048_576

const failure = (code: string, exitCode: number, message: string) => new UserError({ code, exitCode, message })

/** Runs the program without a shell. Its output stays in memory; the first line of stderr is shown when it failed. */
const outputOf = (words: ReadonlyArray<string>, env: Variables) =>
  Effect.callback<string, UserError>((resume, signal) => {
    const [program = "", ...args] = words
    const options = { env: { ...env }, signal, timeout: timeoutMs, maxBuffer: bytesMost, encoding: "utf8" as const }
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) return resume(Effect.succeed(stdout))
      const [line = ""] = stderr.trim().split("\n")
      const { code, killed } = error
      const why =
        typeof code === "number"
          ? `ended with ${code}${line === "" ? "" : `: ${line.slice(0, 200)}`}`
          : killed === true && code === undefined
            ? `did not end within ${timeoutMs / 1000} s`
            : code === "ENOENT"
              ? "is not on PATH"
              : `cannot be run (${code ?? error.signal ?? "unknown"})`
      const sentence = `The program ${program} ${why}: run it by hand, then again here.`
      resume(Effect.fail(failure("RUNTIME_PROGRAM", exitCodes.unavailable, sentence)))
    })
    // A program that asks for a password must fail at once.
    child.stdin?.end()
  })

/** Replaces the file in one step: a reader sees the old one or the new one. Mode 0600 from the first byte. */
const replaceFile = (path: string, text: string) =>
  Effect.try({
    try: () => {
      const temporary = `${path}.${randomUUID()}.tmp`
      try {
        const file = openSync(temporary, "wx", 0o600)
        try {
          writeSync(file, text)
          fsyncSync(file)
        } finally {
          closeSync(file)
        }
        renameSync(temporary, path)
      } catch (cause) {
        rmSync(temporary, { force: true })
        throw cause
      }
    },
    catch: (cause) =>
      failure(
        "RUNTIME_FILE",
        exitCodes.badInput,
        `${path} cannot be written (${systemCodeOf(cause)}): let this user write its folder.`
      )
  })

/** Sentences of these hold names only. Others may quote a value, and here every value may be a secret. */
const namesOnly: ReadonlySet<string> = new Set([
  "ENV_MISSING",
  "ENV_UNKNOWN",
  "ENV_BACKUP_INCOMPLETE",
  "ENV_BACKUP_REQUIRED",
  "ENV_NOT_LIVE"
])

const withoutValue = ({ code, fix, message, variable }: Finding): RuntimeReport["findings"][number] =>
  namesOnly.has(code)
    ? { code, variable, message, fix }
    : {
        code,
        variable,
        message: `${variable ?? "the environment"} cannot be used`,
        fix: variable === null ? "check it with tickd env validate" : `see tickd env explain ${variable}`
      }

const render = (report: RuntimeReport): string =>
  [
    ...report.findings.flatMap(({ code, fix, message }) => [`FAULT ${message} [${code}]`, `  fix: ${fix}`]),
    ...(report.left_out.length === 0 ? [] : [`left out, not read by tickd: ${report.left_out.join(", ")}`]),
    report.ok
      ? `${report.out} written, mode 0600, profile ${report.profile}: ${report.variables.join(", ")}`
      : `NOT OK: ${report.out} is not written, ${report.findings.length} ${report.findings.length === 1 ? "fault" : "faults"}`
  ].join("\n")

interface RuntimeOptions {
  readonly command: string
  readonly out: string
  readonly base: Option.Option<string>
  readonly profile: Profile
}

const makeRuntime = Effect.fnUntraced(function* ({ base, command, out, profile }: RuntimeOptions) {
  const { env } = yield* Invocation
  const words = commandWords(command) ?? []
  if (words.length === 0)
    return yield* failure(
      "RUNTIME_COMMAND",
      exitCodes.wrongUse,
      "The words of --from-command cannot be read: close its quotes, and name a program first."
    )
  const below = mergedWith(env, Option.isNone(base) ? undefined : yield* openEnvFile(base.value))
  const output = readSecretOutput(yield* outputOf(words, env))
  if (output.values === undefined)
    return yield* failure(
      "RUNTIME_OUTPUT",
      exitCodes.badInput,
      `The output of ${words[0]} cannot be used, ${output.problem}: it must print a JSON object, or KEY=VALUE lines.`
    )
  const [kept, leftOut] = [new Map<string, string>(), new Array<string>()]
  for (const [name, value] of output.values) {
    if (variableOf(name)?.section.isInExample !== true) leftOut.push(name)
    else {
      const line = envLine(name, value)
      if (line === undefined)
        return yield* failure(
          "RUNTIME_OUTPUT",
          exitCodes.badInput,
          `The value of ${name} has a line break, which an env file cannot hold: give it by ${name}_FILE.`
        )
      kept.set(name, line)
    }
  }
  const text = `${[...kept.values()].join("\n")}\n`
  const file = { path: out, file: parseEnvFile(text), mode: 0o600 }
  const findings = findingsOf(below, file, { profile, requireBackup: false }).filter(
    ({ severity }) => severity === "fault"
  )
  const report: RuntimeReport = {
    ok: findings.length === 0 && kept.size > 0,
    out,
    profile,
    variables: [...kept.keys()],
    left_out: leftOut,
    findings: findings.map(withoutValue)
  }
  if (report.ok) yield* replaceFile(out, text)
  return report
})

/** `tickd env runtime`. */
export const runtime = Command.make(
  "runtime",
  {
    command: Flag.String("from-command").pipe(
      Flag.withDescription(
        "Program and arguments, run without a shell; prints a JSON object, Vault's answer, or KEY=VALUE lines"
      )
    ),
    out: Flag.String("out").pipe(
      Flag.withDescription("Env file to write (default: .env.runtime)"),
      Flag.withDefault(".env.runtime")
    ),
    base: Flag.optional(envFileFlag),
    profile: profileFlag,
    json: jsonFlag
  },
  ({ json, ...options }) =>
    Effect.gen(function* () {
      const { endWith } = yield* Invocation
      const report = yield* makeRuntime(options)
      yield* present(json, report, render)
      if (!report.ok) yield* endWith(exitCodes.checkFailed)
    })
).pipe(
  Command.withDescription(
    "Write an env file of mode 0600 from what a secret store prints: checked first, and no value is ever printed"
  )
)

import { execFile } from "node:child_process"
import { join } from "node:path"
import { Effect, Schema } from "effect"
import type { LiveSettings } from "../../domain/live-settings.ts"
import type { Feed, Window } from "../../domain/runbook-words.ts"

/** Less than the deadline of the stage, so that the fault is reported and not a timeout. */
const longestMs = 55_000
const outputMax = 8 * 1024 * 1024

/** The health check could not be run. `message`: one sentence with the fix. */
export class HealthCommandError extends Schema.TaggedError<HealthCommandError>()("HealthCommandError", {
  message: Schema.String
}) {}

/** `said`: its verdict in one line, for the report. */
export interface HealthResult {
  readonly command: string
  readonly exitCode: number
  readonly said: string
}

/** The verdict is the first line of a report, and the last one of what was written about a fault. */
const verdictIn = (stderr: string, stdout: string): string => {
  const fault = stderr.trim().split("\n").at(-1)?.trim() ?? ""
  return (fault === "" ? (stdout.trim().split("\n")[0] ?? "") : fault).slice(0, 300)
}

/** The enforced check of this project as a child, so that it is exactly what an operator would run. */
const ownCheck = (settings: LiveSettings, feed: Feed, window: Window): ReadonlyArray<string> => [
  process.execPath,
  join(settings.projectDir, "src/app/tickd.mjs"),
  ..."health check --mode enforce --instance".split(" "),
  settings.instance,
  "--out-dir",
  settings.logDir,
  "--session-window",
  window,
  "--feed-label",
  feed
]

/**
 * Runs the health check of a drill, without a shell, with the settings of the run. An interrupted check is killed.
 * Fails when it cannot be started, is killed, or does not end in time.
 */
export const runHealthCommand = (options: {
  readonly settings: LiveSettings
  /** Undefined: the project's own. */
  readonly command: ReadonlyArray<string> | undefined
  readonly more: ReadonlyArray<string>
  readonly feed: Feed
  readonly window: Window
}): Effect.Effect<HealthResult, HealthCommandError> =>
  Effect.callback((resume) => {
    const { command, feed, more, settings, window } = options
    const [program = "", ...args] = [...(command ?? ownCheck(settings, feed, window)), ...more]
    const set = Object.entries({
      ...settings.variables,
      NATS_URL: settings.natsUrl,
      ACTIVE_FEED: feed,
      SESSION_CONFIG: feed,
      SESSION_WINDOW: window
    }).filter((entry): entry is [string, string] => entry[1] !== undefined)
    const shown = command === undefined ? `tickd ${args.slice(1).join(" ")}` : [program, ...args].join(" ")
    const child = execFile(
      program,
      args,
      { env: Object.fromEntries(set), timeout: longestMs, killSignal: "SIGKILL", maxBuffer: outputMax },
      (error, stdout, stderr) => {
        const said = verdictIn(stderr, stdout)
        if (error === null) return resume(Effect.succeed({ command: shown, exitCode: 0, said }))
        if (typeof error.code === "number") {
          return resume(Effect.succeed({ command: shown, exitCode: error.code, said }))
        }
        const why =
          error.killed === true
            ? `did not end within ${longestMs / 1000} s`
            : `cannot run (${error.code ?? error.signal})`
        resume(
          Effect.fail(new HealthCommandError({ message: `The health check ${shown} ${why}: correct DRILL_HEALTH_CMD` }))
        )
      }
    )
    return Effect.sync(() => void child.kill("SIGKILL"))
  })

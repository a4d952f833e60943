import { spawn } from "node:child_process"
import { join } from "node:path"
import { Effect } from "effect"
import type { LiveSettings } from "../../../domain/live-settings.ts"
import { RunLog } from "../../../ports/run-log.ts"
import { RuntimeError } from "../../../ports/runtime.ts"

/** The script's own variables, and those by which apt finds its mirror. No secret is among them. */
const passed = /^(PATH|HOME|LANG|TMPDIR|DEBIAN_MIRROR|DEBIAN_KEYRING|https?_proxy|no_proxy)$/i

interface Found {
  readonly path: string | undefined
  /** What the script printed on stderr. */
  readonly lines: ReadonlyArray<string>
}

/** Runs the script to its end; an interruption ends it, and it leaves nothing half-fetched. */
const runScript = (name: string, { projectDir, variables }: LiveSettings): Effect.Effect<Found> =>
  Effect.callback((resume) => {
    const env = Object.fromEntries(
      Object.entries({ ...variables, TICKD_ROOT: projectDir }).filter(
        ([variable, value]) => value !== undefined && (variable === "TICKD_ROOT" || passed.test(variable))
      )
    )
    const script = spawn("bash", [join(projectDir, "deploy", "dev", "monitoring-tools.sh"), name], {
      env,
      stdio: ["ignore", "pipe", "pipe"]
    })
    let printed = ""
    let said = ""
    // Without free descriptors (EMFILE), Node gives a child without streams, and the error later.
    script.stdout?.setEncoding("utf8").on("data", (text: string) => void (printed += text))
    script.stderr?.setEncoding("utf8").on("data", (text: string) => void (said += text))
    const lines = () => said.split("\n").filter((line) => line !== "")
    script.once("error", ({ message }) => resume(Effect.succeed({ path: undefined, lines: [message] })))
    script.once("close", (code) => {
      const path = printed.trim().split("\n").at(-1) ?? ""
      resume(Effect.succeed({ path: code === 0 && path !== "" ? path : undefined, lines: lines() }))
    })
    return Effect.sync(() => script.kill("SIGTERM"))
  })

/** The path of a program of Prometheus: on PATH, in the project's cache, or fetched now. */
export const monitoringTool = Effect.fnUntraced(function* (name: "prometheus" | "pushgateway", settings: LiveSettings) {
  const log = yield* RunLog
  const { lines, path } = yield* runScript(name, settings)
  for (const line of lines) yield* log.write("DEBUG", line)
  if (path !== undefined) return path
  const why = lines.at(-1)?.replace(/^monitoring-tools: /, "") ?? "the script printed nothing"
  return yield* new RuntimeError({
    message: `There is no ${name} on this machine (${why}): put it on PATH, or set MANAGE_MONITORING=0 to run without it.`
  })
})

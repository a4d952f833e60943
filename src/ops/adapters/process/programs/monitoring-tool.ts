import { type ChildProcess, spawn } from "node:child_process"
import { join } from "node:path"
import { Effect, Option } from "effect"
import type { LiveSettings } from "../../../domain/live-settings.ts"
import { RunLog } from "../../../ports/run-log.ts"
import { RuntimeError } from "../../../ports/runtime.ts"

/** In the sequence of a fetch: a start goes on without the last one. */
const tools = ["prometheus", "pushgateway", "alertmanager"] as const
type Tool = (typeof tools)[number]

/** The script's own variables, and those by which apt finds its mirror. No secret is among them. */
const passed = /^(PATH|HOME|LANG|TMPDIR|DEBIAN_MIRROR|DEBIAN_KEYRING|https?_proxy|no_proxy)$/i

/** So much less than the deadline of the stage that its own sentence comes first, milliseconds. */
const fetchWaitMs = 22_000

interface Ended {
  readonly path: string | undefined
  /** What the script printed on stderr. */
  readonly lines: ReadonlyArray<string>
}

const scriptOf = ({ projectDir }: LiveSettings): string => join(projectDir, "deploy", "dev", "monitoring-tools.sh")

/** Runs the script to its end. It is a group of its own, because apt is its child and must end with it. */
const runScript = (args: ReadonlyArray<string>, settings: LiveSettings) => {
  const env = Object.fromEntries(
    Object.entries({ ...settings.variables, TICKD_ROOT: settings.projectDir }).filter(
      ([variable, value]) => value !== undefined && (variable === "TICKD_ROOT" || passed.test(variable))
    )
  )
  const script = spawn("bash", [scriptOf(settings), ...args], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true
  })
  let printed = ""
  let said = ""
  // Without free descriptors (EMFILE), Node gives a child without streams, and the error later.
  script.stdout?.setEncoding("utf8").on("data", (text: string) => void (printed += text))
  script.stderr?.setEncoding("utf8").on("data", (text: string) => void (said += text))
  const lines = () => said.split("\n").filter((line) => line !== "")
  const ended = new Promise<Ended>((resolve) => {
    script.once("error", ({ message }) => resolve({ path: undefined, lines: [message] }))
    script.once("close", (code) => {
      const path = printed.trim().split("\n").at(-1) ?? ""
      resolve({ path: code === 0 && path !== "" ? path : undefined, lines: lines() })
    })
  })
  return { script, ended }
}

const endGroup = ({ pid }: ChildProcess) => {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGTERM")
  } catch {
    // It has ended.
  }
}

/** On PATH or in the project's cache. */
const find = (name: Tool, settings: LiveSettings): Effect.Effect<Ended> =>
  Effect.promise((signal) => {
    const { ended, script } = runScript(["--find", name], settings)
    signal.addEventListener("abort", () => endGroup(script))
    return ended
  })

/** Fetches of this process. One that outlasts an attempt of its stage goes on, and the next attempt waits for it. */
const fetching = new Map<string, Promise<Ended>>()

const fetchAll = (settings: LiveSettings): Promise<Ended> => {
  const { projectDir } = settings
  const running = fetching.get(projectDir)
  if (running !== undefined) return running
  const { ended, script } = runScript(tools, settings)
  const end = () => endGroup(script)
  process.once("exit", end)
  const whole = ended.finally(() => {
    process.off("exit", end)
    fetching.delete(projectDir)
  })
  fetching.set(projectDir, whole)
  return whole
}

/** The line of the script that says most: what apt could not do, else the last one. */
const whyOf = (lines: ReadonlyArray<string>): string => {
  const own = lines.filter((line) => line.startsWith("monitoring-tools: "))
  const line = own.findLast((each) => / could not be | is wrong,| does not run /.test(each)) ?? lines.at(-1)
  return line?.replace(/^monitoring-tools: (debian: )?/, "") ?? "the script printed nothing"
}

/**
 * The path of a program of Prometheus: on PATH, in the project's cache, or fetched now. A fetch that does not end
 * within the wait goes on until this process ends.
 */
export const monitoringTool = Effect.fnUntraced(function* (name: Tool, settings: LiveSettings, waitMs = fetchWaitMs) {
  const log = yield* RunLog
  const here = yield* find(name, settings)
  if (here.path !== undefined) return here.path
  yield* log.write("INFO", `There is no ${name} on this machine: it is fetched from Debian's packages, once`)
  const ended = yield* Effect.timeoutOption(
    Effect.promise(() => fetchAll(settings)),
    waitMs
  )
  // A fetch that goes on may have brought this one already.
  const { path } = yield* find(name, settings)
  if (path !== undefined) return path
  const without = name === "alertmanager" ? "set ALERTMANAGER_URL to nothing" : "set MANAGE_MONITORING=0"
  const fix = `run 'bash ${scriptOf(settings)} ${tools.join(" ")}' before the start, put it on PATH, or ${without} to run without it`
  if (Option.isNone(ended)) {
    return yield* new RuntimeError({
      message: `There is no ${name} on this machine, and fetching it has not ended after ${waitMs / 1000} s: ${fix}.`
    })
  }
  const { lines } = ended.value
  for (const line of lines) yield* log.write("DEBUG", line)
  return yield* new RuntimeError({
    message: `There is no ${name} on this machine, and it could not be fetched (${whyOf(lines)}): ${fix}.`
  })
})

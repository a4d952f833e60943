import { spawn } from "node:child_process"
import { closeSync, openSync, readFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { Effect } from "effect"
import { projectRoot } from "../../src/platform/process/project.ts"

/** As package.json starts the daemon. */
export const newSpaceFlag = "--max-semi-space-size=16"

/** A child that did not report. `message` has its last line. */
export class BenchChildError extends Error {}

/** Runs one of this folder's child programs to its end and returns its report. Its log stays in `stateDir`. */
export const runChild = <Report>(options: {
  /** File in this folder, or a path. */
  readonly program: string
  readonly argument: object
  readonly stateDir: string
  readonly profileDir: string | undefined
  /** Time limit, milliseconds. */
  readonly deadlineMs: number
}): Effect.Effect<Report, BenchChildError> =>
  Effect.callback((resume) => {
    const logFile = join(options.stateDir, "child.log")
    const log = openSync(logFile, "w")
    const profiling =
      options.profileDir === undefined
        ? []
        : ["--cpu-prof", "--cpu-prof-dir", options.profileDir, "--cpu-prof-interval", "500"]
    const child = spawn(
      process.execPath,
      [newSpaceFlag, ...profiling, resolve(import.meta.dirname, options.program), JSON.stringify(options.argument)],
      {
        stdio: ["ignore", "pipe", log],
        timeout: Math.ceil(options.deadlineMs),
        killSignal: "SIGKILL",
        // Like src/app/tickd.mjs: without it every start compiles again, and keeps the compiler's memory.
        env: { ...process.env, NODE_COMPILE_CACHE: join(projectRoot, ".cache", "node") }
      }
    )
    closeSync(log)
    let output = ""
    child.stdout?.on("data", (chunk: Buffer) => {
      output += chunk.toString()
    })
    child.once("close", (code, signal) => {
      const line = output.trimEnd().split("\n").at(-1) ?? ""
      if (code === 0 && line.startsWith("{")) return resume(Effect.succeed(JSON.parse(line) as Report))
      const last = readFileSync(logFile, "utf8").trimEnd().split("\n").slice(-12).join("\n")
      resume(
        Effect.fail(
          new BenchChildError(`${options.program} ended with ${signal ?? `exit code ${code}`} and said: ${last}`)
        )
      )
    })
    return Effect.sync(() => void child.kill("SIGKILL"))
  })

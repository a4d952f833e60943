import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { Effect } from "effect"
import { boundToThisProcess } from "../../platform/process/bound-child.ts"
import { UserError } from "../../platform/process/user-error.ts"
import type { SeedResult } from "../run-seed.ts"

/** Runs a range of seeds in a separate process: the same verb, which prints one line for each seed. */
export const runInChild = (
  options: {
    readonly from: number
    readonly seeds: number
    readonly minutes: number
    readonly reach: boolean
    readonly plane: "market" | "trading"
    readonly runbooks: boolean
  },
  onSeed: (result: SeedResult) => void
): Effect.Effect<void, UserError> =>
  Effect.callback((resume) => {
    const entry = process.argv[1] ?? ""
    const verb = ["simulate", "--lines", "--jobs", "1"]
    const range = [
      "--seeds",
      String(options.seeds),
      "--from",
      String(options.from),
      ...(options.plane === "trading" ? ["--plane", "trading"] : []),
      ...(options.runbooks ? ["--runbooks"] : ["--minutes", String(options.minutes)]),
      ...(options.reach ? ["--reach"] : [])
    ]
    const command = boundToThisProcess("SIGKILL", process.execPath, [entry, ...verb, ...range])
    const child = spawn(command.program, [...command.args], { stdio: ["ignore", "pipe", "pipe"] })
    let ended = 0
    let said = ""
    const lines = createInterface({ input: child.stdout })
    lines.on("line", (line) => {
      if (!line.startsWith('{"seed":')) return
      ended++
      onSeed(JSON.parse(line) as SeedResult)
    })
    child.stderr.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-2000)
    })
    child.once("error", (error) => {
      said = error.message
    })
    child.once("close", (code, signal) => {
      // A failed seed makes its process end with 1, and its line reports it.
      if (ended === options.seeds) return resume(Effect.void)
      resume(
        Effect.fail(
          new UserError({
            code: "SIMULATION_ENDED",
            exitCode: 70,
            message: `The process for seeds ${options.from} and up ended (${signal ?? code}) after ${ended} of ${options.seeds}: ${said.trim() || "it printed nothing"}.`
          })
        )
      )
    })
    return Effect.sync(() => void child.kill("SIGTERM"))
  })

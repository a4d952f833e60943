import { spawn } from "node:child_process"
import { Effect, Layer } from "effect"
import { systemCodeOf } from "../../../kernel/system-fault.ts"
import { CommandError, type CommandLine, CommandRunner, commandText } from "../../ports/command-runner.ts"

/** Bytes of standard output. A list of the containers or units of a stack has some thousand. */
const outputMax = 1_048_576
/** Characters of the end of standard error that are kept, and shown. */
const errorMax = 8_192
const shownMax = 300
/** From SIGTERM to SIGKILL: docker gives up an unfinished call of the engine within this time. */
const graceMs = 2_000

const lastWords = (stderr: string, stdout: string): string => {
  const said = stderr.trim() === "" ? stdout : stderr
  return said.trim().replace(/\s+/g, " ").slice(-shownMax)
}

const run = (command: CommandLine): Effect.Effect<string, CommandError> =>
  Effect.callback((resume) => {
    // A session of its own: a second Ctrl-C at the terminal must not end the commands of a rollback.
    const child = spawn(command.program, [...command.args], {
      env: { ...command.environment },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true
    })
    let stdout = ""
    let stderr = ""
    let ending: "timeout" | "tooMuch" | undefined
    let isClosed = false
    const signal = (name: NodeJS.Signals) => {
      if (isClosed || child.pid === undefined) return
      try {
        process.kill(-child.pid, name)
      } catch {
        // It has ended, and its output is being read.
      }
    }
    const closed = new Promise<void>((resolve) => {
      child.once("close", () => {
        isClosed = true
        resolve()
      })
      child.once("error", () => {
        isClosed = true
        resolve()
      })
    })
    let kill: NodeJS.Timeout | undefined
    const end = () => {
      signal("SIGTERM")
      kill ??= setTimeout(() => signal("SIGKILL"), graceMs)
    }
    const timer = setTimeout(() => {
      ending ??= "timeout"
      end()
    }, command.timeoutMs)
    const fail = (reason: CommandError["reason"], what: string, exitCode?: number) => {
      const words = lastWords(stderr, stdout)
      resume(
        Effect.fail(
          new CommandError({
            reason,
            ...(exitCode !== undefined && { exitCode }),
            lastWords: words,
            message: `${commandText(command)} ${what}${words === "" ? "" : `: ${words}`}`
          })
        )
      )
    }
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (ending !== undefined) return
      stdout += text
      if (stdout.length <= outputMax) return
      ending = "tooMuch"
      end()
    })
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr = (stderr + text).slice(-errorMax)
    })
    child.once("error", (cause) => {
      clearTimeout(timer)
      const code = systemCodeOf(cause)
      fail(code === "ENOENT" ? "missing" : "failed", `cannot be run (${code})`)
    })
    child.once("close", (code, endSignal) => {
      clearTimeout(timer)
      clearTimeout(kill)
      if (ending === "timeout") return fail("timeout", `did not end within ${command.timeoutMs / 1000} s`)
      if (ending === "tooMuch") return fail("tooMuch", `printed more than ${outputMax / 1_048_576} MiB`)
      if (code === 0) return resume(Effect.succeed(stdout))
      fail("failed", `ended with ${endSignal ?? code}`, code ?? undefined)
    })
    return Effect.promise(() => {
      clearTimeout(timer)
      end()
      return closed
    })
  })

/** Commands as children of this process. An interrupted one is ended, and waited for. */
export const childCommands: Layer.Layer<CommandRunner> = Layer.succeed(CommandRunner, { run })

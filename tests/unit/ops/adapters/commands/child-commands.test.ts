// A command that goes on behind an interruption changes the machine while its rollback runs.
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { childCommands } from "../../../../../src/ops/adapters/commands/child-commands.ts"
import { type CommandLine, CommandRunner, commandText } from "../../../../../src/ops/ports/command-runner.ts"
import { until } from "../../../../support/until.ts"

const shell = (script: string, more: Partial<CommandLine> = {}): CommandLine => ({
  program: "/bin/sh",
  args: ["-c", script],
  environment: { PATH: "/usr/bin:/bin" },
  timeoutMs: 10_000,
  ...more
})
const run = (command: CommandLine) =>
  Effect.flatMap(CommandRunner, (runner) => runner.run(command)).pipe(Effect.provide(childCommands))

/** A process that has ended and that its new parent has not collected yet counts as ended. */
const isAlive = (pid: number): boolean => {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"))
  } catch {
    return false
  }
}

it.live("returns what a command printed, and passes arguments and environment on as they are", () =>
  Effect.gen(function* () {
    const said = yield* run({
      ...shell("", { environment: { PATH: "/usr/bin:/bin", ONLY: "this" } }),
      args: ["-c", 'printf "%s|" "$@"; printf %s "$ONLY$HOME"', "sh", "a b", "$(id)", "'"]
    })
    assert.strictEqual(said, "a b|$(id)|'|this")
  })
)

it.live("names the command line, the exit code and the last words of a failure", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(run(shell("echo out; echo first >&2; echo last >&2; exit 5")))
    assert.deepStrictEqual([error.reason, error.exitCode, error.lastWords], ["failed", 5, "first last"])
    assert.match(error.message, /^\/bin\/sh -c 'echo out.*' ended with 5: first last$/)
    const missing = yield* Effect.flip(run(shell("", { program: "/nonexistent/tool", args: ["a"] })))
    assert.deepStrictEqual([missing.reason, missing.message], ["missing", "/nonexistent/tool a cannot be run (ENOENT)"])
  })
)

it.live("ends a command with all its children when its time is over", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(run(shell("trap '' TERM; sleep 60 & echo $! >&2; wait; wait", { timeoutMs: 300 })))
    assert.strictEqual(error.reason, "timeout")
    assert.match(error.message, /did not end within 0\.3 s/)
    // The signal has left; the kernel ends the child by itself.
    yield* until("the end of the child", () => !isAlive(Number(error.lastWords)), 2000)
  })
)

it.live("has ended when an interruption returns", () =>
  Effect.gen(function* () {
    const folder = mkdtempSync(join(tmpdir(), "tickd-commands-"))
    const fiber = yield* Effect.forkChild(
      run(shell(`trap '' TERM; echo $$ > ${folder}/pid; for i in 1 2 3 4 5 6 7 8 9; do sleep 1; done`))
    )
    const pidOf = () => {
      try {
        return Number(readFileSync(`${folder}/pid`, "utf8"))
      } catch {
        return 0
      }
    }
    yield* until("the command runs", () => pidOf() > 0)
    yield* Fiber.interrupt(fiber)
    assert.isFalse(isAlive(pidOf()))
    rmSync(folder, { recursive: true })
  })
)

it.live("keeps a bounded part of an endless output", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(run(shell("yes")))
    assert.deepStrictEqual([error.reason, error.lastWords.length <= 300], ["tooMuch", true])
  })
)

it("shows a command line as an operator types it", () => {
  assert.strictEqual(
    commandText({ program: "docker", args: ["compose", "-f", "/a b/c.yml", "ps"] }),
    "docker compose -f '/a b/c.yml' ps"
  )
})

import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { Deferred, Effect } from "effect"
import { boundToThisProcess } from "../../platform/process/bound-child.ts"
import { launcher } from "../../platform/process/project.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"
import type { FrontLine } from "../front.ts"

/** A front in a process of its own, so that it does not share the daemon's event loop. */
export interface FrontChild {
  readonly address: string
  /** Completes when the recording was sent, with the ticks handed over; fails with the sentence of its damage. */
  readonly finished: Effect.Effect<number, UserError>
  /** What was sent when it ended, damaged or not. */
  readonly sent: () => number | undefined
  /** Gives the front a fault command; `onDone` is called when the front has carried it out. */
  readonly command: (line: string, onDone?: () => void) => void
}

/** Starts `tickd front` with these flags; it ends with the scope, and with this process. */
export const startFrontChild = Effect.fnUntraced(function* (flags: ReadonlyArray<string>) {
  const listening = yield* Deferred.make<string, UserError>()
  const finished = yield* Deferred.make<number, UserError>()
  let sent: number | undefined
  let lastWords = ""
  /** One for each command that the front has not answered, in order. */
  const done: Array<(() => void) | undefined> = []
  const verb = ["front", "--port", "0", "--json", "--until-stdin-ends", ...flags]
  const command = boundToThisProcess("SIGKILL", process.execPath, [launcher, ...verb])
  const child = yield* Effect.acquireRelease(
    Effect.sync(() => spawn(command.program, [...command.args], { stdio: ["pipe", "pipe", "pipe"] })),
    (process) =>
      Effect.callback<void>((resume) => {
        if (process.exitCode !== null || process.signalCode !== null) return resume(Effect.void)
        process.once("exit", () => resume(Effect.void))
        process.stdin.end()
        setTimeout(() => process.kill("SIGKILL"), 3000).unref()
      })
  )
  createInterface({ input: child.stdout }).on("line", (text) => {
    const line = JSON.parse(text) as FrontLine
    if (line.event === "listening") Deferred.doneUnsafe(listening, Effect.succeed(line.address))
    else if (line.event === "obeyed") done.shift()?.()
    else {
      sent = line.counts.ticksSent.recording
      Deferred.doneUnsafe(
        finished,
        line.event === "finished"
          ? Effect.succeed(sent)
          : Effect.fail(new UserError({ code: line.code, message: line.message, exitCode: 65 }))
      )
    }
  })
  createInterface({ input: child.stderr }).on("line", (line) => {
    // The verb that ends because of it prints the sentence that it ends with.
    if (line.startsWith("tickd: ")) lastWords = line.slice("tickd: ".length)
    else process.stderr.write(`${line}\n`)
  })
  child.stdin.on("error", () => undefined)
  // `close` comes after the last line was read.
  child.once("close", (exitCode, signal) => {
    const said = /^(.*) \[([A-Z0-9_]+)\]$/.exec(lastWords)
    const gone = Effect.fail(
      new UserError({
        code: said?.[2] ?? "FRONT_ENDED",
        message:
          said?.[1] ??
          `The simulated front ended by itself (${signal ?? `exit code ${exitCode}`}${lastWords === "" ? "" : `, ${lastWords}`}): start it again.`,
        exitCode: exitCode === null || exitCode === 0 ? exitCodes.gaveUp : exitCode
      })
    )
    Deferred.doneUnsafe(listening, gone)
    Deferred.doneUnsafe(finished, gone)
  })
  const front: FrontChild = {
    address: yield* Deferred.await(listening),
    finished: Deferred.await(finished),
    sent: () => sent,
    command: (line, onDone) => {
      done.push(onDone)
      child.stdin.write(`${line}\n`)
    }
  }
  return front
})

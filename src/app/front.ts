import { createInterface } from "node:readline"
import { Effect, Option, Queue, Result } from "effect"
import type { FrontOptions as FrontFlags } from "../cli/front.ts"
import { UserError } from "../platform/process/user-error.ts"
import { type FrontHandle, startFront } from "../simulator/front/front.ts"
import { frontFaultHelp, parseFrontFault } from "../simulator/front/front-fault.ts"
import type { FrontSource } from "../simulator/front/front-options.ts"
import { marketContracts } from "../simulator/market/market-contracts.ts"

/** Lines that the front prints with `--json`; the demo reads them. */
export type FrontLine =
  | { readonly event: "listening"; readonly address: string; readonly port: number }
  /** A command from stdin has been carried out. */
  | { readonly event: "obeyed"; readonly command: string }
  | { readonly event: "finished"; readonly counts: ReturnType<FrontHandle["counts"]> }
  | {
      readonly event: "failed"
      readonly code: string
      readonly message: string
      readonly counts: ReturnType<FrontHandle["counts"]>
    }

/** `1`, `10`, `0.5` or `max`. */
export const parseSpeed = (text: string): Effect.Effect<"max" | number, UserError> => {
  const speed = text === "max" ? "max" : Number(text)
  if (speed === "max" || (Number.isFinite(speed) && speed > 0)) return Effect.succeed(speed)
  return Effect.fail(
    new UserError({
      code: "SPEED_INVALID",
      exitCode: 64,
      message: `"${text}" is not a speed: give 1, a number above 0, or max.`
    })
  )
}

const sourceOf = Effect.fnUntraced(function* (flags: FrontFlags): Effect.fn.Return<FrontSource, UserError> {
  if (Option.isSome(flags.replay))
    return { type: "recording", file: flags.replay.value, speed: yield* parseSpeed(flags.speed) }
  return {
    type: "market",
    contracts: marketContracts(flags.instruments),
    ratePerSecond: flags.rate,
    bursts: !flags.even,
    seed: flags.seed,
    ...(Option.isSome(flags.since) && { sinceMs: flags.since.value })
  }
})

const say = (flags: FrontFlags, line: FrontLine, sentence: string) =>
  Effect.sync(() => process.stdout.write(`${flags.json ? JSON.stringify(line) : sentence}\n`))

/** Lines of stdin as a queue; `undefined` when it ends. */
const stdinLines = Effect.gen(function* () {
  const lines = yield* Queue.unbounded<string | undefined>()
  const reader = createInterface({ input: process.stdin })
  reader.on("line", (line) => void Queue.offerUnsafe(lines, line))
  reader.on("close", () => void Queue.offerUnsafe(lines, undefined))
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      reader.close()
      process.stdin.pause()
    })
  )
  return lines
})

const obey = (front: FrontHandle, line: string) => {
  const fault = parseFrontFault(line)
  if (Result.isFailure(fault)) return Effect.sync(() => process.stderr.write(`tickd front: ${fault.failure.message}\n`))
  if (fault.success.type === "help") return Effect.sync(() => process.stderr.write(`${frontFaultHelp}\n`))
  return front
    .command(fault.success)
    .pipe(Effect.catch((error) => Effect.sync(() => process.stderr.write(`tickd front: ${error.message}\n`))))
}

/** `tickd front`: serves until it is stopped; a damaged recording is told and ends it with an error. */
export const runFrontProgram = (flags: FrontFlags) =>
  Effect.scoped(
    Effect.gen(function* () {
      const front = yield* startFront({
        host: flags.host,
        port: flags.port,
        source: yield* sourceOf(flags),
        staleSnapshot: flags.staleSnapshot
      })
      yield* say(
        flags,
        { event: "listening", address: front.address, port: front.port },
        `front listens on ${front.address}; faults are commands on stdin, 'help' lists them`
      )
      const serve = Effect.gen(function* () {
        const lines = yield* stdinLines
        while (true) {
          const line = yield* Queue.take(lines)
          if (line === undefined) return yield* flags.untilStdinEnds ? Effect.void : Effect.never
          if (line.trim() === "") continue
          yield* obey(front, line)
          if (flags.json) yield* say(flags, { event: "obeyed", command: line }, "")
        }
      })
      const tellEnd = front.done.pipe(
        Effect.tap(() =>
          say(
            flags,
            { event: "finished", counts: front.counts() },
            `recording sent: ${front.counts().ticksSent.recording} ticks`
          )
        ),
        Effect.catch((error) =>
          Effect.gen(function* () {
            const { code, message } = error
            yield* say(
              flags,
              { event: "failed", code, message, counts: front.counts() },
              `the recording ends here: ${message}`
            )
            // The daemon that is being fed decides when enough is enough; alone at a terminal there is nothing left to do.
            if (!flags.untilStdinEnds) return yield* new UserError({ code, message, exitCode: 65 })
          })
        ),
        Effect.andThen(Effect.never)
      )
      yield* Effect.raceFirst(serve, tellEnd)
    })
  )

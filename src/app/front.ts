import { createInterface } from "node:readline"
import { Effect, Option, Queue, Result } from "effect"
import { Command, Flag } from "effect/cli"
import { untilStopped } from "../cli/invocation.ts"
import { mostInstruments, mostTicksPerSecond, portFlag, shownDefault, wholeFlag } from "../cli/terminal/flags.ts"
import { UserError } from "../platform/process/user-error.ts"
import { type FrontHandle, startFront } from "../simulator/front/front.ts"
import { frontFaultHelp, parseFrontFault } from "../simulator/front/front-fault.ts"
import type { FrontSource } from "../simulator/front/front-options.ts"
import { marketContracts } from "../simulator/market/market-contracts.ts"

const flags = {
  host: Flag.String("host").pipe(shownDefault("Address to listen on", "127.0.0.1")),
  port: portFlag("port").pipe(shownDefault("Port, 0 = any free one", 41205)),
  replay: Flag.String("replay").pipe(
    Flag.withDescription("Serve this recording (CSV with the 44 raw CTP columns, plain or gzip) instead of a market"),
    Flag.optional
  ),
  speed: Flag.String("speed").pipe(shownDefault("Speed of a replay: 1 = as recorded, N = N times as fast, max", "1")),
  instruments: wholeFlag("instruments", 1, mostInstruments).pipe(
    shownDefault("Instruments of the generated market", 500)
  ),
  rate: wholeFlag("rate", 1, mostTicksPerSecond).pipe(
    shownDefault("Ticks a second of the generated market, over all instruments", 1000)
  ),
  seed: Flag.Int("seed").pipe(shownDefault("Seed of the generated market", 1)),
  since: wholeFlag("since", 0, Number.MAX_SAFE_INTEGER).pipe(
    Flag.withDescription(
      "Start of the market, epoch milliseconds: fronts with the same seed, instruments, rate and start send the same ticks"
    ),
    Flag.optional
  ),
  even: Flag.Boolean("even").pipe(
    Flag.withDescription("Spread ticks evenly instead of in bursts every 500 ms"),
    Flag.withDefault(false)
  ),
  staleSnapshot: Flag.Boolean("stale-snapshot").pipe(
    Flag.withDescription("Send each instrument's last known tick after its subscription, as real fronts do"),
    Flag.withDefault(false)
  ),
  json: Flag.Boolean("json").pipe(
    Flag.withDescription("Print events as JSON lines instead of sentences"),
    Flag.withDefault(false)
  ),
  untilStdinEnds: Flag.Boolean("until-stdin-ends").pipe(
    Flag.withDescription("Stop when stdin ends: the front of a demo must not outlive it"),
    Flag.withDefault(false)
  )
}

type FrontFlags = Command.Command.Config.Infer<typeof flags>

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

/** Serves until it is stopped; a damaged recording ends it with an error. */
const runFront = (flags: FrontFlags) =>
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
      const reportEnd = front.done.pipe(
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
            // With a daemon behind it the front stays up; alone at a terminal it ends.
            if (!flags.untilStdinEnds) return yield* new UserError({ code, message, exitCode: 65 })
          })
        ),
        Effect.andThen(Effect.never)
      )
      yield* Effect.raceFirst(serve, reportEnd)
    })
  )

/** `tickd front`: the simulated exchange. */
export const command = Command.make("front", flags, (options) => untilStopped(runFront(options))).pipe(
  Command.withDescription(
    `Run a simulated exchange for libtickd_sim_md.so. Faults are commands on stdin, one per line:\n${frontFaultHelp}`
  )
)

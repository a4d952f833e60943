import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Deferred, Effect, Exit, Fiber } from "effect"
import { Command } from "effect/cli"
import { demoCommand } from "../cli/demo.ts"
import { frontCommand } from "../cli/front.ts"
import { runCommand } from "../cli/run.ts"
import { statusCommand } from "../cli/status.ts"
import { tailCommand } from "../cli/tail.ts"
import { frontFaultHelp } from "../simulator/front-fault.ts"
import { runDemo } from "./demo.ts"
import { runFrontProgram } from "./front-program.ts"
import { runDaemonProgram } from "./run-program.ts"
import { askStatus } from "./status-query.ts"
import { runTail } from "./tail-program.ts"
import { sentenceOf, UserError } from "./user-error.ts"

/** The first SIGTERM or SIGINT asks for a drain; the second ends the process at once. */
const interrupted = Deferred.makeUnsafe<void>()
let signals = 0
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, () => {
    if (++signals > 1) process.exit(130)
    Deferred.doneUnsafe(interrupted, Effect.void)
  })
}
const asked = Deferred.await(interrupted)

const tickd = Command.make("tickd").pipe(
  Command.withDescription(
    "Market data of China's futures exchanges: CTP sessions in, every tick accounted for, NATS JetStream out"
  ),
  Command.withSubcommands([
    demoCommand((options) => Effect.scoped(runDemo(options, asked))),
    runCommand((options) => Effect.scoped(runDaemonProgram(options, asked))),
    frontCommand(frontFaultHelp, (options) => Effect.raceFirst(runFrontProgram(options), asked)),
    statusCommand(askStatus),
    tailCommand((options) => Effect.raceFirst(runTail(options), asked))
  ])
)

/** 0 done; 1 a check failed; 64 wrong use; 65 bad input; 69 nobody answers; 70 gave up; 78 configuration. See README.md. */
const exitCodeOf = (cause: Cause.Cause<unknown>): number => {
  const error = Cause.squash(cause)
  if (error instanceof UserError) return error.exitCode
  const tag = (error as { _tag?: string } | null)?._tag ?? ""
  if (tag === "ConfigError" || tag === "SubjectTemplateError") return 78
  if (tag === "FrontError" || tag === "ContractCatalogueError") return 65
  if (tag === "ShowHelp") return 64
  return 70
}

const program = Command.run(tickd, { version: "0.1.0" }).pipe(Effect.provide(NodeServices.layer))

const exit = await Effect.runPromise(Effect.flatMap(Effect.forkChild(program), Fiber.await))
if (Exit.isFailure(exit)) {
  const code = exitCodeOf(exit.cause)
  // The command-line parser has printed its own help and reason.
  if (code !== 64 || Cause.squash(exit.cause) instanceof UserError) {
    process.stderr.write(`tickd: ${sentenceOf(exit.cause)}\n`)
  }
  process.exit(code)
}
// Sockets of abandoned work must not keep a finished verb alive.
process.exit(0)

import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Effect, Exit, Fiber, Layer } from "effect"
import { Command } from "effect/cli"
import { Invocation } from "../cli/invocation.ts"
import { contextFlag, withContext } from "../cli/nats/nats-context.ts"
import { foldedText } from "../cli/terminal/layout.ts"
import { errorScreenOf, screenOf } from "../cli/terminal/screen.ts"
import { usageLayer } from "../cli/terminal/usage.ts"
import { type Shutdown, watchProcess } from "../platform/process/exit.ts"
import { projectVersion } from "../platform/process/project-version.ts"
import { exitCodeOf, exitCodes, sentenceOf, UserError } from "../platform/process/user-error.ts"
import { ProcessShutdown } from "./process-shutdown.ts"
import { programDescription, type Verb, type VerbServices, verbGroups } from "./verbs.ts"

/** Flags of every verb that have a value, so that the next word is no verb. */
const withValue: ReadonlySet<string> = new Set(["--context", "--completions"])

/** The verb that a command line names: its first word that is neither a flag nor the value of one. */
const verbIn = (argv: ReadonlyArray<string>): string | undefined =>
  argv.find((word, at) => !word.startsWith("-") && !withValue.has(argv[at - 1] ?? ""))

/** What stands before `--`: the words behind it belong to the verb, whatever they look like. */
const beforeEnd = (argv: ReadonlyArray<string>): ReadonlyArray<string> => {
  const end = argv.indexOf("--")
  return end < 0 ? argv : argv.slice(0, end)
}

/** A verb that is not asked for: enough of it for the list of verbs and for a suggestion. */
const listed = ({ name, summary }: Verb) =>
  Command.make(name, {}, () => Effect.die(new Error(`the verb ${name} was not loaded`))).pipe(
    Command.withDescription(summary)
  )

/** The command line with those verbs loaded that `isWanted`. */
export const commandLine = (isWanted: (name: string) => boolean) =>
  Effect.promise(async () => {
    const load = (verb: Verb) => (isWanted(verb.name) ? verb.load() : listed(verb))
    const groups = await Promise.all(
      verbGroups.map(async ({ group, verbs: [first, ...others] }) => ({
        group,
        commands: [await load(first), ...(await Promise.all(others.map(load)))] as const
      }))
    )
    return Command.make("tickd").pipe(
      Command.withDescription(programDescription),
      Command.withSubcommands(groups),
      Command.withGlobalFlags([contextFlag])
    )
  })

/** The table of secrets is loaded only where systemd gives credentials. */
const ownEnvironment = Effect.promise(async () =>
  process.env["CREDENTIALS_DIRECTORY"] === undefined
    ? process.env
    : (await import("./env/credentials.ts")).withCredentials(process.env)
)

/** Parses the command line and runs its verb. Shell completions need the flags of every verb. */
const verbOf = (argv: ReadonlyArray<string>, shutdown: Shutdown) =>
  Effect.gen(function* () {
    const words = beforeEnd(argv)
    const env = yield* withContext(yield* ownEnvironment, words)
    const named = verbIn(words)
    const everything = words.some((word) => word === "--completions" || word.startsWith("--completions="))
    const tickd = yield* commandLine((name) => everything || name === named)
    const screen = screenOf(env, process.stdout, process.stderr)
    // What a verb needs is checked where it stands in the table of verbs.
    const run = Command.runWith(tickd, { version: projectVersion })(argv)
    const verb = run as Effect.Effect<void, unknown, VerbServices>
    yield* verb.pipe(
      Effect.provideService(ProcessShutdown, shutdown),
      Effect.provideService(Invocation, {
        env,
        screen,
        stopRequested: shutdown.asked,
        endWith: (code) => Effect.sync(() => void (process.exitCode = code))
      }),
      Effect.provide(Layer.merge(NodeServices.layer, usageLayer(screen.columns)))
    )
  })

/** Runs one command line and ends the process with its exit code. */
export const runProgram = async (argv: ReadonlyArray<string>): Promise<never> => {
  const shutdown = watchProcess()
  const exit = await Effect.runPromise(Effect.flatMap(Effect.forkChild(verbOf(argv, shutdown)), Fiber.await))
  if (Exit.isFailure(exit)) {
    const code = shutdown.codeOf(exitCodeOf(exit.cause))
    // The command-line parser has printed its own reason.
    if (code !== exitCodes.wrongUse || Cause.squash(exit.cause) instanceof UserError) {
      process.stderr.write(`${foldedText(`tickd: ${sentenceOf(exit.cause)}`, errorScreenOf(process.stderr))}\n`)
    }
    process.exit(code)
  }
  // A pipe takes 64 KB at a time: what a verb printed must be out before the process ends. This does not hold for a
  // log.
  await new Promise<void>((written) => {
    process.stdout.write("", () => written())
    if (shutdown.hasDrained) setTimeout(written, 1000)
  })
  // A write that failed is reported in the turn after it.
  await new Promise((reported) => setImmediate(reported))
  if (shutdown.lastSentence !== undefined) process.stderr.write(`tickd: ${shutdown.lastSentence}\n`)
  // Sockets of abandoned work must not keep a finished verb alive.
  process.exit(shutdown.codeOf(Number(process.exitCode ?? exitCodes.done)))
}

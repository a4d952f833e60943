import { Effect, Option, Schema } from "effect"
import type { LiveSettings } from "../../domain/live-settings.ts"
import { CommandError, CommandRunner, commandText } from "../../ports/command-runner.ts"
import { RuntimeError } from "../../ports/runtime.ts"

/** Milliseconds. A question is answered at once, or the engine is in trouble. */
const askMs = 5_000
/** Containers are created from images that are there: nothing is built or pulled in a start. */
const upMs = 20_000
/** Beyond the grace of a stop. */
const moreMs = 10_000
/** Of the log, in the sentence about a container that ended. */
const shownLines = "3"

/** Of the client of the engine; the rest of the operator's environment must not change what the compose file means. */
const clientNames = [
  "PATH",
  "HOME",
  "XDG_RUNTIME_DIR",
  "SSH_AUTH_SOCK",
  "DOCKER_HOST",
  "DOCKER_CONTEXT",
  "DOCKER_CONFIG",
  "DOCKER_CERT_PATH",
  "DOCKER_TLS_VERIFY"
]

/** One line of `docker compose ps --format json`. Versions before 2.21 print one array of these. */
const Row = Schema.Struct({
  ID: Schema.String,
  Service: Schema.String,
  State: Schema.String,
  ExitCode: Schema.Int,
  Labels: Schema.optionalKey(Schema.String)
})

export interface Container {
  readonly id: string
  readonly service: string
  /** `running`, `restarting`, `paused`, `exited`, `dead`, `created`, `removing`. */
  readonly state: string
  readonly exitCode: number
  /** Hash of the settings with which a runbook started it; empty: it was not started by one. */
  readonly settings: string
}

const decodeRows = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Array(Row)))

/** The containers of an answer; undefined: the answer has another form. */
const containersIn = (text: string): ReadonlyArray<Container> | undefined => {
  const rows = text.trim()
  const array = rows.startsWith("[")
    ? rows
    : `[${rows
        .split("\n")
        .filter((line) => line.trim() !== "")
        .join(",")}]`
  return Option.getOrUndefined(
    Option.map(decodeRows(array), (found) =>
      found.map(({ ExitCode, ID, Labels = "", Service, State }) => ({
        id: ID.slice(0, 12),
        service: Service,
        state: State,
        exitCode: ExitCode,
        settings: /(?:^|,)tickd\.settings=([0-9a-f]*)/.exec(Labels)?.[1] ?? ""
      }))
    )
  )
}

/** Something of the container runs, or will by itself. */
export const containerRuns = ({ state }: Container): boolean =>
  state === "running" || state === "restarting" || state === "paused"

/** An env file for `--env-file`, and its hash. */
export interface ComposeSettings {
  readonly path: string
  readonly hash: string
}

const noImage = /no such image|pull access denied|image .* not found|manifest unknown/i

const asRuntimeError = ({ lastWords, message, reason }: CommandError) => {
  if (reason === "missing") {
    const fix = "install the compose plugin of docker, or docker-compose, or choose another --runtime"
    return new RuntimeError({ message: `docker compose is not on this machine: ${fix} (${message}).` })
  }
  const fix = noImage.test(lastWords)
    ? "; a start neither pulls nor builds: run 'docker compose --profile dev --profile live pull --ignore-buildable' and 'docker compose build tickd' first."
    : "."
  return new RuntimeError({ message: `${message}${fix}` })
}

/** The command lines of this adapter, each with its own deadline. */
export const makeCompose = Effect.fnUntraced(function* ({
  runtimes: { compose },
  variables
}: Pick<LiveSettings, "runtimes" | "variables">) {
  const { run } = yield* CommandRunner
  const client = Object.fromEntries(
    clientNames.flatMap((name) => {
      const value = variables[name]
      return value === undefined || value === "" ? [] : [[name, value] as const]
    })
  )
  /** The plugin of the docker command, or the program of its own. Found once for each run. */
  const program = yield* Effect.cached(
    run({ program: "docker", args: ["compose", "version"], environment: client, timeoutMs: askMs }).pipe(
      Effect.as({ program: "docker", words: ["compose"] as ReadonlyArray<string> }),
      Effect.catch((plugin) =>
        run({ program: "docker-compose", args: ["version"], environment: client, timeoutMs: askMs }).pipe(
          Effect.as({ program: "docker-compose", words: [] as ReadonlyArray<string> }),
          // Neither is there; the plugin is what most machines have.
          Effect.mapError(
            () => new CommandError({ reason: "missing", lastWords: plugin.lastWords, message: plugin.message })
          )
        )
      )
    )
  )
  const command = (
    args: ReadonlyArray<string>,
    timeoutMs: number,
    more: Readonly<Record<string, string>> = {}
  ): Effect.Effect<string, CommandError> =>
    Effect.flatMap(program, (found) =>
      run({
        program: found.program,
        args: [...found.words, "--project-name", compose.project, ...args],
        environment: { ...client, ...more },
        timeoutMs
      })
    )
  const asked = (args: ReadonlyArray<string>, timeoutMs: number, more: Readonly<Record<string, string>> = {}) =>
    Effect.mapError(command(args, timeoutMs, more), asRuntimeError)

  const fileArgs = (path: string) => ["--file", compose.file, "--env-file", path, "--profile", "live"]
  const upArgs = ["up", "--detach", "--no-deps", "--no-build", "--pull", "never"]
  const psArgs = ["ps", "--all", "--format", "json"]
  return {
    /** The containers of the project. The compose file is not read for it, so that a fault of it hides nothing. */
    list: Effect.flatMap(asked(psArgs, askMs), (text) => {
      const containers = containersIn(text)
      return containers === undefined
        ? Effect.fail(
            new RuntimeError({
              message: `${commandText({ program: "docker", args: ["compose", ...psArgs] })} printed another form than JSON rows: ${text.slice(0, 120)}; docker compose 2 is needed.`
            })
          )
        : Effect.succeed(containers)
    }),
    up: (services: ReadonlyArray<string>, { hash, path }: ComposeSettings) =>
      asked(
        [...fileArgs(path), ...upArgs, ...services],
        upMs,
        // The container gets the same file; these two go before what it says.
        { TICKD_ENV_FILE: path, TICKD_SETTINGS: hash }
      ),
    /** Starts the container that is there as it is. */
    startAgain: (service: string) => asked(["start", service], upMs),
    stop: (service: string, graceSeconds: number) =>
      asked(["stop", "--timeout", String(graceSeconds), service], graceSeconds * 1_000 + moreMs),
    lastLines: (service: string): Effect.Effect<string> =>
      asked(["logs", "--no-color", "--no-log-prefix", "--tail", shownLines, service], askMs).pipe(
        Effect.map((text) => text.trim().split("\n").join(" | ").slice(-600) || "it printed nothing"),
        Effect.catch(({ message }) => Effect.succeed(message))
      )
  }
})

import { spawn, spawnSync } from "node:child_process"
import { accessSync, constants, statSync } from "node:fs"
import { delimiter, join } from "node:path"
import { Effect, Schema } from "effect"
import { cureOf } from "../../kernel/system-fault.ts"

/**
 * No usable nats-server.
 * `NATS_SERVER_NOT_FOUND`: neither found nor fetched. `NATS_SERVER_UNUSABLE`: the program in `NATS_SERVER` is
 * missing, does not run, or is too old; an explicit choice is never replaced.
 */
export class FindNatsServerError extends Schema.TaggedError<FindNatsServerError>()("FindNatsServerError", {
  code: Schema.Literals(["NATS_SERVER_NOT_FOUND", "NATS_SERVER_UNUSABLE"]),
  message: Schema.String
}) {}

export interface FoundNatsServer {
  readonly path: string
  readonly version: string
  readonly from: "NATS_SERVER" | "PATH" | "cache" | "fetched"
}

export interface FindNatsServerOptions {
  /** Environment of the caller: `NATS_SERVER`, `PATH`, and the `TICKD_NATS_*` settings of the fetch script. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Root of the project: `.tools/` and `deploy/dev/nats-server.sh` are below it. */
  readonly root: string
  /** Called with each step as one line. */
  readonly log: (line: string) => void
}

/** Older servers lack features that the stream and its consumers use; 2.10 is the oldest tested version. */
const oldestVersion = [2, 10] as const

/** `[major, minor, patch]` from the output of `nats-server --version`; undefined for any other text. */
export const parseVersion = (text: string): readonly [number, number, number] | undefined => {
  const match = /v(\d+)\.(\d+)\.(\d+)/.exec(text)
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3])]
}

export const newEnough = ([major, minor]: readonly [number, number, number]): boolean =>
  major > oldestVersion[0] || (major === oldestVersion[0] && minor >= oldestVersion[1])

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

const onPath = (pathVariable: string | undefined): string | undefined =>
  (pathVariable ?? "")
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, "nats-server"))
    .find(isExecutable)

/** Why a candidate is not used, or its version. */
const inspect = (path: string): { readonly version: string } | { readonly refusal: string } => {
  if (!isExecutable(path)) return { refusal: "it is not an executable file" }
  const run = spawnSync(path, ["--version"], { encoding: "utf8", timeout: 10_000 })
  // The process could not be started, or did not answer in time: this proves nothing about the program.
  if (run.error !== undefined)
    return { refusal: `it cannot be run (${run.error.message}): ${cureOf(run.error, "try it by hand")}` }
  const version = parseVersion(`${run.stdout ?? ""}${run.stderr ?? ""}`)
  if (version === undefined) return { refusal: "it does not answer --version as nats-server does" }
  if (!newEnough(version)) return { refusal: `it is version ${version.join(".")} and 2.10 or newer is needed` }
  return { version: version.join(".") }
}

/** Runs the fetch script; its last line on stdout is the path. Interruption ends the script. */
const fetchBinary = (options: FindNatsServerOptions): Effect.Effect<string, FindNatsServerError> =>
  Effect.callback((resume) => {
    const script = spawn("bash", [join(options.root, "deploy", "dev", "nats-server.sh")], {
      cwd: options.root,
      env: {
        ...options.env,
        TICKD_ROOT: options.root,
        TICKD_NATS_ROUTES: options.env["TICKD_NATS_ROUTES"] ?? "cache docker debian release"
      },
      stdio: ["ignore", "pipe", "pipe"]
    })
    let printed = ""
    let said = ""
    let last = "the fetch script printed nothing"
    // Without free descriptors (EMFILE), Node gives a child without streams, and the error later.
    script.stdout?.setEncoding("utf8").on("data", (text: string) => {
      printed += text
    })
    script.stderr?.setEncoding("utf8").on("data", (text: string) => {
      const lines = (said + text).split("\n")
      said = lines.pop() ?? ""
      for (const line of lines.filter((line) => line !== "")) {
        last = line.replace(/^nats-server: /, "")
        options.log(line)
      }
    })
    const refuse = (why: string) =>
      resume(
        Effect.fail(
          new FindNatsServerError({
            code: "NATS_SERVER_NOT_FOUND",
            message: `No nats-server was found or fetched (${why}): install nats-server 2.10 or newer on PATH, or set NATS_SERVER to it.`
          })
        )
      )
    script.once("error", (cause) => refuse(`the fetch script did not start: ${cause.message}`))
    script.once("close", (code) => {
      const path = printed.trim().split("\n").pop() ?? ""
      if (code === 0 && path !== "") resume(Effect.succeed(path))
      else refuse(last)
    })
    return Effect.sync(() => script.kill("SIGTERM"))
  })

/**
 * Finds the nats-server to run: `NATS_SERVER`, then `PATH`, then the project's cache, then the fetch script (Docker,
 * a Debian package, a release archive). A version on `PATH` or in the cache that is too old is skipped with a log
 * line.
 */
export const findNatsServer = Effect.fnUntraced(function* (
  options: FindNatsServerOptions
): Effect.fn.Return<FoundNatsServer, FindNatsServerError> {
  const { env, root, log } = options
  const named = env["NATS_SERVER"]
  if (named !== undefined && named !== "") {
    const found = yield* Effect.sync(() => inspect(named))
    if ("version" in found) return { path: named, version: found.version, from: "NATS_SERVER" }
    return yield* new FindNatsServerError({
      code: "NATS_SERVER_UNUSABLE",
      message: `NATS_SERVER names ${named}, but ${found.refusal}: point it at a nats-server of 2.10 or newer, or unset it.`
    })
  }
  const candidates = [
    { path: onPath(env["PATH"]), from: "PATH" },
    { path: join(root, ".tools", "nats-server", "nats-server"), from: "cache" }
  ] as const
  for (const { path, from } of candidates) {
    if (path === undefined || !isExecutable(path)) continue
    const found = yield* Effect.sync(() => inspect(path))
    if ("version" in found) return { path, version: found.version, from }
    log(`nats-server: skipped ${path} from ${from}: ${found.refusal}`)
  }
  const path = yield* fetchBinary(options)
  const fetched = yield* Effect.sync(() => inspect(path))
  if ("version" in fetched) return { path, version: fetched.version, from: "fetched" }
  return yield* new FindNatsServerError({
    code: "NATS_SERVER_NOT_FOUND",
    message: `The fetched nats-server ${path} cannot be used (${fetched.refusal}): install nats-server 2.10 or newer on PATH, or set NATS_SERVER to it.`
  })
})

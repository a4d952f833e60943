import { spawn } from "node:child_process"
import { closeSync, existsSync, linkSync, openSync, rmSync } from "node:fs"
import { basename, dirname, join, resolve } from "node:path"
import { Clock, Effect, Layer } from "effect"
import { errorText, toError } from "../../../kernel/error-text.ts"
import { cureOf, systemCodeOf } from "../../../kernel/system-fault.ts"
import { shanghaiIso } from "../../../kernel/time/shanghai-time.ts"
import { makeFolders } from "../../../platform/process/make-folders.ts"
import type { LiveSettings } from "../../domain/live-settings.ts"
import { StopFiles, StopFilesError } from "../../ports/stop-files.ts"

/** Gigabytes of logs take a minute; a tar that waits longer than this hangs on a dead disk. */
const tarMs = 300_000

/** A file that grew while it was read: its older lines are in the archive. */
const filesChanged = 1

/** Runs the system's tar. Succeeds with its exit code and what it said. */
const tar = (args: ReadonlyArray<string>) =>
  Effect.callback<{ readonly code: number; readonly said: string }, Error>((resume) => {
    const child = spawn("tar", args, { stdio: ["ignore", "ignore", "pipe"], timeout: tarMs, killSignal: "SIGKILL" })
    let said = ""
    child.stderr.on("data", (chunk) => {
      said = `${said}${chunk}`.slice(-1000)
    })
    child.once("error", (cause) => resume(Effect.fail(cause)))
    child.once("close", (code) => resume(Effect.succeed({ code: code ?? -1, said: said.trim().split("\n")[0] ?? "" })))
    return Effect.sync(() => child.kill("SIGKILL"))
  })

/** Gives a complete file its name; one that is taken gets the next number. Throws the system's error. */
const publish = (part: string, nameOf: (number: number) => string): string => {
  for (let number = 1; ; number++) {
    const path = nameOf(number)
    try {
      linkSync(part, path)
      return path
    } catch (cause) {
      if (systemCodeOf(cause) !== "EEXIST") throw cause
    }
  }
}

/** A part that cannot be removed is hidden, and the sentence about the archive says why. */
const forget = (part: string) => Effect.ignore(Effect.try({ try: () => rmSync(part, { force: true }), catch: toError }))

/**
 * Archives beside the folder of logs: `logs/archive/20261130_runbook.tar.gz` with `logs/runbooks` and `logs/soak`. A
 * second one of the same day is `20261130_runbook.2.tar.gz`. `secrets`: files that a stop removes, beside the passwords
 * that the run folder holds for a running tickd.
 */
export const stopFiles = ({ logDir, runDir }: LiveSettings, secrets: ReadonlyArray<string>): Layer.Layer<StopFiles> => {
  const logs = dirname(logDir)
  const folder = join(logs, "archive")
  const failed = (cause: unknown) =>
    new StopFilesError({
      message: `The logs are not archived in ${folder} (${errorText(cause)}): ${cureOf(cause, "let this user write it, then pack them with tar")}.`
    })
  const archive = Effect.gen(function* () {
    const day = shanghaiIso(yield* Clock.currentTimeMillis)
      .slice(0, 10)
      .replaceAll("-", "")
    const part = join(folder, `.${day}_runbook.${process.pid}.part`)
    yield* Effect.try({ try: () => makeFolders(folder), catch: failed })
    const sources = [logDir, join(logs, "soak")].filter((path) => existsSync(path)).map((path) => basename(path))
    const packed = Effect.gen(function* () {
      // As the logs in it: not for every user of the machine. tar keeps the mode of a file that is there.
      yield* Effect.try({ try: () => closeSync(openSync(part, "w", 0o640)), catch: failed })
      const { code, said } = yield* Effect.mapError(tar(["-czf", part, "-C", logs, "--", ...sources]), failed)
      if (code !== 0 && code !== filesChanged) return yield* failed(`tar ended with ${code}: ${said}`)
      const nameOf = (number: number) => join(folder, `${day}_runbook${number === 1 ? "" : `.${number}`}.tar.gz`)
      return yield* Effect.try({ try: () => publish(part, nameOf), catch: failed })
    })
    return yield* Effect.ensuring(packed, forget(part))
  })
  const folders = ["credentials", "rotation", join("before", "credentials")].map((name) => join(runDir, name))
  const secretPaths = [...new Set([...secrets.map((path) => resolve(path)), ...folders])]
  const removeSecrets = Effect.forEach(secretPaths.filter(existsSync), (path) =>
    Effect.try({
      try: () => {
        rmSync(path, { recursive: folders.includes(path) })
        return path
      },
      catch: (cause) =>
        new StopFilesError({
          message: `The secrets in ${path} are not removed (${systemCodeOf(cause)}): ${cureOf(cause, "remove the file")}.`
        })
    })
  )
  return Layer.succeed(StopFiles, { archive, removeSecrets })
}

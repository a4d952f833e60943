import { Effect } from "effect"
import { RunLog } from "../../ports/run-log.ts"
import { StopFiles } from "../../ports/stop-files.ts"

/**
 * What follows a stop that succeeded: logs are archived, and files of secrets are removed. Whatever fails is an error
 * in the log: the stop itself keeps its exit code.
 */
export const afterStop = Effect.gen(function* () {
  const log = yield* RunLog
  const files = yield* StopFiles
  yield* files.removeSecrets.pipe(
    Effect.flatMap((paths) => Effect.forEach(paths, (path) => log.write("INFO", `${path} is removed`))),
    Effect.catch(({ message }) => log.write("ERROR", message))
  )
  // Last, so that the archive has the lines above.
  yield* files.archive.pipe(
    Effect.flatMap((path) => log.write("INFO", `The logs are archived in ${path}`)),
    Effect.catch(({ message }) => log.write("ERROR", message))
  )
})

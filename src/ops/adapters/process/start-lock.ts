import { join } from "node:path"
import { Effect } from "effect"
import { errorText } from "../../../kernel/error-text.ts"
import { FileLocked, takeFileLock } from "../../../platform/process/file-lock.ts"
import { RuntimeError } from "../../ports/runtime.ts"
import { makeRunDir } from "./kept-start.ts"

const pauseMs = 50
/** Longer than a start of another run takes until its program has a record. */
const waitMs = 15_000

/**
 * Changes one program of a run folder while no other tool does. The kernel frees the lock when the tool ends in any
 * way.
 */
export const alone = <A, R>(
  runDir: string,
  name: string,
  change: Effect.Effect<A, RuntimeError, R>
): Effect.Effect<A, RuntimeError, R> =>
  Effect.acquireUseRelease(
    Effect.gen(function* () {
      for (let waitedMs = 0; ; waitedMs += pauseMs) {
        const taken = yield* Effect.try({
          try: () => {
            makeRunDir(runDir)
            try {
              return takeFileLock(join(runDir, `${name}.change`))
            } catch (cause) {
              if (cause instanceof FileLocked) return cause
              throw cause
            }
          },
          catch: (cause) =>
            new RuntimeError({
              message: `The run folder ${runDir} cannot be used (${errorText(cause)}): set TICKD_RUN_DIR to a folder that this user may write.`
            })
        })
        if (!(taken instanceof FileLocked)) return taken
        if (waitedMs >= waitMs) {
          return yield* new RuntimeError({
            message: `${name} is being started or stopped by another tool (${taken.holder ?? "unknown"}): wait until that one has ended.`
          })
        }
        yield* Effect.interruptible(Effect.sleep(pauseMs))
      }
    }),
    () => change,
    (lock) => Effect.sync(lock.release)
  )

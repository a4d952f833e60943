import { Effect } from "effect"
import type { RunbookCommand } from "../../domain/runbook-words.ts"
import { RunLog } from "../../ports/run-log.ts"
import { type ProvedRun, Snapshots } from "../../ports/snapshots.ts"

const starting: ReadonlySet<RunbookCommand> = new Set(["start", "restart", "rollback"])
/** The lock is held meanwhile. */
const keepMs = 5_000

/** Keeps a snapshot of a start that is proved. A fault costs a later rollback, and is logged; it ends no run. */
export const keepSnapshot = Effect.fnUntraced(function* (run: ProvedRun) {
  const { command, skipLive } = run.request
  if (!starting.has(command) || skipLive) return
  const [log, snapshots] = [yield* RunLog, yield* Snapshots]
  yield* snapshots.keep(run).pipe(
    Effect.timeoutOrElse({
      duration: keepMs,
      orElse: () => Effect.fail({ message: `The snapshot of this run was not kept within ${keepMs / 1000} s` })
    }),
    Effect.flatMap((kept) =>
      kept === undefined
        ? Effect.void
        : log.write(
            "INFO",
            `Snapshot ${kept.number} is kept (${kept.hash}): 'tickd live rollback --to ${kept.number}' starts it again`
          )
    ),
    Effect.catch(({ message }) => log.write("ERROR", message))
  )
})

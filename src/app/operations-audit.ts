import { join } from "node:path"
import { Effect } from "effect"
import { errorText } from "../kernel/error-text.ts"
import { makeAuditFile, operationsAudit } from "../platform/audit/audit-file.ts"
import { FileLocked, takeFileLock } from "../platform/process/file-lock.ts"
import { exitCodes, UserError } from "../platform/process/user-error.ts"
import type { AuditEntry } from "../protocol/control/command.ts"

const failed = (message: string) => new UserError({ code: "AUDIT_FAILED", message, exitCode: exitCodes.unavailable })

const attempts = 20
const pauseMs = 100

/** Two verbs that append to the chain at the same moment would break it: one waits for the other. */
const alone = (stateFolder: string) =>
  Effect.try({
    try: () => takeFileLock(join(stateFolder, "audit-operations.lock")),
    catch: (cause) => cause
  }).pipe(
    Effect.retry({ times: attempts, while: (cause) => Effect.as(Effect.sleep(pauseMs), cause instanceof FileLocked) }),
    Effect.mapError((cause) => failed(`The audit of the verbs cannot be locked: ${errorText(cause)}.`))
  )

/**
 * Adds an entry to the audit of the verbs. What cannot be written to the file goes to its reserve, which has its
 * blocks on the disk already.
 */
export const auditOperation = (stateFolder: string, entry: AuditEntry): Effect.Effect<void, UserError> =>
  Effect.acquireUseRelease(
    alone(stateFolder),
    Effect.fnUntraced(function* () {
      const path = join(stateFolder, operationsAudit)
      const file = yield* Effect.try({ try: () => makeAuditFile(path), catch: (cause) => failed(errorText(cause)) })
      yield* Effect.catchTag(file.append(entry), "AuditError", ({ message }) => {
        const kept = file.keepAside(entry) ? `The entry is in ${path}.reserve.` : "The entry is lost."
        return Effect.fail(failed(`${message} ${kept}`))
      })
    }),
    ({ release }) => Effect.sync(release)
  )

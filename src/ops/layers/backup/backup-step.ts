import { Effect } from "effect"
import { errorText } from "../../../kernel/error-text.ts"
import { cureOf } from "../../../kernel/system-fault.ts"
import { BackupError, type BackupFaultCode } from "../../domain/backup/backup-error.ts"

/** The error of a step that throws `BackupError` or the system's error; `otherwise`: the usual fix. */
export const asBackupError =
  (code: BackupFaultCode, what: string, otherwise: string) =>
  (cause: unknown): BackupError =>
    cause instanceof BackupError
      ? cause
      : new BackupError({ code, message: `${what} (${errorText(cause)}): ${cureOf(cause, otherwise)}.` })

/** A step that only reads. */
export const reading = <A>(run: () => A): Effect.Effect<A, BackupError> =>
  Effect.try({ try: run, catch: asBackupError("BACKUP_UNREADABLE", "A file cannot be read", "let this user read it") })

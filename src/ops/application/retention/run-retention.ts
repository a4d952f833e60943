import { Clock, Effect, Result } from "effect"
import { expiredFiles, type RetentionKind, retentionKinds } from "../../domain/retention/retention-rule.ts"
import { RetentionFiles } from "../../ports/retention-files.ts"

/** Days that each kind is kept. */
export type KeepDays = Readonly<Record<RetentionKind, number>>

/** The result for one kind. With `dry_run`, `deleted` names what would be deleted. */
export interface KindReport {
  readonly kind: RetentionKind
  readonly keep_days: number
  readonly found: number
  readonly kept: number
  readonly deleted: ReadonlyArray<string>
  /** Bytes of the deleted files. */
  readonly bytes: number
  /** Expired files that changed or went away while retention ran. */
  readonly changed: number
  /** Links, folders and devices. */
  readonly skipped: number
  readonly failures: ReadonlyArray<string>
}

export interface RetentionReport {
  readonly dry_run: boolean
  readonly deleted: number
  readonly bytes: number
  readonly failures: number
  /** Folders that exist; 0: the folder of logs is probably another one. */
  readonly folders: number
  readonly kinds: ReadonlyArray<KindReport>
}

/**
 * Deletes the expired files of every kind. Every folder is listed before the first file is deleted, so a folder that
 * is refused fails the run with nothing deleted. A file that cannot be deleted is reported, and the others go on.
 */
export const runRetention = Effect.fnUntraced(function* (keepDays: KeepDays, isDryRun: boolean) {
  const store = yield* RetentionFiles
  const nowMs = yield* Clock.currentTimeMillis
  const found = yield* Effect.forEach(retentionKinds, (kind) =>
    Effect.map(store.list(kind), (listed) => ({ kind, ...listed }))
  )
  const kinds = yield* Effect.forEach(found, ({ files, kind, skipped }) =>
    Effect.gen(function* () {
      const expired = expiredFiles(files, nowMs, keepDays[kind])
      const results = yield* Effect.forEach(expired, (file) =>
        isDryRun ? Effect.succeed(Result.succeed(true)) : Effect.result(store.remove(kind, file))
      )
      const isDeleted = (at: number): boolean => {
        const result = results[at]
        return result !== undefined && Result.isSuccess(result) && result.success
      }
      const deleted = expired.filter((_, at) => isDeleted(at))
      const report: KindReport = {
        kind,
        keep_days: keepDays[kind],
        found: files.length,
        kept: files.length - deleted.length,
        deleted: deleted.map(({ path }) => path),
        bytes: deleted.reduce((sum, { bytes }) => sum + bytes, 0),
        changed: results.filter((result) => Result.isSuccess(result) && !result.success).length,
        skipped,
        failures: results.flatMap((result) => (Result.isFailure(result) ? [result.failure.message] : []))
      }
      return report
    })
  )
  const sum = (of: (kind: KindReport) => number) => kinds.reduce((total, kind) => total + of(kind), 0)
  const report: RetentionReport = {
    dry_run: isDryRun,
    deleted: sum(({ deleted }) => deleted.length),
    bytes: sum(({ bytes }) => bytes),
    failures: sum(({ failures }) => failures.length),
    folders: found.reduce((total, { folders }) => total + folders, 0),
    kinds
  }
  return report
})

import { randomUUID } from "node:crypto"
import { existsSync } from "node:fs"
import { hostname } from "node:os"
import { basename, dirname, join } from "node:path"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import { makeAuditFile, operationsAudit } from "../../../platform/audit/audit-file.ts"
import { findInstances } from "../../../platform/nats/control-request.ts"
import { FileLocked, takeFileLock } from "../../../platform/process/file-lock.ts"
import { makeFolders } from "../../../platform/process/make-folders.ts"
import { operatorName } from "../../../platform/process/operator-name.ts"
import { declareFormat } from "../../../platform/process/state-format.ts"
import type { AuditEntry } from "../../../protocol/control/command.ts"
import { importStream } from "../../adapters/backup/backup-streams.ts"
import { type BackupFolders, targetOf } from "../../adapters/backup/collect-files.ts"
import { placeFile, setAside } from "../../adapters/backup/place-file.ts"
import type { OpenedBackup } from "../../adapters/backup/read-backup.ts"
import { BackupError } from "../../domain/backup/backup-error.ts"
import { asBackupError } from "./backup-step.ts"
import { shapeOfStream } from "./backup-stream-shapes.ts"
import { planRestore, type RestoreStep, refuseConflicts } from "./plan-restore.ts"

export interface RestoreTarget {
  readonly folders: BackupFolders
  readonly instance: string
  /** Folder of the spool, whose lock a running daemon holds. */
  readonly spool: string
  readonly connection: NatsConnection | undefined
  readonly replicas: number
}

const notWritten = (what: string) =>
  asBackupError(
    "BACKUP_NOT_WRITTEN",
    `${what} cannot be written`,
    "let this user write there, then run the restore again: it goes on where it stopped"
  )

const runs = (why: string) =>
  new BackupError({
    code: "BACKUP_DAEMON_RUNS",
    message: `A daemon uses the target (${why}): stop it ('tickd live stop', or the unit of tickd trade), then restore.`
  })

/** Fails while a daemon of the target runs: it holds the ends of its chains, or its orders, in memory. */
const refuseRunning = Effect.fnUntraced(function* ({
  connection,
  folders: { state },
  instance,
  spool
}: RestoreTarget): Effect.fn.Return<void, BackupError> {
  const held = [
    { lock: join(spool, "lock"), what: `the spool ${spool}` },
    { lock: join(state, "trade", "orders.db.lock"), what: `the book of orders in ${state}` }
  ]
  for (const { lock, what } of held.filter((one) => existsSync(one.lock))) {
    yield* Effect.try({
      try: () => takeFileLock(lock).release(),
      catch: (cause) =>
        cause instanceof FileLocked
          ? runs(`${cause.holder ?? "another process"} holds ${what}`)
          : notWritten(lock)(cause)
    })
  }
  if (connection === undefined) return
  const found = yield* Effect.orElseSucceed(findInstances(connection, ""), (): ReadonlyArray<string> => [])
  if (found.includes(instance)) yield* runs(`${instance} answers on this NATS server`)
})

/** Keeps runbooks and retention out until the scope ends. */
const alone = ({ folders: { run, state } }: RestoreTarget) =>
  Effect.forEach([join(run, "lock"), join(state, "retention.lock")], (path) =>
    Effect.acquireRelease(
      Effect.try({
        try: () => {
          makeFolders(run, 0o700)
          makeFolders(state)
          declareFormat(state)
          declareFormat(run)
          return takeFileLock(path)
        },
        catch: (cause) =>
          cause instanceof FileLocked
            ? new BackupError({
                code: "BACKUP_BUSY",
                message: `A runbook, a retention run or another restore is in progress${cause.holder === undefined ? "" : ` (${cause.holder})`}: wait for it.`
              })
            : notWritten(path)(cause)
      }),
      ({ release }) => Effect.sync(release)
    )
  )

const entryOf = (backup: OpenedBackup, instance: string, nowMs: number, restored: number): AuditEntry => {
  const [user = "unknown", host = hostname()] = operatorName().split("@")
  return {
    version: 2,
    id: randomUUID(),
    at: new Date(nowMs).toISOString(),
    instance,
    verb: "restore",
    result: "done",
    request: { backup: backup.id, created: backup.manifest.created, from_host: backup.manifest.host, items: restored },
    request_id: null,
    reason: "restore of a backup",
    by: { user: user.slice(0, 128), host: host.slice(0, 128), client: "tickd backup" },
    code: null,
    message: `${restored} items restored from ${backup.folder}`.slice(0, 500)
  }
}

const restoreFile = (
  backup: OpenedBackup,
  { folders }: RestoreTarget,
  { action, item }: RestoreStep,
  aside: string
) => {
  const to = targetOf(folders, item.path)
  return Effect.try({
    try: () => {
      if (action === "aside") setAside(to, join(dirname(to), aside, basename(to)))
      // The log of another database would be played into the restored one.
      for (const log of item.kind === "orders" ? [`${to}-wal`, `${to}-shm`] : []) {
        if (existsSync(log)) setAside(log, join(dirname(to), aside, basename(log)))
      }
      placeFile(join(backup.folder, ...item.path.split("/")), to)
    },
    catch: notWritten(to)
  })
}

const restoreStream = (backup: OpenedBackup, { connection, replicas }: RestoreTarget, { after, item }: RestoreStep) => {
  const shape = shapeOfStream(item.stream?.name ?? "", replicas)
  if (connection === undefined || shape === undefined) return Effect.void
  return importStream(connection, join(backup.folder, ...item.path.split("/")), { shape, backup: backup.id, after })
}

/** The restore is in the audit of operations; entries that are restored stand before it. */
const writeAudit = (backup: OpenedBackup, { folders, instance }: RestoreTarget, nowMs: number, restored: number) =>
  Effect.gen(function* () {
    const path = join(folders.state, operationsAudit)
    const audit = yield* Effect.try({ try: () => makeAuditFile(path), catch: notWritten(path) })
    yield* Effect.mapError(audit.append(entryOf(backup, instance, nowMs, restored)), notWritten(path))
  })

/**
 * Restores a backup that was verified: files first, then streams. Each step is whole or has not happened, and what is
 * there already is left as it is: a restore that was killed is run again. `dryRun`: nothing is written.
 */
export const restoreBackup = (
  backup: OpenedBackup,
  target: RestoreTarget,
  options: { readonly dryRun: boolean; readonly force: boolean; readonly nowMs: number }
): Effect.Effect<ReadonlyArray<RestoreStep>, BackupError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { dryRun, force, nowMs } = options
      const { connection, folders } = target
      if (!dryRun) yield* alone(target)
      yield* refuseRunning(target)
      const steps = yield* planRestore(backup, { folders, connection, force })
      yield* refuseConflicts(steps, { folders, force })
      const open = steps.filter(({ action }) => action === "restore" || action === "aside")
      if (dryRun || open.length === 0) return steps
      const aside = `before-restore-${new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, "")}`
      const isFile = ({ item }: RestoreStep) => item.stream === undefined
      for (const step of open.filter(isFile)) yield* restoreFile(backup, target, step, aside)
      for (const step of open.filter((each) => !isFile(each))) yield* restoreStream(backup, target, step)
      yield* writeAudit(backup, target, nowMs, open.length)
      return steps
    })
  )

import { readdirSync, rmSync } from "node:fs"
import { hostname } from "node:os"
import { dirname, join } from "node:path"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import { projectStateFormat, projectVersion } from "../../../platform/process/project-version.ts"
import { declaredFormat } from "../../../platform/process/state-format.ts"
import { beginBackup, type NewBackup } from "../../adapters/backup/backup-folder.ts"
import { exportStream, type LivingStream, livingStream } from "../../adapters/backup/backup-streams.ts"
import { type BackupFolders, collectFiles } from "../../adapters/backup/collect-files.ts"
import { BackupError } from "../../domain/backup/backup-error.ts"
import { type BackupItem, type BackupManifest, backupFormat, leftOut } from "../../domain/backup/manifest.ts"
import { asBackupError, reading } from "./backup-step.ts"
import { backedUpStreams } from "./backup-stream-shapes.ts"

export interface CreateRequest {
  readonly folders: BackupFolders
  readonly instance: string
  /** Folder of the backup, absolute. */
  readonly folder: string
  /** Backups of this instance beside it that are kept; undefined: all. */
  readonly keep: number | undefined
  /** Epoch milliseconds. */
  readonly nowMs: number
  /** Undefined: files only. */
  readonly connection: NatsConnection | undefined
}

export interface CreatedBackup {
  readonly folder: string
  readonly manifest: BackupManifest
  /** Older backups that were deleted. */
  readonly deleted: ReadonlyArray<string>
}

/** `NAME-20261201T041500Z`: names sort by time. */
export const backupName = (instance: string, nowMs: number): string =>
  `${instance}-${new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, "")}`

const deleteOld = ({ folder, instance, keep }: CreateRequest): ReadonlyArray<string> => {
  if (keep === undefined) return []
  const parent = dirname(folder)
  const own = readdirSync(parent)
    .filter((name) => name.startsWith(`${instance}-`) && /^\d{8}T\d{6}Z$/.test(name.slice(instance.length + 1)))
    .sort()
  const old = own.slice(0, Math.max(0, own.length - keep)).map((name) => join(parent, name))
  for (const each of old) rmSync(each, { recursive: true, force: true })
  return old
}

const addStream = (backup: NewBackup, connection: NatsConnection, living: LivingStream) =>
  Effect.tryPromise({
    try: async (): Promise<BackupItem> => {
      const path = `streams/${living.name}.jsonl`
      const written = await backup.addLines(path, (line) => exportStream(connection, living, line))
      return { path, kind: "stream", bytes: written.bytes, sha256: written.sha256, stream: written.filled }
    },
    catch: asBackupError(
      "BACKUP_STREAM",
      `Reading stream ${living.name} failed`,
      "check NATS and the rights of this user, then run the command again"
    )
  })

/**
 * Makes a backup while the daemon runs: streams up to their last message at its begin, and files as they are when they
 * are copied. A fault leaves nothing behind.
 */
export const createBackup = (request: CreateRequest): Effect.Effect<CreatedBackup, BackupError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { connection, folder, folders, instance, nowMs } = request
      const stateFormat = yield* reading(() => declaredFormat(folders.state) ?? projectStateFormat)
      const living = yield* Effect.forEach(connection === undefined ? [] : backedUpStreams, (name) =>
        Effect.map(livingStream(connection as NatsConnection, name), (found) => ({ name, found }))
      )
      const files = yield* reading(() => collectFiles(folders))
      const backup = yield* Effect.acquireRelease(
        Effect.try({ try: () => beginBackup(folder), catch: (cause) => cause as BackupError }),
        ({ end }) => Effect.sync(end)
      )
      const items: Array<BackupItem> = []
      for (const { found } of living) {
        if (found !== undefined) items.push(yield* addStream(backup, connection as NatsConnection, found))
      }
      for (const file of files) {
        items.push(yield* Effect.try({ try: () => backup.addFile(file), catch: (cause) => cause as BackupError }))
      }
      if (items.length === 0) {
        return yield* new BackupError({
          code: "BACKUP_UNREADABLE",
          message: `Nothing to be kept is in ${folders.state}, ${folders.run} and ${folders.logs}: run the command in the folder of the daemon, or name its variables with --env-file.`
        })
      }
      const manifest: BackupManifest = {
        format: backupFormat,
        state_format: stateFormat,
        tickd: projectVersion,
        instance,
        host: hostname(),
        created: new Date(nowMs).toISOString(),
        items: items.sort((one, other) => (one.path < other.path ? -1 : 1)),
        streams_absent: backedUpStreams.filter((name) => items.every(({ stream }) => stream?.name !== name)),
        left_out: leftOut.map(({ what, why }) => ({ what: what.en, why: why.en }))
      }
      yield* Effect.try({ try: () => backup.finish(manifest), catch: (cause) => cause as BackupError })
      const deleted = yield* Effect.try({
        try: () => deleteOld(request),
        catch: asBackupError(
          "BACKUP_NOT_WRITTEN",
          `The backup ${folder} is made, and older ones cannot be deleted`,
          "let this user delete them"
        )
      })
      return { folder, manifest, deleted }
    })
  )

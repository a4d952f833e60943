import { join } from "node:path"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import { relateStream, type StreamRelation } from "../../adapters/backup/backup-streams.ts"
import { type BackupFolders, targetOf } from "../../adapters/backup/collect-files.ts"
import { compareFile, type FileRelation } from "../../adapters/backup/compare-file.ts"
import type { OpenedBackup } from "../../adapters/backup/read-backup.ts"
import { BackupError } from "../../domain/backup/backup-error.ts"
import { type BackupItem, itemKinds } from "../../domain/backup/manifest.ts"
import { reading } from "./backup-step.ts"

/**
 * What a restore does with one item. `keep`: it is there, or more of it. `aside`: the file that is there is moved away
 * first. `skip`: its stream is left out. `after`: the last record that the stream has.
 */
export interface RestoreStep {
  readonly item: BackupItem
  readonly action: "restore" | "aside" | "keep" | "skip" | "conflict"
  readonly after: number
  /** What is at the target, for people. */
  readonly found: string
}

const foundFile: Readonly<Record<FileRelation["kind"], string>> = {
  absent: "",
  same: "is there already",
  ahead: "is there already, with more behind it",
  behind: "an older copy is there",
  other: "holds something else"
}

const foundStream: Readonly<Record<StreamRelation["kind"], string>> = {
  absent: "",
  empty: "is there and empty",
  same: "is there already",
  ahead: "is there already, with more behind it",
  part: "a restore has begun it",
  other: "holds other records"
}

const fileStep = (backup: OpenedBackup, folders: BackupFolders, item: BackupItem, force: boolean): RestoreStep => {
  const copy = join(backup.folder, ...item.path.split("/"))
  const { kind } = compareFile(targetOf(folders, item.path), copy, itemKinds[item.kind].grows)
  const actions = {
    absent: "restore",
    behind: "restore",
    same: "keep",
    ahead: "keep",
    other: force ? "aside" : "conflict"
  }
  return { item, action: actions[kind] as RestoreStep["action"], after: 0, found: foundFile[kind] }
}

const streamStep = (item: BackupItem, relation: StreamRelation): RestoreStep => {
  const actions = {
    absent: "restore",
    empty: "restore",
    part: "restore",
    same: "keep",
    ahead: "keep",
    other: "conflict"
  }
  const after = relation.kind === "part" ? relation.after : 0
  return { item, action: actions[relation.kind] as RestoreStep["action"], after, found: foundStream[relation.kind] }
}

/** Compares each item with the target. Nothing is changed. */
export const planRestore = Effect.fnUntraced(function* (
  backup: OpenedBackup,
  options: {
    readonly folders: BackupFolders
    /** Undefined: streams are left out. */
    readonly connection: NatsConnection | undefined
    /** Files that hold something else are moved away. */
    readonly force: boolean
  }
): Effect.fn.Return<ReadonlyArray<RestoreStep>, BackupError> {
  const { connection, folders, force } = options
  return yield* Effect.forEach(backup.manifest.items, (item) => {
    const { stream } = item
    if (stream === undefined) return reading(() => fileStep(backup, folders, item, force))
    if (connection === undefined) return Effect.succeed<RestoreStep>({ item, action: "skip", after: 0, found: "" })
    return Effect.map(relateStream(connection, stream, backup.id), (relation) => streamStep(item, relation))
  })
})

/** Fails when an item would replace other records. */
export const refuseConflicts = (
  steps: ReadonlyArray<RestoreStep>,
  { folders, force }: { readonly folders: BackupFolders; readonly force: boolean }
): Effect.Effect<void, BackupError> => {
  const conflicts = steps.filter(({ action }) => action === "conflict").map(({ item }) => item)
  if (conflicts.length === 0) return Effect.void
  const names = conflicts.map(({ path, stream }) => stream?.name ?? targetOf(folders, path))
  const streams = conflicts.flatMap(({ stream }) => stream?.name ?? [])
  const cures = [
    ...(streams.length < conflicts.length && !force
      ? ["restore into empty folders, or give --force to move these files away first"]
      : []),
    ...(streams.length > 0
      ? [`make a backup of ${streams.join(" and ")} there and delete it with 'nats stream rm', or use an empty server`]
      : [])
  ]
  return Effect.fail(
    new BackupError({
      code: "BACKUP_TARGET_HOLDS",
      message: `The target holds other records (${names.join(", ")}), and two histories are never mixed: ${cures.join("; ")}.`
    })
  )
}

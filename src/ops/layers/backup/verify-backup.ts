import { join } from "node:path"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import { verifyChain } from "../../../platform/audit/audit-chain.ts"
import { readAuditLines } from "../../../platform/audit/audit-file.ts"
import { livingStream, relateStream } from "../../adapters/backup/backup-streams.ts"
import { type BackupFolders, collectFiles, targetOf } from "../../adapters/backup/collect-files.ts"
import { compareFile } from "../../adapters/backup/compare-file.ts"
import { checkBackup, type OpenedBackup, openBackup } from "../../adapters/backup/read-backup.ts"
import type { BackupError } from "../../domain/backup/backup-error.ts"
import { type BackupItem, itemKinds } from "../../domain/backup/manifest.ts"
import { reading } from "./backup-step.ts"
import { backedUpStreams } from "./backup-stream-shapes.ts"

/** Opens a backup and reads all of it. Fails with every fault. */
export const verifiedBackup = (folder: string): Effect.Effect<OpenedBackup, BackupError> =>
  reading(() => {
    const backup = openBackup(folder)
    checkBackup(backup)
    return backup
  })

/** What the living state has that the backup has not. `what`: for people. */
export interface Lack {
  readonly path: string
  readonly what: string
}

const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`

const lackOfFile = (backup: OpenedBackup, folders: BackupFolders, item: BackupItem): ReadonlyArray<Lack> => {
  const living = targetOf(folders, item.path)
  const relation = compareFile(living, join(backup.folder, ...item.path.split("/")), itemKinds[item.kind].grows)
  switch (relation.kind) {
    case "ahead": {
      if (item.chain === undefined) return [{ path: item.path, what: counted(relation.bytes, "byte") }]
      return [
        {
          path: item.path,
          what: counted(verifyChain(readAuditLines(living)).entries - item.chain.entries, "entry", "entries")
        }
      ]
    }
    case "other":
      return [{ path: item.path, what: "other contents" }]
    default:
      return []
  }
}

const lackOfStream = Effect.fnUntraced(function* (connection: NatsConnection, backup: OpenedBackup, name: string) {
  const part = backup.manifest.items.find(({ stream }) => stream?.name === name)?.stream
  const path = `streams/${name}.jsonl`
  if (part === undefined) {
    const living = yield* livingStream(connection, name)
    return (living?.messages ?? 0) === 0 ? [] : [{ path, what: counted(living?.messages ?? 0, "record") }]
  }
  const relation = yield* relateStream(connection, part, backup.id)
  if (relation.kind === "ahead") return [{ path, what: counted(relation.more, "record") }]
  return relation.kind === "other" ? [{ path, what: "other records" }] : []
})

/** Compares a backup with the living state. What is only in the backup is no lack. */
export const lacksOf = Effect.fnUntraced(function* (
  backup: OpenedBackup,
  folders: BackupFolders,
  connection: NatsConnection | undefined
): Effect.fn.Return<ReadonlyArray<Lack>, BackupError> {
  const { items } = backup.manifest
  const files = yield* reading(() => {
    const known = new Set(items.map(({ path }) => path))
    const others = collectFiles(folders).filter(({ path }) => !known.has(path))
    return [
      ...items.filter(({ stream }) => stream === undefined).flatMap((item) => lackOfFile(backup, folders, item)),
      ...others.map(({ path }) => ({ path, what: "the file" }))
    ]
  })
  if (connection === undefined) return files
  const streams = yield* Effect.forEach(backedUpStreams, (name) => lackOfStream(connection, backup, name))
  return [...files, ...streams.flat()]
})

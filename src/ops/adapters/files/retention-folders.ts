import {
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  unlinkSync
} from "node:fs"
import { join } from "node:path"
import { Effect, Layer, Schema } from "effect"
import { isMissing, systemCodeOf } from "../../../kernel/system-fault.ts"
import { IncidentRecord, isIncidentId } from "../../domain/incident/incident-record.ts"
import { belongsTo, foldersOf, type KeptFile, type RetentionKind } from "../../domain/retention/retention-rule.ts"
import { RetentionError, RetentionFiles } from "../../ports/retention-files.ts"

/** A folder that is a symbolic link is not opened: the kernel answers ENOTDIR (with O_DIRECTORY) or ELOOP. */
const folderFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW

const isSymlink = (path: string): boolean => {
  try {
    return lstatSync(path).isSymbolicLink()
  } catch {
    return false
  }
}

/** An open folder by its descriptor: whatever is renamed or linked meanwhile, the path leads to this folder. */
const descriptorPath = (fd: number): string => `/proc/self/fd/${fd}`

/** A folder that a variable names. */
interface Root {
  readonly path: string
  readonly variable: "TICKD_RETENTION_DIR" | "TICKD_STATE_DIR"
}

/** Opens a folder that is none of the above; undefined when it does not exist. `shown` is its path for a sentence. */
const openFolder = (path: string, shown: string, { variable }: Root): number | undefined => {
  try {
    return openSync(path, folderFlags)
  } catch (cause) {
    if (isMissing(cause)) return undefined
    if (isSymlink(path)) {
      throw new RetentionError({
        code: "FOLDER_IS_SYMLINK",
        message: `${shown} is a symbolic link, so nothing is deleted: replace it by a folder, or set ${variable} to the folder that it names.`
      })
    }
    throw new RetentionError({
      code: "FOLDER_UNREADABLE",
      message: `The folder ${shown} cannot be read (${systemCodeOf(cause)}): let this user read it, or correct ${variable}.`
    })
  }
}

const asRetentionError = (shown: string) => (cause: unknown) =>
  cause instanceof RetentionError
    ? cause
    : new RetentionError({
        code: "FOLDER_UNREADABLE",
        message: `The folder ${shown} cannot be read (${systemCodeOf(cause)}): let this user read and write it.`
      })

/**
 * Runs `use` with the open folder `name` below `root`. Both are opened without following a link, and the resolved path
 * of the folder must lie directly below the resolved path of `root`.
 */
const withFolder = <A>(root: Root, name: string, use: (path: string) => A): A | undefined => {
  const shown = join(root.path, name)
  const outer = openFolder(root.path, root.path, root)
  if (outer === undefined) return undefined
  try {
    const inner = openFolder(join(descriptorPath(outer), name), shown, root)
    if (inner === undefined) return undefined
    try {
      const resolved = readlinkSync(descriptorPath(inner))
      if (resolved !== join(realpathSync(root.path), name)) {
        throw new RetentionError({
          code: "FOLDER_IS_SYMLINK",
          message: `${shown} leads to ${resolved}, which is outside ${root.path}, so nothing is deleted.`
        })
      }
      return use(descriptorPath(inner))
    } finally {
      closeSync(inner)
    }
  } finally {
    closeSync(outer)
  }
}

interface StoredFile extends KeptFile {
  readonly root: Root
  readonly folder: string
  readonly name: string
  readonly inode: bigint
  readonly modifiedNs: bigint
}

const isStored = (file: KeptFile): file is StoredFile => "inode" in file

const decodeRecord = Schema.decodeUnknownSync(Schema.fromJsonString(IncidentRecord))

/** An open incident is kept at any age; so is a record that cannot be read, because it may be an open one. */
const isOpenIncident = (path: string, name: string): boolean => {
  if (!name.endsWith(".json") || !isIncidentId(name.slice(0, -".json".length))) return false
  try {
    return decodeRecord(readFileSync(path, "utf8")).ended_at === null
  } catch {
    return true
  }
}

/** Where retention looks: the folder of logs, and the state folder, in which `tickd incident` keeps its incidents. */
interface RetentionRoots {
  readonly logs: string
  readonly state: string
}

/** The state folder itself may be a link, as systemd makes it: the daemon writes through it too. */
const linkedPath = (path: string): string => {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

const placesOf = (kind: RetentionKind, { logs, state }: RetentionRoots) => {
  const inLogs = foldersOf[kind].map((folder) => ({
    root: { path: logs, variable: "TICKD_RETENTION_DIR" } satisfies Root,
    folder
  }))
  const path = linkedPath(state)
  return kind === "incident" && path !== linkedPath(logs)
    ? [...inLogs, { root: { path, variable: "TICKD_STATE_DIR" } satisfies Root, folder: "incidents" }]
    : inLogs
}

/** The folders below both roots, on Linux: `/proc/self/fd` leaves no time between the check of a path and its use. */
export const retentionFolders = (roots: RetentionRoots): Layer.Layer<RetentionFiles> =>
  Layer.succeed(RetentionFiles, {
    list: (kind) =>
      Effect.try({
        try: () => {
          const files: Array<StoredFile> = []
          let skipped = 0
          let folders = 0
          for (const { folder, root } of placesOf(kind, roots)) {
            withFolder(root, folder, (path) => {
              folders++
              for (const entry of readdirSync(path)) {
                if (!belongsTo(kind, entry)) continue
                const stat = lstatSync(join(path, entry), { bigint: true })
                if (!stat.isFile()) {
                  skipped++
                  continue
                }
                if (kind === "incident" && isOpenIncident(join(path, entry), entry)) continue
                files.push({
                  path: join(root.path, folder, entry),
                  root,
                  folder,
                  name: entry,
                  inode: stat.ino,
                  modifiedNs: stat.mtimeNs,
                  modifiedMs: Number(stat.mtimeNs / 1_000_000n),
                  bytes: Number(stat.size)
                })
              }
            })
          }
          return { files, skipped, folders }
        },
        catch: asRetentionError(roots.logs)
      }),
    remove: (_, file) =>
      Effect.try({
        try: () => {
          if (!isStored(file)) return false
          const removed = withFolder(file.root, file.folder, (path) => {
            try {
              const target = join(path, file.name)
              const stat = lstatSync(target, { bigint: true })
              if (!stat.isFile() || stat.ino !== file.inode || stat.mtimeNs !== file.modifiedNs) return false
              unlinkSync(target)
              return true
            } catch (cause) {
              if (isMissing(cause)) return false
              throw new RetentionError({
                code: "FILE_NOT_DELETED",
                message: `${file.path} cannot be deleted (${systemCodeOf(cause)}): let this user write its folder.`
              })
            }
          })
          return removed === true
        },
        catch: asRetentionError(roots.logs)
      })
  })

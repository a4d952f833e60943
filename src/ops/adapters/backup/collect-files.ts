import { lstatSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { errorText } from "../../../kernel/error-text.ts"
import { isMissing } from "../../../kernel/system-fault.ts"
import { readReserve } from "../../../platform/audit/audit-reserve.ts"
import { BackupError } from "../../domain/backup/backup-error.ts"
import { type ItemKind, itemPath } from "../../domain/backup/manifest.ts"

/** The folders of a daemon, absolute. */
export interface BackupFolders {
  readonly state: string
  readonly run: string
  readonly logs: string
}

/** A file of the living state. `path`: its name in a backup. */
export interface FoundFile {
  readonly path: string
  readonly kind: ItemKind
  readonly source: string
}

interface Place {
  readonly root: keyof BackupFolders
  readonly folder: string
  readonly kind: ItemKind
  readonly names: RegExp
}

/** Where what must not be lost is kept. */
const places: ReadonlyArray<Place> = [
  { root: "state", folder: "", kind: "audit", names: /^audit[\w-]*\.jsonl$/ },
  { root: "state", folder: "", kind: "reserve", names: /^audit[\w-]*\.jsonl\.reserve$/ },
  { root: "state", folder: "contracts", kind: "contracts", names: /^\d{8}\.json$/ },
  { root: "state", folder: "incidents", kind: "incidents", names: /\.(json|yaml|md)$/ },
  { root: "state", folder: "trade", kind: "orders", names: /^orders\.db$/ },
  { root: "state", folder: "trade", kind: "audit", names: /^audit[\w-]*\.jsonl$/ },
  { root: "state", folder: "trade", kind: "reserve", names: /^audit[\w-]*\.jsonl\.reserve$/ },
  { root: "run", folder: "snapshots", kind: "snapshots", names: /^\d{6,9}\.json$/ },
  { root: "logs", folder: "", kind: "run-log", names: /^(startup_audit|t5_checkpoint|start_live_env(\.\d+)?)\.log$/ },
  { root: "logs", folder: "", kind: "drill", names: /^drill-[\d-]+\.(json|md)$/ }
]

const namesIn = (folder: string): ReadonlyArray<string> => {
  try {
    return readdirSync(folder).sort()
  } catch (cause) {
    if (isMissing(cause)) return []
    throw new BackupError({
      code: "BACKUP_UNREADABLE",
      message: `The folder ${folder} cannot be read (${errorText(cause)}): let this user read it.`
    })
  }
}

/** Each regular file to be kept, in a fixed sequence. Links are not followed. Throws `BackupError`. */
export const collectFiles = (folders: BackupFolders): ReadonlyArray<FoundFile> =>
  places.flatMap(({ folder, kind, names, root }) => {
    const at = join(folders[root], folder)
    return namesIn(at)
      .filter((name) => names.test(name) && lstatSync(join(at, name), { throwIfNoEntry: false })?.isFile())
      .map((name) => ({
        path: [root, ...(folder === "" ? [] : [folder]), name].join("/"),
        kind,
        source: join(at, name)
      }))
      .filter(({ path, source }) => itemPath.test(path) && (kind !== "reserve" || readReserve(source).length > 0))
  })

/** Where an item of a backup belongs on this machine; a stream has no file. */
export const targetOf = (folders: BackupFolders, path: string): string => {
  const [root = "", ...rest] = path.split("/")
  return join(folders[root as keyof BackupFolders], ...rest)
}

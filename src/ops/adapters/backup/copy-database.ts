import { chmodSync, closeSync, fsyncSync, openSync } from "node:fs"
import { dirname } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { errorText } from "../../../kernel/error-text.ts"
import { BackupError } from "../../domain/backup/backup-error.ts"
import { copyOf, syncFolder } from "./copy-file.ts"

/** How long the copy waits for a checkpoint of the program that writes, milliseconds. */
const busyMs = 5000

const damaged = (source: string, why: string) =>
  new BackupError({
    code: "BACKUP_UNREADABLE",
    message: `The database ${source} is damaged (${why}): keep it for the search of the cause, and restore the last good backup (docs/trading/store.md).`
  })

/**
 * Copies a SQLite database as one moment of it, while another program writes, and proves the copy. A plain copy of the
 * file would lack what is still in the write-ahead log. Returns size and hash. Throws `BackupError`, or the error of
 * SQLite or the system.
 */
export const copyDatabase = (source: string, target: string): { readonly bytes: number; readonly sha256: string } => {
  const database = new DatabaseSync(source, { timeout: busyMs })
  try {
    database.prepare("VACUUM INTO ?").run(target)
  } catch (cause) {
    const { errcode } = cause as { readonly errcode?: number }
    throw errcode === 11 || errcode === 26 ? damaged(source, errorText(cause)) : cause
  } finally {
    database.close()
  }
  const copy = new DatabaseSync(target)
  try {
    const [row] = copy.prepare("PRAGMA integrity_check(1)").all()
    if (row?.["integrity_check"] !== "ok") throw damaged(source, String(row?.["integrity_check"]))
  } finally {
    copy.close()
  }
  chmodSync(target, 0o600)
  const file = openSync(target, "r+")
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  syncFolder(dirname(target))
  return copyOf(target, false, () => {})
}

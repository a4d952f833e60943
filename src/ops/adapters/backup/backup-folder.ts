import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { errorText } from "../../../kernel/error-text.ts"
import { cureOf } from "../../../kernel/system-fault.ts"
import { verifyChain } from "../../../platform/audit/audit-chain.ts"
import { readAuditLines } from "../../../platform/audit/audit-file.ts"
import { FileLocked, takeFileLock } from "../../../platform/process/file-lock.ts"
import { makeFolders } from "../../../platform/process/make-folders.ts"
import { BackupError } from "../../domain/backup/backup-error.ts"
import {
  type BackupItem,
  type BackupManifest,
  itemKinds,
  manifestName,
  sumsName
} from "../../domain/backup/manifest.ts"
import type { FoundFile } from "./collect-files.ts"
import { copyDatabase } from "./copy-database.ts"
import { copyOf, syncFolder, writeNew } from "./copy-file.ts"
import { newLineFile } from "./line-file.ts"

const partial = /^\..*\.partial$/
const hashOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")

/** Text of `SHA256SUMS`: every other file of the backup. */
const sumsOf = (items: ReadonlyArray<BackupItem>, manifest: Uint8Array): string =>
  [...items.map(({ path, sha256 }) => `${sha256}  ${path}`), `${hashOf(manifest)}  ${manifestName}`, ""].join("\n")

const notWritten = (folder: string) => (cause: unknown) =>
  new BackupError({
    code: "BACKUP_NOT_WRITTEN",
    message: `The backup ${folder} cannot be written (${errorText(cause)}): ${cureOf(cause, "let this user write there, or name another folder with --out or TICKD_BACKUP_DIR")}; nothing of it is kept.`
  })

/** A backup in the making, in a hidden folder beside its name. Every method throws `BackupError`. */
export interface NewBackup {
  readonly addFile: (file: FoundFile) => BackupItem
  /** `fill` is given a function that writes one line. Rejects with its error, or with `BackupError`. */
  readonly addLines: <A>(
    path: string,
    fill: (line: (text: string) => void) => Promise<A>
  ) => Promise<{ readonly filled: A; readonly bytes: number; readonly sha256: string }>
  /** Gives the folder its name. Nothing of it is visible before. */
  readonly finish: (manifest: BackupManifest) => void
  /** Removes what is not finished, and lets the next backup begin. */
  readonly end: () => void
}

const take = (parent: string) => {
  makeFolders(parent, 0o700)
  try {
    return takeFileLock(join(parent, ".lock"))
  } catch (cause) {
    if (!(cause instanceof FileLocked)) throw cause
    throw new BackupError({
      code: "BACKUP_BUSY",
      message: `Another backup${cause.holder === undefined ? "" : ` (${cause.holder})`} is being made in ${parent}: wait for it.`
    })
  }
}

const removePartial = (parent: string): void => {
  for (const name of readdirSync(parent)) {
    if (partial.test(name)) rmSync(join(parent, name), { recursive: true, force: true })
  }
}

/** Copies a file; a source that cannot be read is another fault than a full disk. */
const copyTo = (path: string, { kind, source }: FoundFile) => {
  let copied = { bytes: 0, sha256: "" }
  let writeFault: { readonly cause: unknown } | undefined
  try {
    writeNew(path, (put) => {
      copied = copyOf(source, itemKinds[kind].grows, (bytes) => {
        try {
          put(bytes)
        } catch (cause) {
          writeFault = { cause }
          throw cause
        }
      })
    })
  } catch (cause) {
    const isOfSource = writeFault === undefined && (cause as { readonly path?: unknown }).path === source
    if (!isOfSource) throw cause
    throw new BackupError({
      code: "BACKUP_UNREADABLE",
      message: `${source} cannot be read (${errorText(cause)}): ${cureOf(cause, "let this user read it")}.`
    })
  }
  return copied
}

/** Begins a backup, alone in its parent folder; removes what killed ones have left there. Throws `BackupError`. */
export const beginBackup = (folder: string): NewBackup => {
  const parent = dirname(folder)
  const part = join(parent, `.${basename(folder)}.partial`)
  const fail = notWritten(folder)
  const guarded = <A>(write: () => A): A => {
    try {
      return write()
    } catch (cause) {
      throw cause instanceof BackupError ? cause : fail(cause)
    }
  }
  const lock = guarded(() => take(parent))
  let isFinished = false
  const end = () => {
    try {
      if (!isFinished) removePartial(parent)
    } catch {
      // The next backup removes it.
    } finally {
      lock.release()
    }
  }
  try {
    guarded(() => {
      removePartial(parent)
      if (existsSync(folder)) throw Object.assign(new Error("it is there already"), { code: "EEXIST" })
      mkdirSync(part, { mode: 0o700 })
    })
  } catch (cause) {
    lock.release()
    throw cause
  }
  const pathOf = (path: string): string => {
    const to = join(part, ...path.split("/"))
    makeFolders(dirname(to), 0o700)
    return to
  }
  return {
    addFile: (file) =>
      guarded(() => {
        const { kind, path } = file
        const copied = kind === "orders" ? copyDatabase(file.source, pathOf(path)) : copyTo(pathOf(path), file)
        const item = { path, kind, ...copied }
        if (kind !== "audit") return item
        const { broken, entries, head } = verifyChain(readAuditLines(pathOf(path)))
        return { ...item, chain: { entries, head, broken_line: broken?.line ?? null } }
      }),
    addLines: async (path, fill) => {
      const file = guarded(() => newLineFile(pathOf(path)))
      try {
        const filled = await fill((text) => guarded(() => file.line(text)))
        return { filled, ...guarded(file.sync) }
      } finally {
        file.close()
      }
    },
    finish: (manifest) =>
      guarded(() => {
        const text = Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`)
        writeNew(join(part, manifestName), (put) => put(text))
        writeNew(join(part, sumsName), (put) => put(Buffer.from(sumsOf(manifest.items, text))))
        const folders = manifest.items.flatMap(({ path }) => [dirname(path), dirname(dirname(path))])
        for (const each of new Set([...folders, "."])) syncFolder(join(part, each))
        renameSync(part, folder)
        syncFolder(parent)
        isFinished = true
      }),
    end
  }
}

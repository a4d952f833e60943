import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs"
import { join } from "node:path"
import { Option, Schema } from "effect"
import { systemCodeOf } from "../../../kernel/system-fault.ts"
import { makeFolders } from "../../../platform/process/make-folders.ts"
import { Snapshot, snapshotsMost } from "../../domain/snapshot/snapshot.ts"

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(Snapshot))

const namePattern = /^(\d{6,9})\.json$/
const nameOf = (number: number): string => `${String(number).padStart(6, "0")}.json`

const folderOf = (runDir: string): string => join(runDir, "snapshots")

/** Numbers of the files, the newest first. None without the folder; throws the system's error for another fault. */
const numbersIn = (folder: string): ReadonlyArray<number> => {
  try {
    return readdirSync(folder)
      .flatMap((name) => {
        const [, number] = namePattern.exec(name) ?? []
        return number === undefined ? [] : [Number(number)]
      })
      .sort((one, other) => other - one)
  } catch (cause) {
    if (systemCodeOf(cause) === "ENOENT") return []
    throw cause
  }
}

/** What is kept, the newest first. `unreadable`: files that are no snapshots. */
export interface KeptSnapshots {
  readonly snapshots: ReadonlyArray<Snapshot>
  readonly unreadable: ReadonlyArray<string>
}

/** Throws the system's error when the folder cannot be read. */
export const readSnapshots = (runDir: string): KeptSnapshots => {
  const folder = folderOf(runDir)
  const snapshots: Array<Snapshot> = []
  const unreadable: Array<string> = []
  for (const number of numbersIn(folder)) {
    const path = join(folder, nameOf(number))
    let text: string | undefined
    try {
      text = readFileSync(path, "utf8")
    } catch {
      // As one that cannot be decoded: it is named.
    }
    const snapshot = Option.getOrUndefined(decode(text))
    if (snapshot?.number === number) snapshots.push(snapshot)
    else unreadable.push(path)
  }
  return { snapshots, unreadable }
}

const syncFolder = (folder: string): void => {
  const file = openSync(folder, "r")
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/**
 * Writes a snapshot with the next number, mode 0600, then removes the oldest ones beyond the limit. The file has its
 * name when it is whole and on the disk. Throws the system's error; then nothing was removed.
 */
export const writeSnapshot = (runDir: string, content: Omit<Snapshot, "number">): Snapshot => {
  const folder = folderOf(runDir)
  makeFolders(folder, 0o700)
  const numbers = numbersIn(folder)
  const snapshot: Snapshot = { ...content, number: (numbers[0] ?? 0) + 1 }
  const part = join(folder, ".snapshot.new")
  rmSync(part, { force: true })
  const file = openSync(part, "wx", 0o600)
  try {
    const bytes = Buffer.from(`${JSON.stringify(snapshot, undefined, 2)}\n`)
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
    fsyncSync(file)
  } catch (cause) {
    rmSync(part, { force: true })
    throw cause
  } finally {
    closeSync(file)
  }
  renameSync(part, join(folder, nameOf(snapshot.number)))
  syncFolder(folder)
  for (const number of numbers.slice(snapshotsMost - 1)) rmSync(join(folder, nameOf(number)), { force: true })
  return snapshot
}

import { lstatSync, readdirSync, readFileSync, renameSync, statfsSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/** Share of the disk, including the store's content. The rest is for other data and the server's own files. */
const diskShare = 0.75

/** Size on disk below a folder; 0 when it does not exist. */
const bytesBelow = (folder: string): number => {
  let bytes = 0
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) bytes += bytesBelow(path)
      else bytes += lstatSync(path).blocks * 512
    }
  } catch {
    // a file that was deleted meanwhile, or a folder that does not exist yet, has no size
  }
  return bytes
}

const recordOf = (path: string): number => {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"))
    const bytes =
      typeof value === "object" && value !== null ? (value as { max_file_store?: unknown }).max_file_store : 0
    return typeof bytes === "number" && Number.isFinite(bytes) ? bytes : 0
  } catch {
    return 0
  }
}

export interface StoreSize {
  /** What the disk allows now: the sum of the streams' limits stays below it. */
  readonly room: number
  /**
   * The limit for the server. Never less than before: nats-server does not recover a stream whose limit does not fit
   * (measured with 2.15.1: "Error recreating stream, insufficient storage resources").
   */
  readonly limit: number
}

/**
 * The size of a store on its disk. Without a limit nats-server uses three quarters of the free space at its start, so
 * a store with content gets less at each start. Throws the error of the file system.
 */
export const storeSizeOf = (storeDir: string): StoreSize => {
  const path = join(storeDir, "store-size.json")
  const disk = statfsSync(storeDir)
  const held = bytesBelow(join(storeDir, "store"))
  const free = disk.bavail * disk.bsize
  const room = Math.max(held, Math.floor((held + free) * diskShare))
  const limit = Math.max(room, recordOf(path))
  writeFileSync(`${path}.new`, `${JSON.stringify({ max_file_store: limit })}\n`)
  renameSync(`${path}.new`, path)
  return { room, limit }
}

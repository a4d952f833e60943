import { lstatSync, readdirSync, readFileSync, renameSync, statfsSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/** Of the disk, what the store holds already included: the rest is for what else grows there, and for the server's own files. */
const diskShare = 0.75

/** Bytes on disk below a folder; 0 when there is none. */
const bytesBelow = (folder: string): number => {
  let bytes = 0
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) bytes += bytesBelow(path)
      else bytes += lstatSync(path).blocks * 512
    }
  } catch {
    // a file that went away meanwhile, or a folder that is not there yet, holds nothing
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
  /** What the disk allows now: the streams' bounds together stay below it. */
  readonly room: number
  /**
   * What the server is given. Never less than it was given before: nats-server does not recover a stream whose bound does not fit
   * (measured with 2.15.1: "Error recreating stream, insufficient storage resources").
   */
  readonly limit: number
}

/**
 * The size of a store on its disk. Without a limit nats-server takes three quarters of what is free at its start, so a store
 * that holds something gets less at each start. Throws what the file system throws.
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

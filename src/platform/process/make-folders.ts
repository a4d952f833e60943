import { existsSync, mkdirSync } from "node:fs"
import { dirname, resolve } from "node:path"

/**
 * Creates a folder and those above it, one level at a time: Node's recursive mkdir never returns below a folder that
 * allows no children (/proc). Throws the system's error. `mode` is that of each folder that is created.
 */
export const makeFolders = (folder: string, mode?: number): void => {
  if (existsSync(folder)) return
  makeFolders(dirname(resolve(folder)), mode)
  mkdirSync(folder, mode)
}

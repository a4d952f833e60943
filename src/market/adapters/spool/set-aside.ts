import { basename, join } from "node:path"
import type { SpoolFiles } from "./spool-files.ts"

const asideName = /^(\d{6})-\d{16}\.superseded$/
const isAside = (name: string): boolean => asideName.test(name)

/**
 * Files that are kept beside the spool for an operator to compare: the newest ones, with as many bytes as the spool's
 * limit.
 */
export class FilesAside {
  readonly names: Array<string> = []
  private readonly files: SpoolFiles
  private readonly folder: string
  private readonly maxBytes: number

  constructor(files: SpoolFiles, folder: string, maxBytes: number) {
    this.files = files
    this.folder = folder
    this.maxBytes = maxBytes
  }

  /** Renames a segment. Throws the error of the file system. */
  readonly take = (path: string): void => {
    // Numbered in sequence: a run that ended before its cursor was written has its positions used again.
    const last = Math.max(0, ...this.files.list(this.folder).map((other) => Number(asideName.exec(other)?.[1] ?? 0)))
    const name = `${String(last + 1).padStart(6, "0")}-${basename(path, ".spool")}.superseded`
    this.names.push(name)
    this.files.rename(path, join(this.folder, name))
  }

  /** The report of it, once the oldest files above the limit are deleted. */
  reported(ticks: number): { readonly ticks: number; readonly folder: string; readonly files: ReadonlyArray<string> } {
    try {
      this.bound()
    } catch {
      // Too many files are no reason to stop: the next time finds them again.
    }
    return { ticks, folder: this.folder, files: this.names }
  }

  private bound(): void {
    const { files, folder } = this
    let bytes = 0
    for (const name of files.list(folder).filter(isAside).toSorted().toReversed()) {
      const fd = files.open(join(folder, name))
      bytes += files.size(fd)
      files.close(fd)
      if (bytes > this.maxBytes && name !== this.names.at(-1)) files.remove(join(folder, name))
    }
  }
}

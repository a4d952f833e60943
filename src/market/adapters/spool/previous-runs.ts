import { join } from "node:path"
import { Effect, type Scope } from "effect"
import { type SpoolFiles, writeAll } from "./spool-files.ts"

/** Number of runs whose end the folder can prove. A start that fails before it holds the epoch adds one. */
const keptRuns = 16
const bytesMax = 4096

/** What the state folder knows of previous runs of this daemon. */
export interface PreviousRuns {
  /** Identifies the folder over all runs; undefined: the disk does not keep it. */
  readonly home: string | undefined
  /** The run with this id is proven to have ended. False: nothing is known of it. */
  readonly hasEnded: (run: string) => boolean
}

interface Kept {
  readonly place: string
  readonly home: string
  readonly runs: ReadonlyArray<string>
}

const nothing: PreviousRuns = { home: undefined, hasEnded: () => false }

const read = (files: SpoolFiles, path: string): Kept | undefined => {
  const fd = files.open(path)
  try {
    const bytes = Buffer.alloc(bytesMax)
    const text = bytes.toString("latin1", 0, files.read(fd, bytes, 0))
    const [place, home, ...runs] = text.split("\n").filter((line) => line !== "")
    return place === undefined || home === undefined ? undefined : { place, home, runs }
  } finally {
    files.close(fd)
  }
}

/** Written under another name first: a crash leaves either the old or the new file. */
const write = (files: SpoolFiles, folder: string, { place, home, runs }: Kept): void => {
  const path = join(folder, "lives.new")
  const fd = files.open(path)
  try {
    const text = Buffer.from(`${[place, home, ...runs].join("\n")}\n`, "latin1")
    files.truncate(fd, 0)
    writeAll(files, fd, text, text.length, 0)
    files.sync(fd)
  } finally {
    files.close(fd)
  }
  files.rename(path, join(folder, "lives"))
  files.syncFolder(folder)
}

/**
 * Takes the lock of the folder for `run` and reads which runs held it before. A run keeps the lock until its process
 * ends in any way, so a run that is named in the folder has ended once the lock is ours. That holds for one folder of
 * one running system: `place` names both, and a copy of the folder, here or on another host, proves nothing.
 * Never fails: without the lock or the file nothing is proven, and the start watches the lease instead.
 */
export const openPreviousRuns = (options: {
  readonly files: SpoolFiles
  readonly folder: string
  readonly run: string
}): Effect.Effect<PreviousRuns, never, Scope.Scope> => {
  const { files, folder, run } = options
  const open = Effect.sync(() => {
    let lock: { readonly release: () => void } | undefined
    let lives = nothing
    try {
      files.makeFolder(folder)
      lock = files.lock(folder)
      const place = files.place(folder)
      const kept = read(files, join(folder, "lives"))
      const isHere = kept?.place === place
      const home = isHere ? kept.home : run
      const ended = new Set(isHere ? kept.runs : [])
      lives = { home, hasEnded: (life) => ended.has(life) }
      write(files, folder, { place, home, runs: [run, ...ended].slice(0, keptRuns) })
    } catch {
      // What was read before the disk failed is still true.
    }
    return { lives, release: () => lock?.release() }
  })
  return Effect.map(
    Effect.acquireRelease(open, ({ release }) => Effect.sync(release)),
    ({ lives }) => lives
  )
}

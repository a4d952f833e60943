// Reads each file of a git history once, through two git programs for the whole history.
import { spawn, spawnSync } from "node:child_process"
import { existsSync, lstatSync, readFileSync } from "node:fs"
import { join } from "node:path"

export interface Stored {
  /** Name of the object: of a file, or of a commit, whose text is its message. */
  readonly object: string
  /** First path that the file has in the history; empty for a commit. */
  readonly path: string
  readonly bytes: Buffer
}

const git = (root: string, args: ReadonlyArray<string>) => {
  const { status, stderr, stdout } = spawnSync("git", ["-C", root, ...args], {
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024
  })
  return { ok: status === 0, text: stdout ?? "", why: stderr ?? "" }
}

/** Why the history is not here or not whole; undefined: it is whole. */
export const historyGap = (root: string): "none" | "shallow" | undefined => {
  const { ok, text } = git(root, ["rev-parse", "--is-shallow-repository", "--verify", "--end-of-options", "HEAD"])
  if (!ok) return "none"
  return text.startsWith("true") ? "shallow" : undefined
}

/** All files and commits that `revisions` reach. */
export async function* history(root: string, revisions: ReadonlyArray<string>): AsyncGenerator<Stored> {
  const list = spawn("git", ["-C", root, "rev-list", "--objects", ...revisions], { stdio: ["ignore", "pipe", "pipe"] })
  const format = "--batch=%(objectname) %(objecttype) %(objectsize) %(rest)"
  const read = spawn("git", ["-C", root, "cat-file", "--buffer", format], { stdio: ["pipe", "pipe", "pipe"] })
  list.stdout.pipe(read.stdin)
  const ended = Promise.all(
    [list, read].map(
      (child) =>
        new Promise<string | undefined>((resolve) => {
          let why = ""
          child.stderr.on("data", (chunk) => void (why += chunk))
          child.once("error", (error) => resolve(error.message))
          child.once("close", (status) => resolve(status === 0 ? undefined : why.trim() || `exit code ${status}`))
        })
    )
  )
  let waiting: Buffer = Buffer.alloc(0)
  let next: { readonly head: ReadonlyArray<string>; readonly size: number } | undefined
  const chunks: Array<Buffer> = []
  let length = 0
  for await (const chunk of read.stdout as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    length += chunk.length
    // A large file comes in many chunks: they are joined once it is whole.
    if (next !== undefined && length <= next.size) continue
    waiting = Buffer.concat(chunks)
    let at = 0
    for (;;) {
      if (next === undefined) {
        const end = waiting.indexOf(10, at)
        if (end === -1) break
        const head = waiting.toString("utf8", at, end).split(" ")
        next = { head, size: Number(head[2]) }
        at = end + 1
      }
      if (waiting.length - at <= next.size) break
      const [object = "", type, , ...path] = next.head
      const bytes = waiting.subarray(at, at + next.size)
      at += next.size + 1
      next = undefined
      if (type === "blob" || type === "commit") yield { object, path: type === "blob" ? path.join(" ") : "", bytes }
    }
    chunks.length = 0
    waiting = waiting.subarray(at)
    chunks.push(waiting)
    length = waiting.length
  }
  const failed = (await ended).find((why) => why !== undefined)
  if (failed !== undefined) throw new Error(`git could not read the history of ${root}: ${failed}`)
}

/** The files of the working folder that git does not ignore: what the next commit may bring. */
export function* workingFiles(root: string): Generator<Stored> {
  const { ok, text, why } = git(root, ["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
  if (!ok) throw new Error(`git could not list the files of ${root}: ${why.trim()}`)
  for (const path of new Set(text.split("\0"))) {
    const file = join(root, path)
    if (path !== "" && existsSync(file) && lstatSync(file).isFile()) {
      yield { object: "working folder", path, bytes: readFileSync(file) }
    }
  }
}

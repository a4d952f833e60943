import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { Option, Schema } from "effect"
import { makeFolders } from "./make-folders.ts"

/** What could not be delivered, in `push-queue/` of the run folder, until the next run delivers it. */
export const pushQueue = <A>(runDir: string, name: string, form: Schema.Codec<A, unknown>) => {
  const path = join(runDir, "push-queue", `${name}.json`)
  const text = Schema.fromJsonString(form)
  const decode = Schema.decodeUnknownOption(text)
  const encode = Schema.encodeSync(text)
  return {
    /** Undefined: nothing waits, or the file is none of ours. */
    read: (): A | undefined => {
      try {
        return Option.getOrUndefined(decode(readFileSync(path, "utf8")))
      } catch {
        return undefined
      }
    },
    /** Replaces the file as a whole; undefined removes it. Throws the system's error. */
    write: (value: A | undefined): void => {
      if (value === undefined) return rmSync(path, { force: true })
      makeFolders(dirname(path), 0o700)
      const next = `${path}.${process.pid}`
      writeFileSync(next, encode(value), { mode: 0o600 })
      renameSync(next, path)
    }
  }
}

import { createHash } from "node:crypto"
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import { Option, Schema } from "effect"
import { makeFolders } from "../../../platform/process/make-folders.ts"

/** An env file as a unit has read it; the content is kept under its hash. */
const ReadFile = Schema.Struct({ path: Schema.String, hash: Schema.String })

/** The env files with which one invocation of a unit runs; none are known of a start that no runbook made. */
const UnitStart = Schema.Struct({ invocation: Schema.String, files: Schema.Array(ReadFile) })
export type UnitStart = typeof UnitStart.Type

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(UnitStart))

/** Contents that are kept beside those in use. */
const keptMax = 20

const hashOf = (content: Buffer) => createHash("sha256").update(content).digest("hex").slice(0, 12)

const contentOf = (path: string): Buffer | undefined => {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}

/**
 * Keeps what a unit reads at its starts, in `run/systemd/`. Env files hold secrets: the folder has mode 0700, each file
 * 0600. Functions throw the system's error.
 */
export const unitSettings = (runDir: string) => {
  const folder = join(runDir, "systemd")
  const contentPath = (hash: string) => join(folder, `env-${hash}`)
  const write = (path: string, content: Buffer | string) => {
    for (const own of [runDir, folder]) makeFolders(own, 0o700)
    writeFileSync(`${path}.new`, content, { mode: 0o600 })
    renameSync(`${path}.new`, path)
  }
  const read = (name: string): UnitStart | undefined =>
    Option.getOrUndefined(decode(contentOf(join(folder, name))?.toString("utf8") ?? ""))

  /** Deletes contents that no start needs any more, the oldest first. */
  const prune = (needed: ReadonlySet<string>) => {
    const kept = readdirSync(folder)
      .filter((name) => name.startsWith("env-") && !name.endsWith(".new") && !needed.has(name.slice(4)))
      .map((name) => ({ name, at: statSync(join(folder, name)).mtimeMs }))
      .sort((one, other) => other.at - one.at)
    for (const { name } of kept.slice(keptMax)) rmSync(join(folder, name), { force: true })
  }

  return {
    /** Copies the env files before a start; a file that this user may not read is left out. */
    copy: (paths: ReadonlyArray<string>): UnitStart["files"] =>
      paths.flatMap((path) => {
        const content = contentOf(path)
        if (content === undefined) return []
        const hash = hashOf(content)
        write(contentPath(hash), content)
        return [{ path, hash }]
      }),
    started: (start: UnitStart) => {
      write(join(folder, "tickd.json"), `${JSON.stringify(start)}\n`)
      prune(new Set([...start.files, ...(read("before.json")?.files ?? [])].map(({ hash }) => hash)))
    },
    /** The files of an invocation. */
    filesOf: (invocation: string): UnitStart["files"] => {
      const last = read("tickd.json")
      return last?.invocation === invocation ? last.files : []
    },
    keepBefore: (start: UnitStart) => write(join(folder, "before.json"), `${JSON.stringify(start)}\n`),
    before: () => read("before.json"),
    forgetBefore: () => rmSync(join(folder, "before.json"), { force: true }),
    /** Whether these files have on disk what was read. A file that cannot be read says nothing. */
    isOnDisk: (files: UnitStart["files"]) =>
      files.every(({ hash, path }) => {
        const content = contentOf(path)
        return content === undefined || hashOf(content) === hash
      }),
    /** Whether two starts have read the same. Of two different ones without known files nothing is known. */
    isSame: (one: UnitStart, other: UnitStart) =>
      one.invocation === other.invocation ||
      one.files.length === 0 ||
      JSON.stringify(one.files) === JSON.stringify(other.files),
    /**
     * Puts changed env files back as they were, and returns where the changed ones are now. Owner and mode stay those
     * of the file.
     */
    restore: ({ files }: UnitStart): ReadonlyArray<{ readonly path: string; readonly aside: string }> =>
      files.flatMap(({ hash, path }) => {
        const content = contentOf(path)
        if (content === undefined || hashOf(content) === hash || !existsSync(contentPath(hash))) return []
        const { gid, mode, uid } = statSync(path)
        const aside = `${path}.rolled-back`
        copyFileSync(path, aside)
        chmodSync(aside, mode & 0o777)
        chownSync(aside, uid, gid)
        writeFileSync(`${path}.new`, readFileSync(contentPath(hash)), { mode: 0o600 })
        chownSync(`${path}.new`, uid, gid)
        chmodSync(`${path}.new`, mode & 0o777)
        renameSync(`${path}.new`, path)
        return [{ path, aside }]
      })
  }
}

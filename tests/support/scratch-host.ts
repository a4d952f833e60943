import { type SpawnSyncReturns, spawn, spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { projectRoot } from "./nats-server.ts"

/** What a tree must have before it can be installed; the bundle is built into it. */
const linked = ["package.json", "src", "deploy", "docs", "node_modules"]

/** A built tree in `folder`: the project's own files by link, the bundle built anew, without the project's tests. */
export const builtTree = (folder: string): string => {
  mkdirSync(folder, { recursive: true })
  for (const name of linked) symlinkSync(join(projectRoot, name), join(folder, name))
  const { status, stderr } = spawnSync(
    process.execPath,
    [join(projectRoot, "deploy", "dev", "build.mjs"), join(folder, "dist")],
    { encoding: "utf8" }
  )
  if (status !== 0) throw new Error(`the bundle cannot be built: ${stderr}`)
  return folder
}

const walk = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? [path, ...walk(path)] : [path]
  })

/** Name, mode, owner, time and content of everything in a folder. */
export const hashOfFolder = (folder: string): string => {
  const sum = createHash("sha256")
  for (const path of [...walk(folder)].sort()) {
    const { gid, mode, mtimeMs, uid } = lstatSync(path)
    sum.update(`${path} ${mode} ${uid} ${gid} ${mtimeMs}\n`)
    if (lstatSync(path).isSymbolicLink()) sum.update(readlinkSync(path))
    else if (lstatSync(path).isFile()) sum.update(readFileSync(path))
  }
  return sum.digest("hex")
}

const script = join(projectRoot, "deploy", "install.sh")
const environment = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" }

/** A host as an empty folder, into which `deploy/install.sh` installs. */
export const scratchHost = (root: string, tree: string) => {
  mkdirSync(root, { recursive: true })
  const inside = (path: string) => join(root, path)
  const flagsOf = (flags: ReadonlyArray<string>) => [script, "--root", root, "--from", tree, ...flags]
  const install = (...flags: ReadonlyArray<string>): SpawnSyncReturns<string> =>
    spawnSync("bash", flagsOf(flags), { encoding: "utf8", env: environment })
  /** Runs it, and kills it with all that it started when it has printed this. */
  const killedAt = (text: string, ...flags: ReadonlyArray<string>) =>
    new Promise<string>((resolve) => {
      const child = spawn("bash", flagsOf(flags), { env: environment, detached: true })
      let printed = ""
      child.stdout.setEncoding("utf8").on("data", (more: string) => {
        printed += more
        if (printed.includes(text) && child.pid !== undefined && child.exitCode === null) {
          try {
            process.kill(-child.pid, "SIGKILL")
          } catch {
            // It has ended meanwhile.
          }
        }
      })
      child.once("close", () => resolve(printed))
    })
  const paths = () => (existsSync(root) ? walk(root).map((path) => path.slice(root.length)) : [])
  const hash = (): string => hashOfFolder(root)
  return {
    current: () => readlinkSync(inside("/opt/tickd/current")),
    hash,
    inside,
    install,
    killedAt,
    paths,
    remove: () => rmSync(root, { recursive: true, force: true }),
    /** The installed program, with its own Node, in an environment without anything of the project. */
    tickd: (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) =>
      spawnSync(inside("/opt/tickd/current/bin/tickd"), args, {
        encoding: "utf8",
        cwd: root,
        env: { PATH: "/usr/bin:/bin", NODE_DISABLE_COMPILE_CACHE: "1", ...env }
      })
  }
}

import { spawnSync } from "node:child_process"
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { basename, dirname, isAbsolute, join } from "node:path"
import { copyOf, type Dockerfile, parseDockerfile } from "./dockerfile.ts"
import { projectRoot } from "./nats-server.ts"

const buildNode = dirname(process.execPath)

/** What .dockerignore lets through: `*` first, then `!PATH` lines. */
const contextPaths = () => {
  const lines = readFileSync(join(projectRoot, ".dockerignore"), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
  if (lines[0] !== "*" || lines.slice(1).some((line) => !line.startsWith("!")))
    throw new Error(".dockerignore has another form")
  return lines.slice(1).map((line) => line.slice(1))
}

const copy = (
  text: string,
  roots: { readonly from: (stage: string | undefined) => string; readonly to: string },
  workdir: string
) => {
  const { destination, from, intoFolder, sources } = copyOf(text)
  const to = join(roots.to, isAbsolute(destination) ? destination : join(workdir, destination))
  for (const source of sources) {
    if (from === undefined && !contextPaths().some((path) => source === path || source.startsWith(`${path}/`)))
      throw new Error(`COPY ${source}: .dockerignore keeps it from the builder`)
    const path = join(roots.from(from), source)
    mkdirSync(intoFolder ? to : dirname(to), { recursive: true })
    // A folder's content is copied, not the folder.
    if (statSync(path).isDirectory()) cpSync(path, to, { recursive: true, verbatimSymlinks: true })
    else copyFileSync(path, intoFolder ? join(to, basename(path)) : to)
  }
}

const must = (
  program: string,
  args: ReadonlyArray<string>,
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {}
) => {
  const { error, status, stderr, stdout } = spawnSync(program, args, { encoding: "utf8", ...options })
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${status} ${error ?? ""}${stdout}${stderr}`)
  return stdout
}

/**
 * The first stage, in a folder of its own. Packages and compiled programs are those of the checkout: `build.sh` checks
 * that they are of the sources that were copied. Everything else is what the COPY and RUN lines make.
 */
const buildStage = (folder: string, { stages }: Dockerfile, tini: string) => {
  const [stage] = stages
  let workdir = "/"
  for (const { name, text } of stage?.steps ?? []) {
    if (name === "WORKDIR") {
      workdir = text
      mkdirSync(join(folder, workdir), { recursive: true })
    } else if (name === "COPY") copy(text, { from: () => projectRoot, to: folder }, workdir)
    else if (name !== "RUN") throw new Error(`${name} in the first stage`)
    else if (text.startsWith("apt-get ")) {
      mkdirSync(join(folder, "usr", "bin"), { recursive: true })
      copyFileSync(tini, join(folder, "usr", "bin", "tini-static"))
    } else if (text.startsWith("npm ci ")) {
      symlinkSync(join(projectRoot, "node_modules"), join(folder, workdir, "node_modules"))
      cpSync(join(projectRoot, ".build", "native"), join(folder, workdir, ".build", "native"), { recursive: true })
    } else {
      const env = { ...process.env, PATH: `${buildNode}:${process.env["PATH"]}` }
      const printed = must("bash", ["-c", text], { cwd: join(folder, workdir), env })
      if (!printed.includes("build-native: .build/native is up to date"))
        throw new Error(`.build/native is not of these sources, run npm run build:native: ${printed}`)
    }
  }
}

/** The parts of the base image that its programs need here: names of folders, and files that useradd changes. */
const baseImage = (root: string) => {
  for (const name of [
    "usr/bin",
    "usr/sbin",
    "usr/lib",
    "usr/lib64",
    "usr/local/bin",
    "etc",
    "var/lib",
    "proc",
    "dev",
    "tmp",
    "run"
  ])
    mkdirSync(join(root, name), { recursive: true })
  for (const name of ["bin", "sbin", "lib", "lib64"]) symlinkSync(`usr/${name}`, join(root, name))
  const files = {
    passwd: "root:x:0:0:root:/root:/bin/sh\n",
    group: "root:x:0:\n",
    shadow: "",
    gshadow: "",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
    hosts: "127.0.0.1 localhost\n"
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, "etc", name), text)
  copyFileSync("/etc/login.defs", join(root, "etc", "login.defs"))
  // Node is the one of the lock, in the place where the base image has it.
  copyFileSync(process.execPath, join(root, "usr", "local", "bin", "node"))
  chmodSync(join(root, "usr", "local", "bin", "node"), 0o755)
}

/** Shared libraries of this machine, read-only; `programs`: those of /usr/bin too, for RUN lines. */
export const mountsOf = (root: string, programs: boolean): ReadonlyArray<string> =>
  ["/usr/lib", "/usr/lib64", ...(programs ? ["/usr/bin", "/usr/sbin"] : [])]
    .filter((path) => existsSync(path))
    .flatMap((path) => [`mount --bind ${path} ${root}${path}`, `mount -o remount,bind,ro ${root}${path}`])

/**
 * The file system of the image in `folder`/root, made from deploy/Dockerfile alone, and what its RUN lines printed.
 * Needs root.
 */
export const layOutImage = (folder: string, tini: string) => {
  const dockerfile = parseDockerfile(readFileSync(join(projectRoot, "deploy", "Dockerfile"), "utf8"))
  const root = join(folder, "root")
  const build = join(folder, "build")
  buildStage(build, dockerfile, tini)
  baseImage(root)
  let workdir = "/"
  let printed = ""
  for (const { name, text } of dockerfile.stages.at(-1)?.steps ?? []) {
    if (name === "WORKDIR") {
      workdir = text
      mkdirSync(join(root, workdir), { recursive: true })
    } else if (name === "COPY")
      copy(text, { from: (stage) => (stage === undefined ? projectRoot : build), to: root }, workdir)
    else if (name === "RUN") {
      const inside = [...mountsOf(root, true), `exec chroot ${root} /bin/sh -c '${text}'`].join(" && ")
      printed += must("unshare", ["--mount", "--propagation", "private", "sh", "-c", inside], {
        env: { PATH: "/usr/sbin:/usr/bin" }
      })
    }
  }
  return { root, dockerfile, printed }
}

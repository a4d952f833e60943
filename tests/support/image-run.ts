import { spawnSync } from "node:child_process"
import { chownSync, mkdirSync, readFileSync } from "node:fs"
import { eventually, startCommand } from "./cli-process.ts"
import type { Dockerfile } from "./dockerfile.ts"
import { mountsOf } from "./image-layout.ts"

const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
/** Programs of this machine: the image has none of them. */
const env = { PATH: "/usr/sbin:/usr/bin" }

const childrenOf = (pid: number): ReadonlyArray<number> =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
    .split(" ")
    .filter((word) => word !== "")
    .map(Number)

/** A process as `/proc` shows it. */
const processOf = (pid: number) => {
  const status = readFileSync(`/proc/${pid}/status`, "utf8")
  const field = (name: string) => new RegExp(`^${name}:\\t(.*)$`, "m").exec(status)?.[1] ?? ""
  return { pid, name: field("Name"), state: field("State")[0] ?? "", field }
}

/** All processes below one, itself first. */
const treeOf = (pid: number): ReadonlyArray<ReturnType<typeof processOf>> => [
  processOf(pid),
  ...childrenOf(pid).flatMap((child) => treeOf(child))
]

interface Container {
  readonly root: string
  readonly dockerfile: Dockerfile
  /** The volume of the image, on this machine. */
  readonly volume: string
  readonly environment: Readonly<Record<string, string>>
  /** Instead of CMD. */
  readonly command?: ReadonlyArray<string>
}

/**
 * Starts an image as an engine does with `read_only`, `cap_drop: ALL`, `no-new-privileges` and a tmpfs for /tmp: mounts
 * and process ids of its own, its user, its environment and nothing of this process's. The network is this machine's.
 * Needs root.
 */
export const startImage = async ({ command, dockerfile, environment, root, volume }: Container) => {
  const { group, user, workdir } = dockerfile
  mkdirSync(volume, { recursive: true, mode: 0o700 })
  chownSync(volume, user, group)
  const variables = Object.entries({ PATH: path, ...dockerfile.environment, ...environment }).map(
    ([name, value]) => `${name}=${value}`
  )
  const mounts = [
    `mount --bind ${root} ${root}`,
    ...mountsOf(root, false),
    `mount -t proc none ${root}/proc`,
    `mount -t tmpfs -o mode=1777,size=64m none ${root}/tmp`,
    `mount -t tmpfs -o mode=755 none ${root}/dev`,
    `mkdir ${root}/dev/shm`,
    `mount -t tmpfs -o mode=1777,size=256m none ${root}/dev/shm`,
    ...["null", "zero", "random", "urandom"].flatMap((name) => [
      `: >${root}/dev/${name}`,
      `mount --bind /dev/${name} ${root}/dev/${name}`
    ]),
    `mount --bind ${volume} ${root}${dockerfile.volume}`,
    `mount -o remount,bind,ro ${root}`
  ]
  // The environment is set before the root changes: the image needs no `env`, and its PATH finds its own programs.
  const enter = [
    "/usr/bin/env",
    "-i",
    ...variables,
    "/usr/bin/setpriv",
    "--no-new-privs",
    "/usr/bin/unshare",
    `--root=${root}`,
    `--wd=${workdir}`
  ]
  const inside = `${mounts.join(" && ")} && exec "$@"`
  const running = startCommand(
    [
      // The signal that follows a killed parent is lost when the user changes. So the parent of process 1 has process
      // ids of its own, and its end is the end of all below it.
      "--pid",
      "--fork",
      "--kill-child",
      "unshare",
      "--mount",
      "--propagation",
      "private",
      "--pid",
      "--fork",
      "sh",
      "-c",
      inside,
      "sh",
      ...enter,
      `--setgid=${group}`,
      `--setuid=${user}`,
      ...dockerfile.entrypoint,
      ...(command ?? dockerfile.command)
    ],
    { program: "/usr/bin/unshare", env }
  )
  /** Process 1 of the image; before it, the programs that prepare its mounts are in its place. */
  const first = await eventually("the first process of the image", () => {
    if (running.child.exitCode !== null) throw new Error(`the image has ended: ${running.stderr()}${running.stdout()}`)
    const parent = childrenOf(running.pid)[0]
    const pid = parent === undefined ? undefined : childrenOf(parent)[0]
    return pid !== undefined && processOf(pid).field("Uid").startsWith(`${user}\t`) ? pid : undefined
  })
  return {
    ...running,
    first,
    /** As `docker stop` does. */
    stop: () => process.kill(first, "SIGTERM"),
    tree: () => treeOf(first),
    /** As `docker exec` and a health check do. */
    run: (words: ReadonlyArray<string>, timeoutMs = 10_000) => {
      const began = performance.now()
      const args = [
        "--target",
        String(first),
        "--mount",
        "--pid",
        "--root",
        `--wdns=${workdir}`,
        `--setgid=${group}`,
        `--setuid=${user}`
      ]
      const { status, stderr, stdout } = spawnSync("/usr/bin/nsenter", [...args, ...words], {
        encoding: "utf8",
        timeout: timeoutMs,
        env: Object.fromEntries(variables.map((pair) => pair.split(/=(.*)/s).slice(0, 2) as [string, string]))
      })
      return { status, text: `${stdout}${stderr}`, tookMs: performance.now() - began }
    }
  }
}

/** Why an image cannot be run on this machine; undefined: it can. */
export const whyNoImage = (tini: string | undefined): string | undefined => {
  if (process.getuid?.() !== 0) return "needs root: mounts, and a change of the user"
  if (tini === undefined) return "no tini here: bash deploy/dev/monitoring-tools.sh tini-static"
  const { status, stderr } = spawnSync(
    "unshare",
    ["--mount", "--pid", "--fork", "mount", "-t", "tmpfs", "none", "/mnt"],
    { encoding: "utf8" }
  )
  return status === 0 ? undefined : `no private mounts here: ${stderr.trim()}`
}

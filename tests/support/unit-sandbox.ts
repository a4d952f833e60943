import { spawnSync } from "node:child_process"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { projectRoot } from "./nats-server.ts"

/** The names of a group of calls (`@system-service`) of this machine's systemd, those of its groups included. */
const callsOf = (group: string): ReadonlyArray<string> =>
  spawnSync("systemd-analyze", ["syscall-filter", group], { encoding: "utf8" })
    .stdout.split("\n")
    .slice(1)
    .map((line) => line.trim())
    .filter((name) => name !== "" && !name.startsWith("#"))
    .flatMap((name) => (name.startsWith("@") ? callsOf(name) : [name]))

const textOf = (unit: string) => readFileSync(join(projectRoot, "deploy/systemd", unit), "utf8")

/** The calls that a unit may make: its lines `SystemCallFilter=`, in their sequence. Source: systemd.exec(5). */
const allowedCalls = (unit: string): ReadonlySet<string> => {
  const allowed = new Set<string>()
  const text = textOf(unit)
  for (const [, deny, words = ""] of text.matchAll(/^SystemCallFilter=(~?)(.*)$/gm)) {
    for (const name of words.split(" ").flatMap((word) => (word.startsWith("@") ? callsOf(word) : [word]))) {
      if (deny === "~") allowed.delete(name)
      else allowed.add(name)
    }
  }
  return allowed
}

/**
 * Runs a command in what a unit gives its program: the user, no capability, no new privileges, the filter of system
 * calls, and a read-only machine in which only its state folder can be written. Needs root. Exit code 77: no filter can
 * be made here.
 */
export const runInSandbox = (
  unit: string,
  options: {
    readonly host: string
    readonly folder: string
    readonly uid: number
    readonly nats: string
    readonly command: ReadonlyArray<string>
  }
) => {
  const { command, folder, host, nats, uid } = options
  mkdirSync(folder)
  const state = join("/var/lib", /^StateDirectory=(\S+)$/m.exec(textOf(unit))?.[1] ?? "")
  const names = `${folder}.calls`
  writeFileSync(names, [...allowedCalls(unit)].join("\n"))
  const inside = `
    set -e
    mount -t tmpfs jail "$folder"
    cd "$folder"
    mkdir usr proc dev tmp etc opt var nats python
    for name in bin sbin lib lib64; do [ ! -e "/$name" ] || ln -s "usr/$name" "$name"; done
    bind() { mount --bind "$1" "$2"; mount -o remount,bind,ro "$2"; }
    bind /usr usr
    for name in etc opt var; do bind "$host/$name" "$name"; done
    bind "$nats" nats
    bind "$python" python
    mount --bind "$host$state" "$folder$state"
    mount --rbind /dev dev
    mount -t proc proc proc
    mount -t tmpfs tmp tmp
    cp "$names" tmp/calls
    mount -o remount,ro "$folder"
    exec chroot . setpriv --reuid="$uid" --regid="$uid" --clear-groups --no-new-privs --bounding-set=-all \\
      --inh-caps=-all env -i PATH=/usr/bin:/bin TICKD_STATE_DIR="$state" NATS_SERVER=/nats/nats-server \\
      python3 /python/seccomp_run.py /tmp/calls "$@"`
  return spawnSync("unshare", ["--mount", "--propagation", "private", "bash", "-c", inside, "sandbox", ...command], {
    encoding: "utf8",
    timeout: 90_000,
    env: {
      PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
      folder,
      host,
      names,
      nats: dirname(nats),
      python: join(projectRoot, "tests/support/python"),
      state,
      uid: String(uid)
    }
  })
}

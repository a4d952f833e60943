// The monitoring of the runbook runs on a bare machine too: its programs are found or fetched without root, and a
// package that is not the tested one is never run.
import { spawnSync } from "node:child_process"
import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { projectRoot, temporaryFolder } from "../support/nats-server.ts"

const script = join(projectRoot, "deploy", "dev", "monitoring-tools.sh")
const systemPath = "/usr/bin:/bin"

const pretend = (path: string, body: string) => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `#!/bin/sh\n${body}\n`)
  chmodSync(path, 0o755)
  return path
}

/** Runs the script with a project folder of its own. */
const run = (root: string, args: ReadonlyArray<string>, path = systemPath) => {
  const { status, stderr, stdout } = spawnSync("bash", [script, ...args], {
    encoding: "utf8",
    env: { PATH: path, TICKD_ROOT: root, DEBIAN_MIRROR: "http://mirror.invalid/debian" }
  })
  return { status, stderr, paths: stdout.trim() }
}

/** Stands in for apt and dpkg: one package whose program is not the tested one. */
const debian = (root: string) => {
  const bin = join(root, "debian")
  pretend(join(bin, "apt-get"), 'case "$*" in *download*) : >one.deb ;; esac')
  pretend(
    join(bin, "dpkg"),
    'case "$1" in -x) mkdir -p "$3/usr/bin"; printf "#!/bin/sh\\n" >"$3/usr/bin/promtool"; chmod 755 "$3/usr/bin/promtool" ;; *) echo amd64 ;; esac'
  )
  return `${bin}:${systemPath}`
}

describe("the programs of Prometheus", () => {
  it.live("are taken from PATH, under Debian's names too, and then from the cache", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      const cached = pretend(join(root, ".tools", "monitoring", "pushgateway"), "")
      assert.strictEqual(run(root, ["--find", "pushgateway"]).paths, cached)
      const packaged = pretend(join(root, "bin", "prometheus-pushgateway"), "")
      const named = pretend(join(root, "bin", "prometheus"), "")
      const { paths, status } = run(root, ["pushgateway", "prometheus"], `${join(root, "bin")}:${systemPath}`)
      assert.deepStrictEqual({ paths, status }, { paths: `${packaged}\n${named}`, status: 0 })
    })
  )

  it.live("are named with the fix when they are not here, and an unknown name is refused", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      const missing = run(root, ["--find", "amtool"])
      assert.strictEqual(missing.status, 1)
      assert.match(missing.stderr, /not here: amtool; fetch them with 'bash deploy\/dev\/monitoring-tools\.sh amtool'/)
      assert.strictEqual(run(root, ["grafana"]).status, 2)
      assert.strictEqual(run(root, []).status, 2)
      const bare = join(root, "bare")
      mkdirSync(bare)
      for (const tool of ["bash", "dirname", "readlink"]) symlinkSync(join("/usr/bin", tool), join(bare, tool))
      const other = run(root, ["amtool"], bare)
      assert.strictEqual(other.status, 1)
      assert.match(other.stderr, /not here: amtool, and this is not Debian/)
    })
  )

  it.live("are not used when a package of the tested version holds another program", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      const { status, stderr } = run(root, ["promtool"], debian(root))
      assert.strictEqual(status, 1)
      assert.match(stderr, /the checksum of promtool in promtool \S+ is wrong, so it is not used/)
      const cache = join(root, ".tools", "monitoring")
      assert.isFalse(existsSync(join(cache, "promtool")))
      assert.deepStrictEqual(readdirSync(cache), ["fetch.lock"])
    })
  )
})

// An operator installs on a host that trades: a half-done release, a lost configuration or a unit that names an absent
// file is found at the next start, which is before the open.
import { spawnSync } from "node:child_process"
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { afterAll, beforeAll } from "vitest"
import { freePorts } from "../support/cli-process.ts"
import { projectRoot } from "../support/nats-server.ts"
import { builtTree, scratchHost } from "../support/scratch-host.ts"
import { runInSandbox } from "../support/unit-sandbox.ts"

const isRoot = process.getuid?.() === 0
const hasSystemd = spawnSync("systemd-sysusers", ["--version"]).status === 0
const unitsFolder = "/etc/systemd/system"

let folder = ""
let tree = ""
let isMounted = false
let host: ReturnType<typeof scratchHost>
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tickd-install-"))
  if (!hasSystemd) return
  tree = builtTree(join(folder, "tree"))
  const root = join(folder, "host")
  mkdirSync(root)
  // A release has 150 MB: in memory the file takes a third of the time.
  isMounted = isRoot && spawnSync("mount", ["-t", "tmpfs", "-o", "size=1g", "tickd", root]).status === 0
  host = scratchHost(root, tree)
})
afterAll(() => {
  if (isMounted) spawnSync("umount", [join(folder, "host")])
  rmSync(folder, { recursive: true, force: true })
})

/** What a killed run may leave, and no finished one. */
const halves = () => host.paths().filter((path) => /\.part$|tickd-new/.test(path))

/** Of the user tickd on the host. */
const userId = () => Number(/^tickd:x:(\d+)/m.exec(readFileSync(host.inside("/etc/passwd"), "utf8"))?.[1])

// One host, in the sequence of its life: each test goes on where the one before has ended.
describe.skipIf(!hasSystemd)("install.sh, on one host after the other step", () => {
  it("prints each change with --dry-run and makes none", () => {
    const { status, stdout } = host.install("--dry-run")
    assert.strictEqual(status, 0)
    assert.match(stdout, /would write \/etc\/systemd\/system\/tickd\.service/)
    assert.match(stdout, /nothing was changed/)
    assert.deepStrictEqual(host.paths(), [])
  })

  it("lays out every file that a unit starts or reads", () => {
    const { status, stderr } = host.install()
    assert.strictEqual(`${status} ${stderr.replaceAll(/^Creating .*\n/gm, "")}`, "0 ")
    const units = readdirSync(host.inside(unitsFolder)).filter((name) => name.endsWith(".service"))
    assert.includeMembers(units, ["tickd.service", "tickd-nats.service", "tickd-alertmanager.service"])
    const named = units.flatMap((name) => {
      const settings = readFileSync(host.inside(join(unitsFolder, name)), "utf8").matchAll(/^[A-Za-z]+=.*$/gm)
      return [...settings].flatMap(([line]) =>
        [...line.matchAll(/\/(?:opt|etc)\/tickd\/[\w./-]+/g)].map(([path]) => ({ name, path }))
      )
    })
    assert.isAbove(named.length, units.length)
    const current = `/opt/tickd/${host.current()}`
    const absent = named.filter(({ path }) => !existsSync(host.inside(path.replace("/opt/tickd/current", current))))
    assert.deepStrictEqual(absent, [])
    for (const unit of units) assert.isTrue(existsSync(join(projectRoot, "deploy/systemd", unit)))
    // A trading daemon starts because an operator wants it, not because a host was installed.
    assert.isFalse(existsSync(host.inside(join(unitsFolder, "multi-user.target.wants"))))
  })

  it("lays out a program that runs by its own Node and accepts the shipped configuration", () => {
    const version = host.tickd(["--version"])
    assert.match(version.stdout, /^tickd v\d/)
    // As systemd passes the password: a folder with a file of the credential's name.
    const credentials = join(folder, "credentials")
    mkdirSync(credentials)
    writeFileSync(join(credentials, "CTP_PRIMARY_PASSWORD"), "secret\n")
    const file = host.inside("/etc/tickd/tickd.env")
    const checked = host.tickd(["env", "validate", "--profile", "live", "--env-file", file], {
      CREDENTIALS_DIRECTORY: credentials
    })
    assert.match(checked.stdout, /^OK: .*0 faults/m)
    const without = host.tickd(["env", "validate", "--profile", "live", "--env-file", file])
    assert.match(without.stdout, /FAULT CTP_PRIMARY_PASSWORD/)
    // The scripts of the runbook, without npm and without a build.
    const script = host.inside(`/opt/tickd/${host.current()}/deploy/operations/validate_env`)
    const byScript = spawnSync(script, ["--source", file, "--profile", "live"], {
      encoding: "utf8",
      env: { PATH: "/usr/bin:/bin", NODE_DISABLE_COMPILE_CACHE: "1" }
    })
    assert.match(byScript.stderr, /CTP_PRIMARY_PASSWORD/)
    assert.notMatch(byScript.stderr, /npm/)
  })

  it.skipIf(!isRoot)("gives configuration and state to their owners alone", () => {
    const uid = userId()
    const ownerOf = (path: string) => {
      const found = statSync(host.inside(path))
      return `${(found.mode & 0o777).toString(8)} ${found.uid === uid ? "tickd" : found.uid}:${found.gid === uid ? "tickd" : found.gid}`
    }
    assert.strictEqual(ownerOf("/etc/tickd/tickd.env"), "640 0:tickd")
    assert.strictEqual(ownerOf("/etc/credstore"), "700 0:0")
    assert.strictEqual(ownerOf("/var/lib/tickd"), "750 tickd:tickd")
    assert.strictEqual(ownerOf("/var/lib/tickd/run"), "700 tickd:tickd")
    assert.strictEqual(ownerOf("/etc/tickd/trade.env"), "640 0:tickd")
    assert.strictEqual(ownerOf("/var/lib/tickd-trade"), "700 tickd:tickd")
    assert.strictEqual(ownerOf(`/opt/tickd/${host.current()}/bin/node`), "755 0:0")
  })

  it.skipIf(!isRoot)("lays out a line that loses no tick in the sandbox of tickd.service", (context) => {
    const nats = spawnSync("bash", [join(projectRoot, "deploy/dev/nats-server.sh")], { encoding: "utf8" }).stdout.trim()
    const { status, stderr, stdout } = runInSandbox("tickd.service", {
      host: host.inside(""),
      folder: join(folder, "jail"),
      uid: userId(),
      nats,
      command: ["/opt/tickd/current/bin/tickd", "demo", "--for", "2s", ...freePorts, "--state", "/var/lib/tickd/demo"]
    })
    rmSync(host.inside("/var/lib/tickd/demo"), { recursive: true, force: true })
    if (status === 77) return context.skip("no list of system call numbers for this machine")
    assert.match(stdout, /every tick is accounted for/, stderr)
    assert.strictEqual(status, 0)
  })

  it.skipIf(!isRoot)(
    "lays out a trading daemon that keeps its book in the sandbox of tickd-trade.service",
    (context) => {
      const nats = spawnSync("bash", [join(projectRoot, "deploy/dev/nats-server.sh")], {
        encoding: "utf8"
      }).stdout.trim()
      const ports = ["NATS_PORT", "TRADE_METRICS_PORT", "TRADE_HTTP_PORT"].map((name) => `${name}=0`)
      const trade = ["/opt/tickd/current/bin/tickd", "trade", "--embedded-nats", "--simulated-venue"]
      const { status, stderr, stdout } = runInSandbox("tickd-trade.service", {
        host: host.inside(""),
        folder: join(folder, "trade-jail"),
        uid: userId(),
        nats,
        command: ["/usr/bin/timeout", "--preserve-status", "6", "env", ...ports, ...trade]
      })
      if (status === 77) return context.skip("no list of system call numbers for this machine")
      assert.match(stdout, /"event":"control_served"/, stderr)
      assert.match(stdout, /"event":"stopped"/, stderr)
      assert.strictEqual(status, 0, stdout)
      const book = statSync(host.inside("/var/lib/tickd-trade/trade/orders.db"))
      assert.deepStrictEqual([book.uid, book.mode & 0o777], [userId(), 0o600])
      rmSync(host.inside("/var/lib/tickd-trade/trade"), { recursive: true })
    }
  )

  it("changes nothing the second time", () => {
    const before = host.hash()
    const { status, stdout } = host.install()
    assert.strictEqual(status, 0)
    assert.match(stdout, /nothing to change/)
    assert.strictEqual(host.hash(), before)
  })

  it("upgrades beside the old release, keeps the configuration, and goes back and forth", () => {
    const env = host.inside("/etc/tickd/tickd.env")
    const unit = host.inside(join(unitsFolder, "tickd.service"))
    const [tradeEnv, book] = ["/etc/tickd/trade.env", "/var/lib/tickd-trade/trade/orders.db"].map(host.inside)
    mkdirSync(host.inside("/var/lib/tickd-trade/trade"), { recursive: true })
    writeFileSync(book ?? "", "the book")
    appendFileSync(tradeEnv ?? "", "TRADE_MODE=live\n")
    appendFileSync(env, "LOG_LEVEL=DEBUG\n")
    appendFileSync(unit, "# changed by hand\n")
    const [first] = readdirSync(host.inside("/opt/tickd/releases"))
    assert.strictEqual(host.install("--release", "next+1").status, 0)
    assert.strictEqual(host.current(), "releases/next+1")
    assert.match(readFileSync(env, "utf8"), /LOG_LEVEL=DEBUG/)
    assert.notMatch(readFileSync(unit, "utf8"), /changed by hand/)
    assert.match(readFileSync(`${unit}~`, "utf8"), /changed by hand/)
    assert.strictEqual(host.install("--rollback").status, 0)
    assert.strictEqual(host.current(), `releases/${first}`)
    assert.match(host.tickd(["--version"]).stdout, /^tickd v/)
    assert.strictEqual(host.install("--rollback").status, 0)
    assert.strictEqual(host.current(), "releases/next+1")
    assert.strictEqual(readFileSync(book ?? "", "utf8"), "the book")
    assert.match(readFileSync(tradeEnv ?? "", "utf8"), /TRADE_MODE=live\n$/)
  })

  it("is ended by the next run when it was killed, and the old release runs until then", async () => {
    const flags = ["--release", "killed"]
    for (const at of ["copy the release", "link /opt/tickd/current"]) {
      const printed = await host.killedAt(at, ...flags)
      assert.include(printed, at)
      assert.match(host.tickd(["--version"]).stdout, /^tickd v/)
    }
    const { status } = host.install(...flags)
    assert.strictEqual(status, 0)
    assert.strictEqual(host.current(), "releases/killed")
    assert.deepStrictEqual(halves(), [])
    const release = host.inside("/opt/tickd/releases/killed")
    const checked = spawnSync("sha256sum", ["--check", "--quiet", "MANIFEST"], { cwd: release, encoding: "utf8" })
    assert.strictEqual(`${checked.status} ${checked.stdout}${checked.stderr}`, "0 ")
    const listed = readFileSync(join(release, "MANIFEST"), "utf8").trim().split("\n")
    const own = ["/MANIFEST", "/PREVIOUS", "/bin/tickd"]
    const files = host.paths().filter((path) => path.startsWith("/opt/tickd/releases/killed/"))
    assert.lengthOf(
      files.filter((path) => statSync(host.inside(path)).isFile()),
      listed.length + own.length
    )
    assert.strictEqual(host.install(...flags).stdout, "install: release killed is current: nothing to change\n")
  })

  it("keeps as many releases as it was asked to, and never removes the one before", () => {
    assert.strictEqual(host.install("--release", "last", "--keep", "2").status, 0)
    assert.sameMembers(readdirSync(host.inside("/opt/tickd/releases")), ["last", "killed"])
    assert.strictEqual(host.install("--rollback").status, 0)
    assert.strictEqual(host.current(), "releases/killed")
  })

  it("refuses a release, forward and back, that the state of the host cannot be used with", () => {
    const before = host.current()
    for (const state of ["/var/lib/tickd", "/var/lib/tickd-trade"]) {
      const format = host.inside(join(state, "format.json"))
      writeFileSync(format, '{"format":"2.3","tickd":"9.0.0"}\n')
      for (const flags of [["--rollback"], ["--release", "other"]]) {
        const { status, stderr } = host.install(...flags)
        assert.strictEqual(status, 1)
        assert.include(stderr, `install: the state in ${state} has format 2.3, and this release knows 1.`)
        assert.strictEqual(host.current(), before)
      }
      rmSync(format)
    }
  })

  it("refuses a release of which a file has changed since", () => {
    const changed = host.inside("/opt/tickd/releases/killed/dist/daemon.mjs")
    const sound = readFileSync(changed)
    writeFileSync(changed, "")
    const { status, stderr } = host.install("--release", "killed")
    writeFileSync(changed, sound)
    assert.match(stderr, /release killed is damaged \(.*dist\/daemon\.mjs\): .*--release/)
    assert.strictEqual(status, 1)
  })

  it("refuses what it cannot do with one sentence, and changes nothing", () => {
    const before = host.hash()
    const refusals: ReadonlyArray<readonly [ReadonlyArray<string>, number, RegExp]> = [
      [["--nonsense"], 64, /--nonsense is not a flag/],
      [["--purge"], 64, /--purge goes with --uninstall/],
      [["--rollback", "--uninstall"], 64, /--rollback and --uninstall exclude each other/],
      [["--keep", "1"], 64, /--keep 1 is not a number from 2 to 50/],
      [["--release", "../up"], 64, /is not a name/],
      [["--from", folder], 64, /is not a tree of tickd/]
    ]
    for (const [flags, code, sentence] of refusals) {
      const { status, stderr } = host.install(...flags)
      assert.strictEqual(status, code)
      assert.match(stderr, sentence)
      assert.strictEqual(stderr.trim().split("\n").length, 1)
    }
    // The same name with other files: a release that is there is never changed.
    writeFileSync(join(tree, "dist", "other.mjs"), "")
    const other = host.install("--release", "killed")
    rmSync(join(tree, "dist", "other.mjs"))
    assert.match(other.stderr, /release killed is installed with other files: .*--release/)
    rmSync(join(tree, "docs"))
    const incomplete = host.install("--release", "incomplete")
    assert.match(incomplete.stderr, /docs is missing: run 'npm ci --ignore-scripts' and 'npm run build'/)
    assert.strictEqual(`${other.status} ${incomplete.status}`, "1 1")
    assert.strictEqual(host.hash(), before)
  })

  it("leaves state and configuration at the end, and takes them with --purge", () => {
    spawnSync("systemctl", ["--root", host.inside(""), "enable", "tickd.service", "tickd-drill.timer"])
    const wants = host.inside(`${unitsFolder}/multi-user.target.wants/tickd.service`)
    mkdirSync(host.inside("/var/lib/tickd"), { recursive: true })
    writeFileSync(host.inside("/var/lib/tickd/audit.jsonl"), "kept\n")
    assert.strictEqual(host.install("--uninstall").status, 0)
    assert.isFalse(existsSync(wants))
    const left = host.paths()
    assert.includeMembers(
      [...left],
      [
        "/var/lib/tickd/audit.jsonl",
        "/var/lib/tickd-trade/trade/orders.db",
        "/etc/tickd/tickd.env",
        "/etc/tickd/trade.env"
      ]
    )
    assert.deepStrictEqual(
      left.filter((path) => /\/opt\/tickd|tickd.*\.(?:service|timer|rules|conf)$|bin\/tickd/.test(path)),
      ["/etc/tickd/nats.conf"]
    )
    assert.strictEqual(host.install("--uninstall", "--purge").status, 0)
    assert.deepStrictEqual(
      host.paths().filter((path) => /tickd/.test(path)),
      // Backups are for the day on which the state is gone.
      [join(unitsFolder, "tickd.service~"), "/var/backups/tickd", "/var/backups/tickd-trade"]
    )
    assert.match(host.install("--uninstall").stdout, /nothing to change/)
  })

  it.skipIf(!isRoot)("refuses a disk without room before it changes anything", () => {
    const small = join(folder, "small")
    mkdirSync(small)
    assert.strictEqual(spawnSync("mount", ["-t", "tmpfs", "-o", "size=64m", "tickd", small]).status, 0)
    try {
      const full = scratchHost(small, tree)
      spawnSync("ln", ["-s", join(projectRoot, "docs"), join(tree, "docs")])
      const { status, stderr } = full.install()
      assert.strictEqual(status, 1)
      assert.match(stderr, /^install: the release needs \d+ MiB in .* and \d+ MiB are free: free some space/)
      assert.deepStrictEqual(
        full.paths().filter((path) => path !== "/opt" && path !== "/opt/tickd"),
        []
      )
    } finally {
      spawnSync("umount", [small])
    }
  })
})

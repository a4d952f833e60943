// A full disk was reported as another tickd, and another tickd without its pid: the advice of both did not help.
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, assert, describe, it } from "vitest"
import { endCommands, startCommand } from "../support/cli-process.ts"
import { projectRoot } from "../support/nats-server.ts"

const folder = mkdtempSync(join(tmpdir(), "tickd-spool-lock-"))
afterEach(async () => {
  await endCommands()
  rmSync(folder, { recursive: true, force: true })
})

/** Opens the spool in the folder of argument 1 and prints the result; argument 2: how long it stays open. */
const program = `
import { Effect } from "effect"
import { openSpool } from "${join(projectRoot, "src/market/adapters/spool/open-spool.ts")}"
const [folder, holdMs] = process.argv.slice(1)
const spool = openSpool({ folder, maxBytes: 1 << 24, fsync: "never", overflow: "drop-newest", onEvent: () => {}, onDropped: () => {},
  identity: { stream: "MD_TICKS", contentType: "x" } })
const use = Effect.andThen(spool, (opened) => Effect.andThen(
  Effect.sync(() => {
    opened.append("s", "payload", 0, 0, 1, 0)
    console.log("open", opened.flush(), opened.counts().trouble ?? "no trouble")
  }), Effect.sleep(Number(holdMs))))
await Effect.runPromise(Effect.scoped(use).pipe(Effect.catch((error) => Effect.sync(() => console.log(error.code, error.message)))))
`
const args = (path: string, holdMs: number) => ["--input-type=module", "-e", program, path, String(holdMs)]

describe("R4: the lock of a spool", () => {
  it("R4: names the pid and the command of the daemon that has it", async () => {
    const first = startCommand(args(folder, 60_000))
    await first.printed(/open true no trouble/)
    const second = spawnSync(process.execPath, args(folder, 0), { encoding: "utf8" })
    assert.include(second.stdout, `SPOOL_IN_USE Another tickd (pid ${first.pid}, `)
  })

  it("R4: is taken on a full disk, where the spool reports the disk and the daemon starts", (context) => {
    const inside =
      'mount -t tmpfs -o size=64k tmpfs "$1" && { dd if=/dev/zero of="$1/fill" bs=1k; dd if=/dev/zero of="$1/rest" bs=1; }; shift; exec "$0" "$@"'
    const path = mkdtempSync(join(tmpdir(), "tickd-spool-full-"))
    const run = spawnSync("unshare", ["-rm", "sh", "-c", inside, process.execPath, path, ...args(path, 0)], {
      encoding: "utf8"
    })
    rmSync(path, { recursive: true, force: true })
    if (run.stdout === "") return context.skip(`skipped: no mount namespace here: ${run.stderr.split("\n")[0]}`)
    assert.match(run.stdout, /^open false .*ENOSPC/)
  })

  it("R4: a read-only file system is named as one", (context) => {
    const inside = 'mount -t tmpfs -o size=64k tmpfs "$1" && mount -o remount,ro "$1" && shift && exec "$0" "$@"'
    const path = mkdtempSync(join(tmpdir(), "tickd-spool-ro-"))
    const run = spawnSync("unshare", ["-rm", "sh", "-c", inside, process.execPath, path, ...args(path, 0)], {
      encoding: "utf8"
    })
    rmSync(path, { recursive: true, force: true })
    if (run.stdout === "") return context.skip(`skipped: no mount namespace here: ${run.stderr.split("\n")[0]}`)
    assert.match(run.stdout, /^SPOOL_FOLDER .*EROFS.*: mount its file system for writing\.$/m)
  })
})

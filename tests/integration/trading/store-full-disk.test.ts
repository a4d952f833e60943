// A disk that is really full, not a limit that SQLite counts itself: entries are refused, and nothing is half-written.
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, it } from "@effect/vitest"

const child = fileURLToPath(new URL("store-full-disk-child.ts", import.meta.url))

it("a book on a full disk says so, keeps what it had, and goes on when there is room", (context) => {
  const folder = mkdtempSync(join(tmpdir(), "tickd-book-full-"))
  try {
    const inside = 'mount -t tmpfs -o size=1m tmpfs "$1" && exec "$0" "$2" "$1"'
    const run = spawnSync("unshare", ["-rm", "sh", "-c", inside, process.execPath, folder, child], { encoding: "utf8" })
    if (run.stdout === "" && /unshare|mount/.test(run.stderr)) {
      return context.skip(`skipped: no mount namespace here: ${run.stderr.split("\n")[0]}`)
    }
    const { before, outcomes, same, after } = JSON.parse(run.stdout)
    assert.deepStrictEqual({ before, same, after }, { before: "stored", same: true, after: "stored" }, run.stderr)
    assert.isAbove(outcomes.full, 50)
    assert.sameMembers(Object.keys({ ...outcomes, stored: 0 }), ["stored", "full"])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

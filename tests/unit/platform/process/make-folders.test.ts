// A folder that cannot be made must be refused with a sentence: a program that never returns says nothing at all.
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { makeFolders } from "../../../../src/platform/process/make-folders.ts"

it("creates each missing folder with its mode, and leaves what is there", () => {
  const base = mkdtempSync(join(tmpdir(), "tickd-folders-"))
  try {
    makeFolders(join(base, "a", "b"), 0o700)
    makeFolders(join(base, "a", "b"), 0o755)
    assert.isTrue(existsSync(join(base, "a", "b")))
    assert.strictEqual(statSync(join(base, "a")).mode & 0o777, 0o700)
    assert.strictEqual(statSync(join(base, "a", "b")).mode & 0o777, 0o700)
  } finally {
    rmSync(base, { recursive: true, force: true })
  }
})

it("throws at once where the system allows no folder", () => {
  assert.throws(() => makeFolders("/proc/tickd-no-folder/deeper"), /ENOENT/)
})

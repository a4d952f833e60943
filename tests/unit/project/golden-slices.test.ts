// A slice that changed without its README, or grew, would prove something else than what is written of it.
import { readdirSync, readFileSync, statSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { gunzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { slices } from "../../golden/slices.ts"

const golden = fileURLToPath(new URL("../../golden/", import.meta.url))
const page = readFileSync(`${golden}README.md`, "utf8")
const files = ["ticks", "catalog", "field"].flatMap((folder) =>
  readdirSync(`${golden}${folder}`).map((name) => `${folder}/${name}`)
)

describe("the slices of recordings", () => {
  it("are in the table of their README with their rows and bytes, and nothing else is", () => {
    const listed = page.match(/^\| (ticks|catalog|field)\/.*$/gm) ?? []
    assert.deepStrictEqual(listed.map((line) => line.split(" ")[1]).sort(), [...files].sort())
    for (const line of listed) {
      const [, file = "", , rows = "", bytes = ""] = line.split("|").map((cell) => cell.trim())
      assert.strictEqual(String(statSync(`${golden}${file}`).size), bytes, file)
      if (!file.startsWith("ticks/")) continue
      const lines = gunzipSync(readFileSync(`${golden}${file}`))
        .toString("latin1")
        .trimEnd()
        .split("\n").length
      assert.strictEqual(String(lines - (file.includes(".jsonl") ? 0 : 1)), rows, file)
    }
  })

  it("are one a recording, at most 60 kB each and 400 KiB with all other golden files", () => {
    assert.deepStrictEqual(
      slices.map(({ file }) => `ticks/${file}`).sort(),
      files.filter((file) => file.startsWith("ticks/")).sort()
    )
    for (const file of files) assert.isAtMost(statSync(`${golden}${file}`).size, 60_000, file)
    const all = readdirSync(golden, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    const isSignal = (path: string) => /alpha158|lightgbm/.test(path)
    const bytesOf = (wanted: boolean) =>
      all
        .filter(({ parentPath }) => isSignal(parentPath) === wanted)
        .reduce((sum, { parentPath, name }) => sum + statSync(`${parentPath}/${name}`).size, 0)
    assert.isAtMost(bytesOf(false), 410 * 1024)
    assert.isAtMost(bytesOf(true), 200 * 1024)
  })
})

// A check of dead code that reads the wrong files always passes: each kind of dead code is planted, and must be found.
import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, assert, beforeAll, it } from "vitest"

const root = fileURLToPath(new URL("../../..", import.meta.url))
const folder = mkdtempSync(join(tmpdir(), "tickd-dead-"))
const put = (path: string, text: string) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}

beforeAll(() => {
  cpSync(join(root, ".knip.mjs"), join(folder, ".knip.mjs"))
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"))
  put("package.json", JSON.stringify({ name: "planted", type: "module", dependencies: { effect: "1", xstate: "1" } }))
  put(
    "src/app/main.ts",
    'import { Effect } from "effect"\nimport { used } from "../kernel/used.ts"\nvoid [Effect, used]\n'
  )
  put(
    "src/kernel/used.ts",
    "export const used = inner()\nexport function inner() {\n  return 1\n}\nexport const idle = 2\n"
  )
  put("src/kernel/only-tests.ts", "export const onlyTests = 3\n")
  put("src/kernel/unused.ts", "export const unused = 4\n")
  put("actors/part.ts", "export const shipped = 5\nexport const tested = 6\n")
  put("src/client/tick-client.ts", 'import { shipped } from "../../actors/part.ts"\nvoid shipped\n')
  put(
    "tests/unit/a.test.ts",
    'import { tested } from "../../actors/part.ts"\nimport { onlyTests } from "../../src/kernel/only-tests.ts"\nvoid [tested, onlyTests]\n'
  )
  put("tests/bench/a-child.ts", "console.log(1)\n")
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const dead = (...more: ReadonlyArray<string>): ReadonlyArray<string> => {
  const knip = join(root, "node_modules", ".bin", "knip")
  const args = ["--config", ".knip.mjs", "--reporter", "json", "--no-progress", ...more]
  const { status, stderr, stdout } = spawnSync(knip, args, { cwd: folder, encoding: "utf8" })
  assert.strictEqual(status, 1, stderr)
  const { issues } = JSON.parse(stdout) as {
    readonly issues: ReadonlyArray<{
      readonly file: string
      readonly files?: ReadonlyArray<unknown>
      readonly exports?: ReadonlyArray<{ readonly name: string }>
      readonly dependencies?: ReadonlyArray<{ readonly name: string }>
    }>
  }
  return issues
    .flatMap(({ dependencies = [], exports = [], file, files = [] }) => [
      ...(files.length > 0 ? [file] : []),
      ...[...exports, ...dependencies].map(({ name }) => `${file} ${name}`)
    ])
    .toSorted()
}

it("names the files, exports and packages that nothing uses", () => {
  assert.deepStrictEqual(dead(), [
    "package.json xstate",
    "src/kernel/unused.ts",
    "src/kernel/used.ts idle",
    "src/kernel/used.ts inner"
  ])
})

it("names what only tests use", () => {
  const found = dead("--production")
  assert.includeMembers([...found], ["actors/part.ts tested", "src/kernel/only-tests.ts", "src/kernel/used.ts idle"])
  assert.notInclude(found.join(), "inner")
})

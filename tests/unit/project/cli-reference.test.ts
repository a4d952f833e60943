// A flag that is not on the reference page is not found at night.
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, it } from "@effect/vitest"

const page = readFileSync(new URL("../../../docs/reference/cli.md", import.meta.url), "utf8")
const folder = fileURLToPath(new URL("../../../src/", import.meta.url))
const sources = globSync("{cli,app}/**/*.ts", { cwd: folder }).map((name) => readFileSync(join(folder, name), "utf8"))
const found = (pattern: RegExp) => sources.flatMap((text) => [...text.matchAll(pattern)].map((match) => match[1] ?? ""))

const missing = (names: ReadonlyArray<string>, form: (name: string) => RegExp) =>
  names.filter((name) => !form(name).test(page))

it("names every verb and every flag", () => {
  const verbs = found(/Command\.make\(\s*"([a-z-]+)"/g).filter((name) => name !== "tickd")
  assert.includeMembers(verbs, ["demo", "run", "front", "tail", "status"])
  assert.deepStrictEqual(
    missing(verbs, (name) => new RegExp(`(?:^\\||,) \`(?:[a-z-]+ )?${name}[ \`]`, "m")),
    []
  )
  const flags = found(/(?:Flag\.[A-Z]\w*|\b(?:whole|port|duration)Flag)\(\s*"([a-z-]+)"/g)
  assert.isAbove(flags.length, 20)
  assert.deepStrictEqual(
    missing(flags, (name) => new RegExp(`\`--${name}[ \`]`)),
    []
  )
})

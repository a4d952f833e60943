// Two words for one thing, or one word for two, mislead operators: the glossary decides, and every Chinese text
// follows it.
import { globSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, it } from "@effect/vitest"
import { TickMessage } from "../../../src/protocol/market/tick/tick-schema.ts"

const root = fileURLToPath(new URL("../../../", import.meta.url))
const glossary = "docs/GLOSSARY.md"

const words = (cell = "") =>
  cell
    .split(/, | \/ /)
    .map((word) => word.trim())
    .filter((word) => word !== "" && word !== "-")

const rows = readFileSync(join(root, glossary), "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| English"))
  .map((line) => line.split(" | "))
  .map(([english = "", chinese, not]) => ({ english: english.slice(2), terms: words(chinese), banned: words(not) }))

/** Files with text for readers: pages, configuration files, units, messages. Tables of encodings are left out. */
const texts = globSync(
  [
    "*.md",
    "docs/**/*.md",
    "deploy/**/*",
    "machines/**/*.{md,ts}",
    "actors/**/*.ts",
    "src/**/*.ts",
    "src/**/*.md",
    "docker-compose.yml"
  ],
  { cwd: root, exclude: (name) => name.includes("node_modules") }
).filter((name) => name !== glossary && /\.[a-z]+$/.test(name) && statSync(join(root, name)).isFile())

/** Words that a term holds: `环形缓冲` is a fault only where it is not `环形缓冲区`. */
const faultsIn = (name: string, text: string): ReadonlyArray<string> =>
  text
    .split("\n")
    .flatMap((line, at) =>
      rows.flatMap(({ english, terms, banned }) =>
        banned
          .filter((word) => terms.reduce((rest, term) => rest.replaceAll(term, ""), line).includes(word))
          .map((word) => `${name}:${at + 1}: ${word}, write ${terms.join(" or ")} (${english})`)
      )
    )

it("U13: no Chinese text uses a word that the glossary sets aside", () => {
  const found = texts.map((name) => ({ name, text: readFileSync(join(root, name), "utf8") }))
  const chinese = found.filter(({ text }) => /\p{Script=Han}/u.test(text))
  assert.isAbove(chinese.length, 20)
  assert.deepStrictEqual(
    chinese.flatMap(({ name, text }) => faultsIn(name, text)),
    []
  )
})

it("U13: each Chinese term stands for one thing, and none is set aside elsewhere", () => {
  assert.isAbove(rows.length, 45)
  const terms = rows.flatMap((row) => row.terms)
  assert.deepStrictEqual(
    terms.filter((term, at) => terms.indexOf(term) !== at),
    []
  )
  assert.deepStrictEqual(
    rows.flatMap((row) => row.banned).filter((word) => terms.includes(word)),
    []
  )
})

it("U13: the Chinese half of the consumer's page has a line for every key of a tick", () => {
  const [, half = ""] = readFileSync(join(root, "docs/reference/tick.md"), "utf8").split("\n# 行情消息")
  const named = new Set([...half.matchAll(/`([a-z_0-9]+)`/g)].map(([, name = ""]) => name))
  // The depth is written as its first level and the number of the last.
  const keys = Object.keys(TickMessage.fields).filter((name) => !/_[2-5]$/.test(name))
  assert.deepStrictEqual(
    keys.filter((name) => !named.has(name)),
    []
  )
})

it("U13: finds a word that drifts, and not one that is part of a term", () => {
  assert.deepStrictEqual(faultsIn("page", "账目与柜台库").length, 2)
  assert.deepStrictEqual(faultsIn("page", "账本、厂商库、环形缓冲区、主源"), [])
})

// The map of docs/first-hour.md is how a newcomer finds a file: each path must exist, in both languages.
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { projectRoot } from "../../../src/platform/process/project.ts"

const page = readFileSync(join(projectRoot, "docs/first-hour.md"), "utf8")

const rowsBehind = (heading: string): ReadonlyArray<{ readonly behaviour: string; readonly file: string }> => {
  const [, section = ""] = page.split(`\n## ${heading}\n`)
  const [own = ""] = section.split(/\n#{1,2} /)
  return [...own.matchAll(/^\| (.+?) \| `([^`]+)` \|$/gm)].map(([, behaviour = "", file = ""]) => ({ behaviour, file }))
}
const english = rowsBehind("Where each behaviour lives")
const chinese = rowsBehind("行为与文件对照")

/** Behaviours that a newcomer was asked to find; each must have a row. */
const guesses = [
  "dropped when the queue is full",
  "login backoff resets",
  "/readyz",
  "gap record is written",
  "failover decides",
  "tickd subscribe",
  "metric names",
  "CTP_PRIMARY_USER_ID",
  "is a trading session complete",
  "verdict of the health check",
  "NATS reconnect pause",
  "drain order",
  "duplicate of the other feed",
  "pace of subscribing",
  "tick JSON",
  "holidays"
]

describe("the map of docs/first-hour.md", () => {
  it("has at least 40 rows, one for each behaviour that newcomers were asked for", () => {
    assert.isAtLeast(english.length, 40)
    assert.deepStrictEqual(
      guesses.filter((guess) => !english.some(({ behaviour }) => behaviour.includes(guess))),
      []
    )
  })

  it("names only files that exist", () => {
    assert.deepStrictEqual(
      english.filter(({ file }) => !existsSync(join(projectRoot, file))).map((row) => `${row.behaviour}: ${row.file}`),
      []
    )
  })

  it("names the same files in both languages, in the same order", () => {
    assert.deepStrictEqual(
      chinese.map(({ file }) => file),
      english.map(({ file }) => file)
    )
  })
})

describe("the commands of docs/first-hour.md", () => {
  it("change lines that are still there", () => {
    const edits = [...page.matchAll(/^sed -i '(?:s\/\^([^/]+)\/[^']*|\/([^/]+)\/a[^']*)' (\S+)$/gm)].map(
      ([, replaced, before, file = ""]) => ({ file, line: replaced ?? before ?? "" })
    )
    assert.lengthOf(edits, 2)
    for (const { file, line } of edits) assert.include(readFileSync(join(projectRoot, file), "utf8"), line, file)
  })

  it("run test files that exist", () => {
    const files = [...page.matchAll(/^npx vitest run .* (\S+\.test\.ts)$/gm)].map(([, file = ""]) => file)
    assert.lengthOf(files, 2)
    assert.deepStrictEqual(
      files.filter((file) => !existsSync(join(projectRoot, file))),
      []
    )
  })
})

// A page of semantics is reliable only when a test of the same name proves each of its sentences.
import { readdirSync, readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"

const page = readFileSync(new URL("../../../../docs/SUPERVISION.md", import.meta.url), "utf8")
// A sentence may go on in indented lines.
const [english = "", chinese = ""] = page.replace(/\n {3,4}(?=\S)/g, " ").split(/^# 监督$/m)

const folder = new URL("./", import.meta.url)
const sources = readdirSync(folder)
  .filter((name) => /^supervision-conformance-.*\.test\.ts$/.test(name))
  .map((name) => readFileSync(new URL(name, folder), "utf8"))

const numbered = (text: string, form: RegExp) =>
  new Map([...text.matchAll(form)].map(([, number = "", ...rest]) => [Number(number), rest.join(" | ")]))

const sentences = numbered(english, /^(\d+)\. (.+) \[(.+)\]$/gm)
const translated = numbered(chinese, /^(\d+)\. (.+)$/gm)
const tests: ReadonlyArray<readonly [number, string]> = sources.flatMap((text) =>
  [...text.matchAll(/^ *sentence\(\s*(\d+),\s*"((?:[^"\\]|\\.)*)",\s*"([^"]*)"/gm)].map(
    ([, number, says, source]): [number, string] => [Number(number), `${says} | ${source}`]
  )
)

describe("docs/SUPERVISION.md", () => {
  it("numbers its sentences without a gap, in both languages", () => {
    assert.isAbove(sentences.size, 50)
    const numbers = [...sentences.keys()]
    assert.deepStrictEqual(
      numbers,
      numbers.map((_, index) => index + 1)
    )
    assert.deepStrictEqual([...translated.keys()], numbers)
  })

  it("has one test for each sentence, in its words and against its source, and no test without a sentence", () => {
    const inOrder = tests.toSorted(([one], [other]) => one - other)
    assert.deepStrictEqual(inOrder, [...sentences])
  })
})

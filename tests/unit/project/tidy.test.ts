// Readers whose second language is English must understand a page, a comment or a message at the first reading. This
// test holds the rules that a machine can check: words, lengths, titles. docs-links.test.ts checks the links.
import { globSync, readFileSync } from "node:fs"
import { basename, join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { projectRoot } from "../../../src/platform/process/project.ts"
import { type Budget, codeFiles, countsOf, findings, lowered, pageFiles } from "../../support/tidy/budget.ts"
import { codeProse, longSentences, pageProse } from "../../support/tidy/prose.ts"
import { bannedIn, tradingNames } from "../../support/tidy/words.ts"

const linesMax = 300

/**
 * Files whose names contain a word of trading and mean it, or are not renamed yet. Never add one for another meaning.
 */
const namedForTrading: ReadonlyArray<string> = [
  "deploy/nats/secure/accounts.conf",
  "src/kernel/instrument/account-mask.ts",
  "src/simulation/witnesses/order-witness.ts",
  "tests/unit/kernel/instrument/account-mask.test.ts"
]

const budget = JSON.parse(readFileSync(join(projectRoot, "tests/support/tidy/budget.json"), "utf8")) as Budget
const pages = pageFiles()
const code = codeFiles()
const places = findings(code, pages)

/** Fails with one sentence for each fault. */
const none = (faults: ReadonlyArray<string>) => assert.deepStrictEqual(faults, [])

describe("words and lines", () => {
  it("reads the pages and the code", () => {
    assert.isAbove(pages.length, 40)
    assert.isAbove(code.length, 800)
  })

  it("holds no more banned words and long lines in a folder than its budget allows", () => {
    none(
      Object.entries(countsOf(places)).flatMap(([folder, words]) =>
        Object.entries(words)
          .filter(([name, count]) => count > (budget[folder]?.[name] ?? 0))
          .map(([name, count]) => {
            const texts = places.filter((place) => place.folder === folder && place.name === name)
            const shown = texts.slice(0, 20).map(({ text }) => text)
            const more = texts.length > 20 ? ["…"] : []
            return `${folder}: "${name}" ${count} times, allowed ${budget[folder]?.[name] ?? 0}. One of these is new: ${[...shown, ...more].join("\n  ")}`
          })
      )
    )
  })

  it("finds a banned word in comments, strings and templates, and not in names", () => {
    const source = [
      'import { told } from "./told-desk.ts" // nobody asks',
      'const told = ask("is told") / 2',
      "const text = `it tells ${told.map((told) => `${told} mends`)} of patience`",
      "const pattern = /told\\/nobody/g",
      "/* whoever",
      "   reads */ const half = told / told"
    ].join("\n")
    assert.deepStrictEqual(
      bannedIn(codeProse(source)).map(({ line, word }) => `${line} ${word}`),
      ["1 nobody", "2 told", "3 tells", "3 patience", "3 mends", "5 whoever"]
    )
  })

  it("reads the sentences of a page, and not its code, its links and its generated blocks", () => {
    const page = [
      "It is told `whoever`, see [nobody](told.md).",
      "```",
      "told",
      "```",
      "<!-- x: begin -->",
      "told",
      "<!-- x: end -->"
    ]
    assert.deepStrictEqual(
      bannedIn(pageProse(page.join("\n"))).map(({ word }) => word),
      ["told", "nobody"]
    )
  })

  it("finds a sentence that is too long, and reads items, cells and titles by themselves", () => {
    const page = [
      "# One two",
      "- one two `three four` three.",
      "- one two",
      "  three four.",
      "| one two | three. Four |"
    ]
    assert.deepStrictEqual(longSentences(page.join("\n"), 3), [3])
    assert.deepStrictEqual(longSentences("One two. Three\nfour five six **seven.** Eight", 3), [1])
  })

  it("only ever lowers a budget", () => {
    const old = { src: { nobody: 3, mend: 1 }, tests: { mend: 2 } }
    assert.deepStrictEqual(lowered(old, { src: { nobody: 5 }, tests: { mend: 1 }, deploy: { mend: 4 } }), {
      src: { nobody: 3 },
      tests: { mend: 1 }
    })
  })
})

describe("files", () => {
  it(`has no file of src, actors or machines over ${linesMax} lines`, () => {
    const lengths = globSync("{src,actors,machines}/**/*.{ts,mjs,cc,h}", { cwd: projectRoot }).map((name) => ({
      name,
      lines: readFileSync(join(projectRoot, name), "utf8").split("\n").length - 1
    }))
    assert.isAbove(lengths.length, 400)
    const long = lengths.filter(({ lines }) => lines > linesMax)
    none(long.map(({ name, lines }) => `${name}:${linesMax}: ${lines} lines, at most ${linesMax}: split it by subject`))
  })

  it("has no file whose name holds a word of trading for something else", () => {
    const names = globSync("{src,actors,machines,tests,deploy}/**/*.*", { cwd: projectRoot }).filter(
      (name) => !/(?:^|\/)(?:trading|paper|cli\/trade)\//.test(name)
    )
    const found = (name: string) => tradingNames.find(({ word }) => word.test(basename(name)))
    none([
      ...names
        .filter((name) => found(name) !== undefined && !namedForTrading.includes(name))
        .map((name) => `${name}:1: its name holds a word of trading, write: ${found(name)?.instead}`),
      ...namedForTrading
        .filter((name) => !names.includes(name))
        .map((name) => `${name}: is gone: take it off namedForTrading`)
    ])
  })
})

describe("titles", () => {
  it("gives a page one title, or one above each of its two halves, English first and Chinese second", () => {
    none(
      pages.flatMap(({ name, text }) => {
        const titles = pageProse(text)
          .split("\n")
          .flatMap((line, at) => (line.startsWith("# ") ? [{ line: at + 1, text: line }] : []))
        const [first, second, third] = titles
        const isChinese = (title?: { readonly text: string }) => /\p{Script=Han}/u.test(title?.text ?? "")
        if (first?.line !== 1) return [`${name}:1: the first line must be the page's title, '# …'`]
        if (third !== undefined) return [`${name}:${third.line}: a third '# ' title: one for each language half`]
        return second === undefined || isChinese(second)
          ? []
          : [`${name}:${second.line}: a second '# ' title that is not the Chinese half: write '## '`]
      })
    )
  })
})

// How many banned words and long lines each folder of code, and the pages, still hold. tests/unit/project/tidy.test.ts compares it with
// tests/support/tidy/budget.json, and deploy/dev/tidy-budget.ts lowers that file.
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { projectRoot } from "../../../src/platform/process/project.ts"
import { codeProse, longComments, longLines, longSentences, pageProse } from "./prose.ts"
import { bannedIn } from "./words.ts"

const charactersMax = 120
const wordsMax = 30
const longComment = `comment lines over ${charactersMax} characters`
const longLine = `lines over ${charactersMax} characters`
const longSentence = `sentences over ${wordsMax} words`

/** Counts by folder, then by word. Words with count 0 are left out. */
export type Budget = Readonly<Record<string, Readonly<Record<string, number>>>>

export interface Place {
  readonly folder: string
  readonly name: string
  readonly text: string
}

export interface TextFile {
  readonly name: string
  readonly text: string
}

const read = (pattern: string): ReadonlyArray<TextFile> =>
  globSync(pattern, { cwd: projectRoot })
    .toSorted()
    .map((name) => ({ name, text: readFileSync(join(projectRoot, name), "utf8") }))

/** Every file of code; those that hold the banned words as their subject are left out. */
export const codeFiles = (): ReadonlyArray<TextFile> =>
  read("{src,actors,machines,tests,deploy}/**/*.{ts,mjs,cc,h,sh,py,conf,service,example,env}").filter(
    ({ name }) => !name.includes("/tidy")
  )

/** Written from code, whose words are counted there. */
const generatedPages: ReadonlySet<string> = new Set(["machines/transitions.md", "docs/reference/causes.md"])

/** Every page that a person writes. */
export const pageFiles = (): ReadonlyArray<TextFile> =>
  read("{*.md,{docs,src,machines,tests,deploy}/**/*.md}").filter(({ name }) => !generatedPages.has(name))

const folderOf = (name: string): string => {
  const [top = "", second = "", ...rest] = name.split("/")
  return (top === "src" || top === "tests") && rest.length > 0 ? `${top}/${second}` : top
}

/** Comments and strings of a program; the whole text of a script, a configuration or a unit. */
const proseOf = ({ name, text }: TextFile) => (/\.(?:ts|mjs|cc|h)$/.test(name) ? codeProse(text) : text)

const placesIn = (folder: string, file: string, prose: string): ReadonlyArray<Place> =>
  bannedIn(prose).map(({ line, name, word, instead }) => ({
    folder,
    name,
    text: `${file}:${line}: "${word}", write: ${instead}`
  }))

const longText = (length: string) => `longer than ${length}, write: shorter lines`

/** Every finding in the code and in the pages, with its place. */
export const findings = (code: ReadonlyArray<TextFile>, pages: ReadonlyArray<TextFile>): ReadonlyArray<Place> => [
  ...code.flatMap((file) => {
    const folder = folderOf(file.name)
    const long = longComments(file.text, charactersMax).map((line) => ({
      folder,
      name: longComment,
      text: `${file.name}:${line}: comment ${longText(`${charactersMax} characters`)}`
    }))
    return [...placesIn(folder, file.name, proseOf(file)), ...long]
  }),
  ...pages.flatMap(({ name, text }) => {
    const long = longLines(text, charactersMax).map((line) => ({
      folder: "pages",
      name: longLine,
      text: `${name}:${line}: line ${longText(`${charactersMax} characters`)}`
    }))
    const sentences = longSentences(text, wordsMax).map((line) => ({
      folder: "pages",
      name: longSentence,
      text: `${name}:${line}: sentence longer than ${wordsMax} words, write: two sentences`
    }))
    return [...placesIn("pages", name, pageProse(text)), ...long, ...sentences]
  })
]

export const countsOf = (places: ReadonlyArray<Place>): Budget => {
  const counts: Record<string, Record<string, number>> = {}
  for (const { folder, name } of places) {
    const own = (counts[folder] ??= {})
    own[name] = (own[name] ?? 0) + 1
  }
  return counts
}

/** The smaller of each two counts: a budget is never raised. */
export const lowered = (budget: Budget, counts: Budget): Budget =>
  Object.fromEntries(
    Object.entries(budget)
      .map(([folder, words]) => [
        folder,
        Object.fromEntries(
          Object.entries(words)
            .map(([name, count]) => [name, Math.min(count, counts[folder]?.[name] ?? 0)] as const)
            .filter(([, count]) => count > 0)
        )
      ])
      .filter(([, words]) => Object.keys(words as object).length > 0)
  )

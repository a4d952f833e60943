// A dead link stops a reader at night: every link and anchor of every page must have a target, and every page must be
// listed.
import { existsSync, globSync, readFileSync } from "node:fs"
import { dirname, join, normalize } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, it } from "@effect/vitest"

const root = fileURLToPath(new URL("../../../", import.meta.url))
const pages = globSync(["*.md", "docs/**/*.md", "deploy/**/*.md", "machines/**/*.md", "src/**/*.md", "tests/**/*.md"], {
  cwd: root
})

/** Text in a fence is shown, not linked; its headings are comments of a shell. */
const proseOf = (page: string) => {
  let fenced = false
  return readFileSync(join(root, page), "utf8")
    .split("\n")
    .filter((line) => {
      if (!line.trimStart().startsWith("```")) return !fenced
      fenced = !fenced
      return false
    })
}

/**
 * Anchors as GitHub makes them: lower case, punctuation left out, a blank becomes a hyphen, a repeated one counts on.
 */
const anchorsOf = (page: string) => {
  const times = new Map<string, number>()
  return new Set(
    proseOf(page).flatMap((line) => {
      const title = /^#{1,6} +(.*?) *$/.exec(line)?.[1]
      if (title === undefined) return []
      const text = title.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      const slug = text
        .toLowerCase()
        .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, "")
        .replaceAll(" ", "-")
      const seen = times.get(slug) ?? 0
      times.set(slug, seen + 1)
      return [seen === 0 ? slug : `${slug}-${seen}`]
    })
  )
}

const anchors = new Map(pages.map((page) => [normalize(page), anchorsOf(page)]))

/** Why `target` on `page` has no target; undefined when it has one or leads out of this project. */
const faultOf = (page: string, target: string): string | undefined => {
  if (/^[a-z]+:/.test(target)) return
  const [path = "", anchor] = target.split("#")
  const file = path === "" ? normalize(page) : normalize(join(dirname(page), decodeURIComponent(path)))
  if (file.startsWith("..") || !existsSync(join(root, file))) return `${page}: ${target} is not there`
  if (anchor === undefined) return
  return anchors.get(file)?.has(decodeURIComponent(anchor)) === true ? undefined : `${page}: no heading for ${target}`
}

it("leads every link and anchor of the pages to something that is there", () => {
  const links = pages.flatMap((page) =>
    proseOf(page).flatMap((line) =>
      [...line.replace(/`[^`]*`/g, "").matchAll(/\]\(([^)\s]+)\)/g)].map((match) => ({ page, target: match[1] ?? "" }))
    )
  )
  assert.isAbove(pages.length, 30)
  assert.isAbove(links.length, 100)
  assert.isAbove(links.filter((link) => link.target.includes("#")).length, 10)
  assert.deepStrictEqual(
    links.flatMap((link) => faultOf(link.page, link.target) ?? []),
    []
  )
})

it("names no file of the project and no npm script that is not there", () => {
  const scripts: unknown = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts
  const known = new Set(Object.keys(scripts as Record<string, string>))
  const texts = pages.map((page) => ({ page, text: readFileSync(join(root, page), "utf8") }))
  const named = (pattern: RegExp) =>
    texts.flatMap(({ page, text }) => [...text.matchAll(pattern)].map((match) => ({ page, name: match[1] ?? "" })))
  const files = named(/`((?:src|tests|machines|actors|deploy|docs)\/[\w./-]+)`/g)
  const runs = named(/\bnpm run (?:-s )?([a-z][a-z:]*)/g)
  assert.isAbove(files.length, 50)
  assert.isAbove(runs.length, 20)
  assert.deepStrictEqual(
    [...files.filter(({ name }) => !existsSync(join(root, name))), ...runs.filter(({ name }) => !known.has(name))],
    []
  )
})

it("lists every page of docs in docs/README.md, in its English half", () => {
  const index = "docs/README.md"
  const [english = ""] = readFileSync(join(root, index), "utf8").split(/^# 文档目录$/m)
  const listed = new Set(
    [...english.matchAll(/\]\(([^)#\s]+)/g)].map(([, target = ""]) => normalize(join("docs", target)))
  )
  assert.deepStrictEqual(
    pages.filter((page) => page.startsWith("docs/") && page !== index && !listed.has(page)),
    []
  )
})

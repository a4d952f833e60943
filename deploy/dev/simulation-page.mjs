// Writes the measured tables of docs/SIMULATION.md from tests/mutants/recorded.json: seeds of the mutants, and reach of
// the seeds.
import { spawnSync } from "node:child_process"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..")
const recordPath = join(root, "tests", "mutants", "recorded.json")
const pagePath = join(root, "docs", "SIMULATION.md")
/** Names of transitions in one cell; the rest is in the record. */
const shown = 12

export const readRecord = () => {
  try {
    return JSON.parse(readFileSync(recordPath, "utf8"))
  } catch (error) {
    if (error.code === "ENOENT") return { mutants: {} }
    throw error
  }
}

const git = (...args) => spawnSync("git", args, { cwd: root, encoding: "utf8" }).stdout?.trim() ?? ""

/** Writes the record. New entries get the commit and the day of this run. */
export const writeRecord = (record) => {
  const before = readRecord()
  const stamp = { commit: git("rev-parse", "--short", "HEAD"), date: new Date().toISOString().slice(0, 10) }
  const isSame = (left, right) =>
    JSON.stringify({ ...left, commit: 0, date: 0 }) === JSON.stringify({ ...right, commit: 0, date: 0 })
  const mutants = {}
  for (const name of Object.keys(record.mutants).sort()) {
    const { seed, sentence } = record.mutants[name]
    const former = before.mutants[name]
    mutants[name] = former?.seed === seed ? { ...former, sentence } : { seed, sentence, ...stamp }
  }
  const stamped = (name) =>
    record[name] === undefined || isSame(record[name], before[name]) ? before[name] : { ...record[name], ...stamp }
  const written = {
    mutants,
    reach: stamped("reach"),
    runbooks: stamped("runbooks"),
    trading: stamped("trading")
  }
  writeFileSync(recordPath, `${JSON.stringify(written, undefined, 2)}\n`)
}

const cell = (text) => text.replaceAll("|", "\\|")
const short = (text) => (text.length > 110 ? `${text.slice(0, 110)}…` : text)

const mutantTable = ({ mutants }) => [
  "| mutant | seed | commit, day | message |",
  "|---|--:|---|---|",
  ...Object.entries(mutants).map(
    ([name, { seed, sentence, commit, date }]) =>
      `| \`${name}\` | ${seed} | ${commit}, ${date} | ${cell(short(sentence))} |`
  )
]

const listOf = (names) => {
  if (names.length === 0) return "none"
  const first = names.slice(0, shown).map((name) => `\`${cell(name)}\``)
  return `${first.join("; ")}${names.length > shown ? `; and ${names.length - shown} more` : ""}`
}

const reachTable = (reach) => {
  if (reach === undefined) return ["Not measured yet: `npm run mutants -- --reach`."]
  const kinds = Object.entries(reach.faults).sort(([, a], [, b]) => a - b)
  const never = kinds.filter(([, count]) => count === 0).map(([name]) => name)
  const rarest = kinds.filter(([, count]) => count > 0).slice(0, 8)
  return [
    `Seeds 1 to ${reach.seeds}, ${reach.failures} failed; commit ${reach.commit}, ${reach.date}. Fault kinds never drawn: ${listOf(never)}. Rarest: ${rarest.map(([name, count]) => `\`${name}\` ${count}`).join(", ")}.`,
    "",
    "| machine | transitions | taken | never taken | fewer than ten times |",
    "|---|--:|--:|---|---|",
    ...reach.machines.map(
      ({ machine, transitions, taken, never: none, rare }) =>
        `| ${machine} | ${transitions} | ${taken} | ${listOf(none)} | ${listOf(rare)} |`
    ),
    "",
    `Not in the simulation: ${listOf(reach.leftOut)}.`
  ]
}

/** The page according to the record. */
export const renderPage = (page, record) =>
  [
    ["mutants", mutantTable(record)],
    ["reach", reachTable(record.reach)],
    ["runbooks", reachTable(record.runbooks)],
    ["trading", reachTable(record.trading)]
  ].reduce((text, [name, lines]) => {
    const [begin, end] = [`<!-- ${name}: begin, written by npm run mutants -->`, `<!-- ${name}: end -->`]
    const [from, to] = [text.indexOf(begin), text.indexOf(end)]
    if (from < 0 || to < from) throw new Error(`docs/SIMULATION.md has no block '${begin}' … '${end}'`)
    return `${text.slice(0, from + begin.length)}\n${lines.join("\n")}\n${text.slice(to)}`
  }, page)

export const writePage = () => writeFileSync(pagePath, renderPage(readFileSync(pagePath, "utf8"), readRecord()))

// With --check: exits 1 when the page differs from the record or a mutant has no seed. Without it: writes the page.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const page = readFileSync(pagePath, "utf8")
  const record = readRecord()
  const names = readdirSync(dirname(recordPath)).flatMap((name) => (name.endsWith(".patch") ? [name.slice(0, -6)] : []))
  const unrecorded = names.filter((name) => record.mutants[name] === undefined)
  if (!process.argv.includes("--check")) writePage()
  else if (renderPage(page, record) !== page) {
    console.error("docs/SIMULATION.md is stale: run 'node deploy/dev/simulation-page.mjs'")
    process.exitCode = 1
  } else if (unrecorded.length > 0) {
    console.error(
      `no seed is recorded for ${unrecorded.join(", ")}: run 'npm run mutants -- --record ${unrecorded.join(" ")}'`
    )
    process.exitCode = 1
  }
}

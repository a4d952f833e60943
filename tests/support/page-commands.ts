// Blocks of commands of a page, and a shell that runs one as an operator does.
import { type ChildProcess, spawn } from "node:child_process"
import { eventually } from "./cli-process.ts"

/** A block of commands. `title`: its first line, a comment. `shown`: the output that the page shows below it. */
export interface PageBlock {
  readonly title: string
  readonly text: string
  readonly shown: string | undefined
}

/** Every block of commands of a page, in its sequence. A block without a title is refused: nothing would run it. */
export const blocksOf = (page: string): ReadonlyArray<PageBlock> =>
  [...page.matchAll(/^```sh\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?/gms)].map(([, text = "", shown]) => {
    const title = /^# (.*)\n/.exec(text)?.[1]
    if (title === undefined) throw new Error(`a block of the page has no title:\n${text}`)
    return { title, text, shown }
  })

/** The block of a page with this title. */
export const blockOf = (page: string, title: string): PageBlock => {
  const block = blocksOf(page).find((one) => one.title === title)
  if (block === undefined) throw new Error(`the page has no block "${title}"`)
  return block
}

/** Shells of blocks. Each has a process group of its own, so that `end` ends what a block left running. */
export const makeTerminals = (cwd: string, variables: Readonly<Record<string, string>> = {}) => {
  const started = new Set<ChildProcess>()
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(CTP_|NATS_U|TICK|VITEST|NODE_OPTIONS|TEST$)/.test(name)
  )
  const env = { ...Object.fromEntries(inherited), ...variables }
  /** Runs a block like a terminal: its stdin stays open. */
  const run = (block: string) => {
    const child = spawn("bash", ["--norc", "-euo", "pipefail", "-c", block], { cwd, env, detached: true })
    started.add(child)
    let output = ""
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text))
    const ended = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)))
    return {
      child,
      ended,
      output: () => output,
      printed: (pattern: RegExp, times = 1) =>
        eventually(
          String(pattern),
          () => [...output.matchAll(new RegExp(pattern, "g"))].length >= times || undefined,
          60_000
        ).catch((error) => Promise.reject(new Error(`${error}\n${output.slice(-3000)}`)))
    }
  }
  const end = () => {
    for (const { pid } of started) {
      try {
        if (pid !== undefined) process.kill(-pid, "SIGKILL")
      } catch {
        // Its process group has ended by itself.
      }
    }
  }
  return { run, end }
}

/** What differs between two runs of the same command, by what it is. The first pattern that fits a text wins. */
const varying: ReadonlyArray<readonly [RegExp, string]> = [
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:\+08:00|Z)?/g, "<time>"],
  [/\b20\d\d-\d\d-\d\d(?= )/g, "<day>"],
  [/\b\d{8}-\d{6}\b/g, "<stamp>"],
  [/\b20\d{6}(?=\b|_)/g, "<day>"],
  [/\b\d\d:\d\d:\d\d\b/g, "<clock>"],
  [/gap_ms=\d+/g, "gap_ms=<n>"],
  [/\b\d+(?:\.\d+)? ?(ms|s)\b/g, "<n>$1"],
  [/^\d+ passed$/g, "<n> passed"],
  [/\bpid \d+/g, "pid <n>"],
  // A test runs in the day and in the night.
  [/session_window="(?:day|night)"/g, 'session_window="<window>"'],
  // The value of a metric, not its name or its labels.
  [/^(md_[a-z_]+\{[^}]*\}) [\d.e+-]+$/g, "$1 <value>"]
]

const alike = (line: string): string => {
  const same = varying.reduce((text, [pattern, word]) => text.replace(pattern, word), line)
  return same.replace(/\s+/g, " ").trim()
}

/** A shown line that ends with `…` stands for every line that begins like it. */
const fits = (shown: string, line: string): boolean =>
  shown.endsWith("…") ? line.startsWith(alike(shown.slice(0, -1))) : line === alike(shown)

/**
 * The first line of `shown` that the output does not have after the line before it; undefined: it has all of them.
 * Times, days, process ids and measured values may differ. A line `…` stands for any number of lines.
 */
export const missingLine = (shown: string, output: string): string | undefined => {
  const printed = output.split("\n").map(alike)
  let at = 0
  let maySkip = false
  for (const line of shown.split("\n")) {
    if (line.trim() === "") continue
    if (line.trim() === "…") {
      maySkip = true
      continue
    }
    const found = printed.findIndex((one, index) => index >= at && fits(line, one))
    const between = found < 0 ? [] : printed.slice(at, found)
    if (found < 0 || (!maySkip && between.some((one) => one !== ""))) return line
    at = found + 1
    maySkip = false
  }
  const rest = printed.slice(at).filter((one) => one !== "")
  return maySkip || rest.length === 0 ? undefined : `(the page ends here, the output goes on: ${rest[0]})`
}

// `npm run bench [-- [--json] [--profile FOLDER] [NAME ...]]`: every suite, or the named ones. Figures: docs/reference/benchmarks.md.
import { mkdirSync } from "node:fs"
import { cpus, loadavg, release } from "node:os"
import { parseArgs } from "node:util"
import { Effect } from "effect"
import { suite as actors } from "./actors.ts"
import { suite as exactlyOnce } from "./exactly-once.ts"
import { suite as laws } from "./laws.ts"
import { suite as line } from "./line.ts"
import { profileTables } from "./profile-summary.ts"
import type { Suite } from "./suite.ts"

const suites: ReadonlyArray<Suite> = [line, laws, actors, exactlyOnce]

const say = (text: string) => process.stderr.write(`[bench] ${text}\n`)

const fail = (sentence: string): never => {
  process.stderr.write(`bench: ${sentence}\n`)
  process.exit(64)
}

const usage = `usage: npm run bench [-- [--json] [--profile FOLDER] [NAME ...]]
${suites.map(({ name, about }) => `  ${name.padEnd(12)} ${about}`).join("\n")}
  --json            one JSON object with all figures on the last line
  --profile FOLDER  CPU profiles of the daemon at full speed and at 20,000 ticks/s, and their longest functions`

const readArguments = () => {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { json: { type: "boolean" }, profile: { type: "string" }, help: { type: "boolean" } }
    })
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : String(error)}\n${usage}`)
  }
}

const { values, positionals } = readArguments()
if (values.help === true) {
  process.stdout.write(`${usage}\n`)
  process.exit(0)
}
const chosen = positionals.length === 0 ? suites : positionals.map((name) => suiteNamed(name))
function suiteNamed(name: string): Suite {
  const found = suites.find((suite) => suite.name === name)
  return found ?? fail(`there is no suite "${name}"; give one of: ${suites.map((suite) => suite.name).join(", ")}`)
}
if (values.profile !== undefined) mkdirSync(values.profile, { recursive: true })

const load = () =>
  loadavg()
    .map((value) => value.toFixed(2))
    .join(" ")
const started = performance.now()
say(
  `${cpus().length} cores, ${cpus()[0]?.model ?? "unknown processor"}, Linux ${release()}, Node ${process.versions.node}`
)
say(`load before: ${load()} (the bench itself adds about 2)`)

const figures: Record<string, number> = {}
const program = Effect.gen(function* () {
  for (const suite of chosen) {
    const measured = yield* Effect.scoped(suite.run({ profileDir: values.profile, say }))
    Object.assign(figures, measured.figures)
    const width = Math.max(...measured.rows.map(([what]) => what.length))
    process.stdout.write(`${measured.rows.map(([what, value]) => `${what.padEnd(width)}  ${value}`).join("\n")}\n`)
  }
})
await Effect.runPromise(program).catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
})
say(`load after: ${load()}; took ${((performance.now() - started) / 1000).toFixed(0)} s`)
if (values.profile !== undefined) process.stdout.write(`${profileTables(values.profile, 25)}\n`)
if (values.json === true) process.stdout.write(`${JSON.stringify(figures)}\n`)
process.exit(figures["lost"] === undefined || figures["lost"] === 0 ? 0 : 1)

// `npm run bench [-- [--json] [--format FORM] [--soak DURATION] [--profile FOLDER] [NAME ...]]`: every suite, or the
// named ones. Figures: docs/reference/benchmarks.md.
import { mkdirSync } from "node:fs"
import { cpus, loadavg, release } from "node:os"
import { parseArgs } from "node:util"
import { Effect } from "effect"
import { errorText } from "../../src/kernel/error-text.ts"
import { suite as actors } from "./actors.ts"
import { suite as arbitration } from "./arbitration.ts"
import { suite as build } from "./build.ts"
import { suite as bursts } from "./bursts.ts"
import { suite as exactlyOnce } from "./exactly-once.ts"
import { suite as features } from "./features.ts"
import { suite as feeds } from "./feeds.ts"
import { suite as laws } from "./laws.ts"
import { suite as line } from "./line.ts"
import { suite as metricsReader } from "./metrics-reader.ts"
import { profileTables } from "./profile-summary.ts"
import { suite as readers } from "./readers.ts"
import { suite as runbook } from "./runbook.ts"
import { suite as snapshot } from "./snapshot.ts"
import { suite as soak } from "./soak.ts"
import type { BenchFormat, Suite } from "./suite.ts"
import { suite as sustained } from "./sustained.ts"
import { suite as telemetry } from "./telemetry.ts"
import { suite as trading } from "./trading.ts"
import { suite as usual } from "./usual-ways.ts"

const suites: ReadonlyArray<Suite> = [
  line,
  usual,
  sustained,
  bursts,
  snapshot,
  soak,
  laws,
  arbitration,
  feeds,
  actors,
  exactlyOnce,
  features,
  readers,
  telemetry,
  metricsReader,
  runbook,
  trading,
  build
]

const say = (text: string) => process.stderr.write(`[bench] ${text}\n`)

const fail = (sentence: string): never => {
  process.stderr.write(`bench: ${sentence}\n`)
  process.exit(64)
}

const usage = `usage: npm run bench [-- [--json] [--format json|compact] [--soak DURATION] [--profile FOLDER] [NAME ...]]
${suites.map(({ name, about }) => `  ${name.padEnd(15)} ${about}`).join("\n")}
  --json            one JSON object with all figures on the last line
  --format FORM     json or compact (both)
  --soak DURATION   how long the suite soak watches memory, as 90s or 10m (1m)
  --profile FOLDER  CPU profiles of the daemon at full speed and at 20,000 ticks/s, and their longest functions`

const readArguments = () => {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        json: { type: "boolean" },
        profile: { type: "string" },
        format: { type: "string" },
        soak: { type: "string" },
        help: { type: "boolean" }
      }
    })
  } catch (error) {
    return fail(`${errorText(error)}\n${usage}`)
  }
}

const { values, positionals } = readArguments()
if (values.help === true) {
  process.stdout.write(`${usage}\n`)
  process.exit(0)
}
const formatsOf = (text: string | undefined): ReadonlyArray<BenchFormat> => {
  if (text === undefined) return ["json", "compact"]
  return text === "json" || text === "compact" ? [text] : fail(`there is no form "${text}" here; give json or compact`)
}
const soakMsOf = (text: string): number => {
  const [, digits, unit] = /^(\d{1,4})(s|m)$/.exec(text) ?? []
  const ms = Number(digits) * (unit === "m" ? 60_000 : 1000)
  return ms >= 10_000 ? ms : fail(`--soak "${text}" is no duration of 10s and more, such as 90s or 10m`)
}
const measured = {
  formats: formatsOf(values.format),
  soakMs: soakMsOf(values.soak ?? "1m"),
  profileDir: values.profile
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
    const { figures: own, rows } = yield* Effect.scoped(suite.run({ ...measured, say }))
    Object.assign(figures, own)
    const width = Math.max(...rows.map(([what]) => what.length))
    process.stdout.write(`${rows.map(([what, value]) => `${what.padEnd(width)}  ${value}`).join("\n")}\n`)
  }
})
await Effect.runPromise(program).catch((error: unknown) => {
  process.stderr.write(`bench: ${errorText(error)}\n`)
  process.exit(1)
})
say(`load after: ${load()}; took ${((performance.now() - started) / 1000).toFixed(0)} s`)
if (values.profile !== undefined) process.stdout.write(`${profileTables(values.profile, 25)}\n`)
if (values.json === true) process.stdout.write(`${JSON.stringify(figures)}\n`)
process.exit(Object.entries(figures).some(([key, value]) => key.endsWith("lost") && value !== 0) ? 1 : 0)

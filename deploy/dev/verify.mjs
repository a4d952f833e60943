// The whole test command (`npm run verify`) and its parts. Its last line counts all of it.
//   --fast            static checks and unit tests (`npm run check`)
//   --changed [REF]   static checks, and the tests that import a file changed since REF (`npm run verify:changed`);
//                     without REF what is not committed. A test that starts tickd as a program imports none of it.
import { spawn } from "node:child_process"
import { mkdirSync, readFileSync, rmSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..")
const flag = { type: "boolean", default: false }
const { positionals, values } = parseArgs({ allowPositionals: true, options: { fast: flag, changed: flag } })
const tools = join(root, "node_modules", ".bin")
const sources = ["src", "actors", "machines", "tests"]
const slowestShown = 10
let passed = 0
let failed = 0
const skips = []
const durations = []
const failures = []

// A check ends with this process: an interrupted verify must leave no test behind.
const bound = join(root, ".build", "native", "tickd-bound")

/**
 * A command in virtual time yields to tests in real time. Not the lowest priority: other work on the machine would stop
 * it. It stays in the session of verify, so that Ctrl-C at a terminal ends its programs too.
 */
const yielding = ["nice", "-n", "5"]

/** Runs a command to its end; `text` is its output. Never rejects. */
const run = (command, args, { yields = false } = {}) =>
  new Promise((resolve) => {
    const started = performance.now()
    const words = [...(yields ? yielding : []), command, ...args]
    const child = spawn(bound, ["15", String(process.pid), ...words], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"]
    })
    const chunks = []
    const stdout = []
    child.stdout.on("data", (chunk) => void (chunks.push(chunk), stdout.push(chunk)))
    child.stderr.on("data", (chunk) => void chunks.push(chunk))
    child.once("error", (error) => void chunks.push(Buffer.from(`${error}`)))
    child.once("close", (status) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1)
      resolve({ status, seconds, text: Buffer.concat(chunks).toString(), stdout: Buffer.concat(stdout).toString() })
    })
  })

/** Prints the line of a step, and its output when it failed. */
const say = (ok, title, seconds, text) => {
  console.log(`${ok ? "ok  " : "FAIL"} ${title} (${seconds} s)`)
  if (!ok) console.log(text)
}

const check = async ([name, command, args]) => {
  const { status, seconds, text } = await run(command, args)
  for (const [, part, reason] of text.matchAll(/^skipped: ([^:]+): (.+)$/gm)) skips.push({ name, part, reason })
  if (status === 0) passed++
  else failed++
  say(status === 0, name, seconds, text)
}

/** Checks share nothing and mostly wait for files, so all run at once. */
const checks = () =>
  Promise.all(
    [
      ["types", join(tools, "tsc"), ["--noEmit", "-p", "."]],
      ["lint", join(tools, "oxlint"), [...sources, "deploy"]],
      ["format", join(tools, "biome"), ["check", "--linter-enabled=false", "."]],
      ["import rules", join(tools, "depcruise"), ["--config", ".dependency-cruiser.cjs", ...sources]],
      ["dead code", join(tools, "knip"), ["--config", ".knip.mjs"]],
      ["dead code (only tests use it)", join(tools, "knip"), ["--config", ".knip.mjs", "--production"]],
      ["simulation page", process.execPath, [join(root, "deploy", "dev", "simulation-page.mjs"), "--check"]],
      ["security", process.execPath, [join(root, "deploy", "dev", "security.ts")]]
    ].map(check)
  )

const tests = async (title, args, options) => {
  const report = join(root, ".build", `vitest-${title.replaceAll(" ", "-")}.json`)
  mkdirSync(dirname(report), { recursive: true })
  rmSync(report, { force: true })
  const flags = ["run", "--config", "tests/vitest.config.ts", "--passWithNoTests", ...args]
  const reporters = ["default", join(root, "deploy", "dev", "verify-reporter.mjs")].map((name) => `--reporter=${name}`)
  const { status, seconds, text } = await run(
    process.execPath,
    [join(root, "node_modules", "vitest", "vitest.mjs"), ...flags, ...reporters, `--outputFile=${report}`],
    options
  )
  let found
  try {
    found = JSON.parse(readFileSync(report, "utf8"))
  } catch {
    failed++
    return say(false, `${title}: no report`, seconds, text)
  }
  const ok = status === 0 && found.failed === 0
  const failedHere = Math.max(found.failed, ok ? 0 : 1)
  passed += found.passed
  failed += failedHere
  failures.push(...found.failures)
  skips.push(...found.skipped)
  for (const note of found.notes) skips.push({ name: title, reason: note, part: true })
  durations.push(...found.tests)
  say(ok, `${title}: ${found.passed} passed, ${failedHere} failed, ${found.skipped.length} skipped`, seconds, text)
}

const project = (name, options) => tests(`${name} tests`, ["--project", name], options)

/** Each mutant at its recorded seed: fails when a change of the world or of a witness hides it. Each counts as one. */
const mutants = async () => {
  const args = [join(root, "deploy", "dev", "mutants.mjs"), "--json"]
  const { stdout, text, seconds } = await run(process.execPath, args, { yields: true })
  const last = stdout.trimEnd().split("\n").at(-1) ?? ""
  if (!last.startsWith("{")) {
    failed++
    return say(false, "mutants: no report", seconds, text)
  }
  const { mutants: all, missed, results } = JSON.parse(last)
  passed += all - missed
  failed += missed
  const sentences = results.filter(({ caught }) => !caught).map(({ mutant, sentence }) => `     ${mutant}: ${sentence}`)
  say(missed === 0, `mutants: ${all - missed} of ${all} caught at their seeds`, seconds, sentences.join("\n"))
  const lines = results.map(({ mutant, caught, seed, seconds: took }) =>
    caught ? `${mutant} ${seed} (${took} s)` : `${mutant} NOT CAUGHT (${took} s)`
  )
  console.log(`     ${lines.join(", ")}`)
}

/** Programs for the tests that run them; without them those are skipped. */
const monitoringTools = async () => {
  const { status, text } = await run("bash", [
    join(root, "deploy", "dev", "monitoring-tools.sh"),
    "prometheus",
    "promtool",
    "pushgateway",
    "alertmanager",
    "amtool",
    "docker-compose",
    "tini-static"
  ])
  if (status === 0) return
  const reason = text.trimEnd().split("\n").at(-1) ?? "the script printed nothing"
  skips.push({ name: "tests with Prometheus, Pushgateway, Alertmanager and docker-compose", reason, part: true })
}

/** What checks the files of a bare host. Without them those tests are skipped, with the command that fetches them. */
const hostTools = () => run("bash", [join(root, "deploy", "dev", "host-tools.sh"), "shellcheck", "logrotate"])

const part = values.fast ? " (fast part)" : values.changed ? ` (changed since ${positionals[0] ?? "the commit"})` : ""
console.log(`[tickd] verify${part}: Node ${process.versions.node}`)
await checks()
if (!values.fast) await Promise.all([monitoringTools(), hostTools()])
if (values.changed) await tests("changed tests", ["--changed", ...positionals])
else await project("unit")
if (!values.fast && !values.changed) {
  // Programs that wait for one another leave a third of the CPU time and more; virtual time takes it.
  const inVirtualTime = async () => {
    await project("simulation", { yields: true })
    await mutants()
  }
  const inRealTime = async () => {
    await project("integration")
    await project("acceptance")
  }
  await Promise.all([inVirtualTime(), inRealTime()])
}

console.log(`slowest ${slowestShown} tests:`)
for (const { name, ms } of durations.sort((a, b) => b.ms - a.ms).slice(0, slowestShown)) {
  console.log(`${(ms / 1000).toFixed(1).padStart(8)} s  ${name}`)
}
// Once more at the end: what a log keeps of a long output is its end.
if (failures.length > 0) console.log("failed:")
for (const { name, reason } of failures) console.log(`     ${name}: ${reason}`)
console.log("not done here:")
for (const { name, reason, part } of skips) {
  const what = typeof part === "string" ? `${name}, ${part}` : part ? `a part of ${name}` : name
  console.log(`     ${what}: ${reason}`)
}
if (process.env.TICKD_RECORDINGS === undefined && !values.fast) {
  console.log("     whole recordings: TICKD_RECORDINGS is not set; the tests read the slices in tests/golden")
}
const skipped = skips.filter(({ part }) => !part).length
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`)
process.exitCode = failed === 0 ? 0 : 1

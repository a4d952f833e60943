// The whole test command (`npm run verify`) and its fast part (`npm run check` = --fast): types, lint, format, import
// rules, dead code and unit tests; without --fast also simulation, mutants, integration and acceptance. Its last line
// counts all of it.
import { spawnSync } from "node:child_process"
import { mkdirSync, readFileSync, rmSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..")
const fast = process.argv.includes("--fast")
const tools = join(root, "node_modules", ".bin")
const sources = ["src", "actors", "machines", "tests"]
let passed = 0
let failed = 0
let skipped = 0

// A check ends with this process: a verify that is ended must leave no test behind.
const bound = join(root, ".build", "native", "tickd-bound")

const run = (command, args) =>
  spawnSync(bound, ["15", String(process.pid), command, ...args], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    stdio: ["ignore", "pipe", "pipe"]
  })

const check = (name, command, args) => {
  const started = Date.now()
  const result = run(command, args)
  const ok = result.status === 0
  if (ok) passed++
  else failed++
  console.log(`${ok ? "ok  " : "FAIL"} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`)
  if (!ok) console.log(`${result.stdout}${result.stderr}${result.error ?? ""}`)
}

const tests = (name) => {
  const started = Date.now()
  const report = join(root, ".build", `vitest-${name}.json`)
  mkdirSync(dirname(report), { recursive: true })
  rmSync(report, { force: true })
  const args = ["run", "--config", "tests/vitest.config.ts", "--project", name, "--passWithNoTests"]
  const result = run(process.execPath, [
    join(root, "node_modules", "vitest", "vitest.mjs"),
    ...args,
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`
  ])
  const seconds = ((Date.now() - started) / 1000).toFixed(1)
  let counts
  try {
    counts = JSON.parse(readFileSync(report, "utf8"))
  } catch {
    failed++
    console.log(`FAIL ${name} tests: no report (${seconds} s)\n${result.stdout}${result.stderr}`)
    return
  }
  passed += counts.numPassedTests
  skipped += counts.numPendingTests + counts.numTodoTests
  // A file that does not load, or an unhandled error outside a test, fails the run without failing a test: it must count.
  failed += Math.max(counts.numFailedTests, result.status === 0 ? 0 : 1)
  console.log(
    `${result.status === 0 ? "ok  " : "FAIL"} ${name} tests: ${counts.numPassedTests} passed, ${counts.numFailedTests} failed, ${counts.numPendingTests} skipped (${seconds} s)`
  )
  if (result.status !== 0) console.log(`${result.stdout}${result.stderr}`)
  else for (const line of new Set(result.stdout.match(/skipped: .*/g) ?? [])) console.log(`     ${line}`)
}

/** Each mutant at its recorded seed: a change of the world or of a witness that hides one fails here. Each counts as one. */
const mutants = () => {
  const started = Date.now()
  const result = run(process.execPath, [join(root, "deploy", "dev", "mutants.mjs"), "--json"])
  const seconds = ((Date.now() - started) / 1000).toFixed(1)
  const last = result.stdout.trimEnd().split("\n").at(-1) ?? ""
  if (!last.startsWith("{")) {
    failed++
    console.log(`FAIL mutants: no report (${seconds} s)\n${result.stdout}${result.stderr}`)
    return
  }
  const { mutants: all, missed, results } = JSON.parse(last)
  passed += all - missed
  failed += missed
  console.log(
    `${missed === 0 ? "ok  " : "FAIL"} mutants: ${all - missed} of ${all} caught at their seeds (${seconds} s)`
  )
  const lines = results.map(({ mutant, caught, seed, seconds: took }) =>
    caught ? `${mutant} ${seed} (${took} s)` : `${mutant} NOT CAUGHT (${took} s)`
  )
  console.log(`     ${lines.join(", ")}`)
  for (const { mutant, caught, sentence } of results) if (!caught) console.log(`     ${mutant}: ${sentence}`)
}

console.log(`[tickd] verify${fast ? " (fast part)" : ""}: Node ${process.versions.node}`)
check("types", join(tools, "tsc"), ["--noEmit", "-p", "."])
check("lint", join(tools, "oxlint"), [...sources, "deploy"])
check("format", join(tools, "biome"), ["check", "--linter-enabled=false", "."])
check("import rules", join(tools, "depcruise"), ["--config", ".dependency-cruiser.cjs", ...sources])
check("dead code", join(tools, "knip"), ["--config", ".knip.mjs"])
check("dead code (only tests use it)", join(tools, "knip"), ["--config", ".knip.mjs", "--production"])
check("simulation page", process.execPath, [join(root, "deploy", "dev", "simulation-page.mjs"), "--check"])
tests("unit")
if (!fast) {
  tests("simulation")
  mutants()
  tests("integration")
  tests("acceptance")
}
console.log("skip npm audit: the advisory service is not reachable from every machine; run 'npm audit' where it is")
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`)
process.exitCode = failed === 0 ? 0 : 1

// `npm run mutants`: proves that the simulation finds bugs. Each patch of tests/mutants is applied to a temporary copy of
// the sources, and `tickd simulate` must find it within 500 seeds. Arguments: names of mutants (all), --seeds N, --json.
import { spawn, spawnSync } from "node:child_process"
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs"
import { availableParallelism, tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..")
const patches = join(root, "tests", "mutants")
// A hunt ends with this process, where the native programs are built.
const bound = join(root, ".build", "native", "tickd-bound")
const copied = ["src", "actors", "machines", "package.json"]
/** A mutant that neither breaks nor ends is stuck, and that is no proof. */
const deadlineMs = 600_000

const known = readdirSync(patches)
  .filter((name) => name.endsWith(".patch"))
  .map((name) => name.slice(0, -".patch".length))
  .sort()

const stopWith = (sentence, code) => {
  console.error(`mutants: ${sentence}`)
  process.exit(code)
}

const readArguments = () => {
  try {
    const options = { seeds: { type: "string", default: "500" }, json: { type: "boolean", default: false } }
    const { positionals, values } = parseArgs({ allowPositionals: true, options })
    const seeds = Number(values.seeds)
    if (!Number.isInteger(seeds) || seeds < 1) stopWith("--seeds takes a whole number from 1 on.", 64)
    const unknown = positionals.find((name) => !known.includes(name))
    if (unknown !== undefined) stopWith(`There is no mutant ${unknown}: there are ${known.join(", ")}.`, 64)
    return { names: positionals.length > 0 ? positionals : known, seeds, json: values.json }
  } catch (error) {
    return stopWith(`${error.message}`, 64)
  }
}

/** A copy of the sources with the mutant in it. */
const mutate = (name) => {
  const folder = mkdtempSync(join(tmpdir(), "tickd-mutant-"))
  for (const part of copied) cpSync(join(root, part), join(folder, part), { recursive: true })
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"))
  const patched = spawnSync("patch", ["-p1", "--fuzz=0", "--no-backup-if-mismatch"], {
    cwd: folder,
    input: readFileSync(join(patches, `${name}.patch`)),
    encoding: "utf8"
  })
  if (patched.status === 0) return folder
  rmSync(folder, { recursive: true, force: true })
  const reason = patched.error?.message ?? patched.stdout.trim().replaceAll("\n", "; ")
  throw new Error(`tests/mutants/${name}.patch does not apply to the present sources (${reason}): renew it`)
}

/** Lives seed after seed with the mutant until one fails. */
const hunt = (name, seeds) =>
  new Promise((resolve) => {
    const startedMs = performance.now()
    const folder = mutate(name)
    const verb = ["src/app/tickd.mjs", "simulate", "--lines", "--jobs", "1", "--seeds", String(seeds)]
    const [program, ...args] = existsSync(bound)
      ? [bound, "9", String(process.pid), process.execPath, ...verb]
      : [process.execPath, ...verb]
    const child = spawn(program, args, {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: deadlineMs,
      killSignal: "SIGKILL"
    })
    let lived = 0
    let found
    let said = ""
    child.stderr.on("data", (chunk) => {
      said = (said + chunk).slice(-500)
    })
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (found !== undefined || !line.startsWith('{"seed":')) return
      lived++
      const { seed, failure } = JSON.parse(line)
      if (failure === undefined) return
      found = { seed, sentence: failure.sentence }
      child.kill("SIGKILL")
    })
    child.once("close", (code, signal) => {
      rmSync(folder, { recursive: true, force: true })
      const seconds = Number(((performance.now() - startedMs) / 1000).toFixed(1))
      if (found !== undefined) resolve({ mutant: name, caught: true, seeds: lived, seconds, ...found })
      else
        resolve({
          mutant: name,
          caught: false,
          seeds: lived,
          seconds,
          sentence: lived === seeds ? "" : `ended with ${signal ?? code}: ${said.trim()}`
        })
    })
  })

const { names, seeds, json } = readArguments()
const waiting = [...names]
const results = []
const work = async () => {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const result = await hunt(name, seeds).catch((error) => ({
      mutant: name,
      caught: false,
      seeds: 0,
      seconds: 0,
      sentence: error.message
    }))
    results.push(result)
    console.log(
      `${result.caught ? "ok  " : "FAIL"} ${name}: ${result.caught ? "caught" : "NOT CAUGHT"} after ${result.seeds} seeds (${result.seconds} s) ${result.sentence.slice(0, 160)}`
    )
  }
}
await Promise.all(Array.from({ length: Math.min(availableParallelism(), names.length) }, work))
const missed = results.filter(({ caught }) => !caught).length
if (json)
  console.log(
    JSON.stringify({ mutants: results.length, missed, results: results.sort((a, b) => (a.mutant < b.mutant ? -1 : 1)) })
  )
else console.log(`${results.length - missed} of ${results.length} mutants caught`)
process.exitCode = missed === 0 ? 0 : 1

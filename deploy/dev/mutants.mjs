// `npm run mutants`: proves that the simulation finds bugs. Arguments: names of mutants (all), and
//   (nothing)   runs each mutant at its recorded seed only, which must fail: as in `npm run verify`
//   --hunt      runs each mutant from seed 1 (--from N) on until one fails, --seeds N at most (500)
//   --record    the same; hunts for those that pass at their recorded seed; writes the results to
//               tests/mutants/recorded.json and to docs/SIMULATION.md
//   --reach     runs --seeds N (500) of the unchanged program and records the faults and transitions that they reach
//   --runbooks  with --reach: the seeds of runbooks only
//   --trading   with --reach: the seeds of the plane trading only
//   --json      one object on the last line
import { spawnSync } from "node:child_process"
import { rmSync } from "node:fs"
import { availableParallelism } from "node:os"
import { createInterface } from "node:readline"
import { parseArgs } from "node:util"
import { Worker } from "node:worker_threads"
import { bundleMutant, known, root } from "./mutant-bundle.mjs"
import { readRecord, writePage, writeRecord } from "./simulation-page.mjs"

/** Simulated length of a seed, as in `tickd simulate`. */
const minutes = 10
/** The same for the plane trading, as in tests/simulation/trade-seeds.test.ts. */
const tradeMinutes = 6
/** A mutant that neither fails nor ends is stuck, which proves nothing. */
const deadlineMs = 600_000
/** Number of parallel runs. */
const atOnce = 2

const stopWith = (sentence, code) => {
  console.error(`mutants: ${sentence}`)
  process.exit(code)
}

const readArguments = () => {
  const flag = { type: "boolean", default: false }
  const number = (value) => ({ type: "string", default: value })
  const options = {
    seeds: number("500"),
    from: number("1"),
    json: flag,
    hunt: flag,
    record: flag,
    reach: flag,
    runbooks: flag,
    trading: flag
  }
  try {
    const { positionals, values } = parseArgs({ allowPositionals: true, options })
    const [seeds, from] = [Number(values.seeds), Number(values.from)]
    const isCount = (value) => Number.isInteger(value) && value >= 1
    if (!isCount(seeds) || !isCount(from)) stopWith("--seeds and --from take a whole number from 1 on.", 64)
    const unknown = positionals.find((name) => !known.includes(name))
    if (unknown !== undefined) stopWith(`There is no mutant ${unknown}: there are ${known.join(", ")}.`, 64)
    return { ...values, seeds, from, names: positionals.length > 0 ? positionals : known }
  } catch (error) {
    return stopWith(`${error.message}`, 64)
  }
}

/** Runs seeds with the mutant until one fails. */
const live = (bundle, from, seeds) =>
  new Promise((resolve) => {
    const worker = new Worker(new URL("./mutant-worker.mjs", import.meta.url), {
      workerData: { bundle, from, seeds, minutes, tradeMinutes },
      stdout: true,
      stderr: true
    })
    let lived = 0
    let found
    let said = ""
    const deadline = setTimeout(() => {
      said = `stuck for ${deadlineMs / 1000} s`
      worker.terminate()
    }, deadlineMs)
    createInterface({ input: worker.stdout }).on("line", (line) => {
      const { seed, failure } = JSON.parse(line)
      lived++
      if (failure !== undefined) found = { seed, sentence: failure.sentence }
    })
    worker.once("error", (error) => {
      said = error.message
    })
    worker.once("exit", () => {
      clearTimeout(deadline)
      // The last line may still be on its way.
      setImmediate(() => resolve({ lived, found, said }))
    })
  })

const look = async (name, { hunt, record, seeds, from }, recorded) => {
  const startedMs = performance.now()
  const bundle = await bundleMutant(name)
  let end = { lived: 0, found: undefined, said: "no seed is recorded: npm run mutants -- --record" }
  if (!hunt && recorded !== undefined) end = await live(bundle, recorded.seed, 1)
  if (hunt || (record && end.found === undefined)) end = await live(bundle, from, seeds)
  rmSync(bundle, { force: true })
  const seconds = Number(((performance.now() - startedMs) / 1000).toFixed(1))
  const { lived, found, said } = end
  return { mutant: name, caught: found !== undefined, seeds: lived, seconds, sentence: said, ...found }
}

const options = readArguments()
const record = readRecord()
if (options.reach) {
  const simulate = (...flags) => {
    const verb = ["src/app/tickd.mjs", "simulate", "--seeds", String(options.seeds), "--reach", "--json", ...flags]
    const run = spawnSync(process.execPath, verb, { cwd: root, encoding: "utf8", maxBuffer: 1 << 26 })
    const last = run.stdout.trimEnd().split("\n").at(-1) ?? ""
    if (!last.startsWith("{")) stopWith(`the simulation ended with ${run.status}: ${run.stderr.slice(-500)}`, 1)
    const { seeds, failures, reach } = JSON.parse(last)
    return { seeds, failures, ...reach }
  }
  const runs = {
    reach: () => simulate(),
    runbooks: () => simulate("--runbooks"),
    trading: () => simulate("--plane", "trading", "--minutes", String(tradeMinutes))
  }
  const only = ["runbooks", "trading"].find((name) => options[name])
  const names = only === undefined ? Object.keys(runs) : [only]
  const reached = Object.fromEntries(names.map((name) => [name, runs[name]()]))
  writeRecord({ ...record, ...reached })
  writePage()
  process.exit(Object.values(reached).every(({ failures }) => failures === 0) ? 0 : 1)
}

/** Written at once, so that an interrupted run keeps its results. */
const note = ({ mutant, caught, seed, sentence }) => {
  const { mutants, ...rest } = readRecord()
  for (const name of Object.keys(mutants)) if (!known.includes(name)) delete mutants[name]
  if (caught) mutants[mutant] = { seed, sentence }
  writeRecord({ ...rest, mutants })
}

const waiting = [...options.names]
const results = []
const work = async () => {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const result = await look(name, options, record.mutants[name]).catch((error) => ({
      mutant: name,
      caught: false,
      seeds: 0,
      seconds: 0,
      sentence: error.message
    }))
    results.push(result)
    if (options.record) note(result)
    const { caught, seed, seeds, seconds, sentence } = result
    const where = caught ? `seed ${seed}` : `NOT CAUGHT in ${seeds} seeds`
    console.log(`${caught ? "ok  " : "FAIL"} ${name}: ${where}, ${seconds} s: ${sentence.slice(0, 140)}`)
  }
}
const startedMs = performance.now()
await Promise.all(Array.from({ length: Math.min(atOnce, availableParallelism(), options.names.length) }, work))
const seconds = Math.round((performance.now() - startedMs) / 1000)
const missed = results.filter(({ caught }) => !caught).length
if (options.record) writePage()
results.sort((a, b) => (a.mutant < b.mutant ? -1 : 1))
if (options.json) console.log(JSON.stringify({ mutants: results.length, missed, seconds, results }))
else console.log(`${results.length - missed} of ${results.length} mutants caught in ${seconds} s`)
process.exitCode = missed === 0 ? 0 : 1

// Runs seeds with a bundled mutant in a thread: one line for each seed on stdout, until one fails.
import { pathToFileURL } from "node:url"
import { workerData } from "node:worker_threads"

const { bundle, from, seeds, minutes, tradeMinutes } = workerData
const { runRunbookSeed, runSeed, runTradeSeed } = await import(pathToFileURL(bundle).href)
for (let seed = from; seed < from + seeds; seed++) {
  const run = runRunbookSeed ?? runTradeSeed ?? runSeed
  const { failure } = await run({ seed, lengthMs: (runTradeSeed === undefined ? minutes : tradeMinutes) * 60_000 })
  console.log(JSON.stringify({ seed, failure }))
  if (failure !== undefined) break
}

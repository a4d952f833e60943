// Runs seeds with a bundled mutant in a thread: one line for each seed on stdout, until one fails.
import { pathToFileURL } from "node:url"
import { workerData } from "node:worker_threads"

const { bundle, from, seeds, minutes } = workerData
const { runRunbookSeed, runSeed } = await import(pathToFileURL(bundle).href)
for (let seed = from; seed < from + seeds; seed++) {
  const { failure } = await (runRunbookSeed?.({ seed }) ?? runSeed({ seed, lengthMs: minutes * 60_000 }))
  console.log(JSON.stringify({ seed, failure }))
  if (failure !== undefined) break
}

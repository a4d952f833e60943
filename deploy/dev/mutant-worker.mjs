// Lives seeds with a bundled mutant, in a thread: a line a seed to the parent, until one fails.
import { pathToFileURL } from "node:url"
import { parentPort, workerData } from "node:worker_threads"

const { bundle, from, seeds, minutes } = workerData
const { runSeed } = await import(pathToFileURL(bundle).href)
for (let seed = from; seed < from + seeds; seed++) {
  const { failure } = await runSeed({ seed, lengthMs: minutes * 60_000 })
  parentPort.postMessage({ seed, failure })
  if (failure !== undefined) break
}

// Runs the whole daemon through all faults of fronts and brokers 500 times: each failure is a bug with a seed that
// reproduces it.
import { spawn } from "node:child_process"
import { join } from "node:path"
import { expect, it } from "vitest"
import { boundToThisProcess } from "../../src/platform/process/bound-child.ts"

const root = join(import.meta.dirname, "..", "..")

/** Ends with this process, also when that is killed: 500 seeds would else go on for minutes. */
const startSimulate = (flags: ReadonlyArray<string>) => {
  const words = [join(root, "src/app/tickd.mjs"), "simulate", ...flags]
  const bound = boundToThisProcess("SIGTERM", process.execPath, words)
  return spawn(bound.program, [...bound.args], { stdio: ["ignore", "pipe", "pipe"] })
}

/** Runs the verb as a user would; resolves with its exit code and the object on its last line. */
const simulate = (seeds: number, from: number, jobs?: number) =>
  new Promise<{ code: number | null; text: string; last: Record<string, unknown> }>((resolve, reject) => {
    const flags = ["--seeds", String(seeds), "--from", String(from), "--minutes", "10", "--json"]
    const more = jobs === undefined ? [] : ["--jobs", String(jobs)]
    const child = startSimulate([...flags, ...more])
    let text = ""
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString()
    })
    child.once("error", reject)
    child.once("close", (code) => {
      const line = text.trimEnd().split("\n").at(-1) ?? ""
      if (line.startsWith("{")) resolve({ code, text, last: JSON.parse(line) as Record<string, unknown> })
      else reject(new Error(`tickd simulate ended with ${code} and printed no report: ${text}`))
    })
  })

it("holds every invariant through 500 seeds of ten simulated minutes", { timeout: 3_600_000 }, async () => {
  const { code, text, last } = await simulate(500, 1)
  expect(code, text).toBe(0)
  expect(last).toMatchObject({ seeds: 500, failures: 0 })
  expect(last["checks"]).toBeGreaterThan(1_000_000)
  const kinds = Object.values(last["faults_by_kind"] as Record<string, number>)
  expect(kinds.length).toBeGreaterThanOrEqual(20)
  expect(Math.min(...kinds)).toBeGreaterThan(0)
  console.log(
    `500 seeds: ${last["simulated_hours"]} simulated hours in ${last["seconds"]} s, ${last["times_real"]} times real time`
  )
})

it("gives the same trace in two processes, and with any number of them", async () => {
  const [once, shared] = await Promise.all([simulate(4, 77, 1), simulate(4, 77, 2)])
  expect(once.last["trace_hash"]).toMatch(/^[0-9a-f]{64}$/)
  expect(shared.last["trace_hash"]).toBe(once.last["trace_hash"])
})

it("ends soon after a signal, reports how far it got, and ends with 0", async () => {
  const flags = ["--seeds", "1", "--hours", "100", "--jobs", "1"]
  const child = startSimulate([...flags, "--trace"])
  let said = ""
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString()
  })
  const ended = new Promise<number | null>((resolve) => void child.once("close", resolve))
  // The world is running once it has printed something.
  await new Promise<void>((resolve) => void child.stdout.once("data", () => resolve()))
  child.stdout.resume()
  child.kill("SIGTERM")
  expect(await ended).toBe(0)
  expect(said).toContain("interrupted: 0 of 1 seeds run")
})

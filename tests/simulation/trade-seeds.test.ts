// Runs the whole trading daemon through all faults of venue, store, NATS, host and operators 500 times: each failure is
// a bug with a seed that reproduces it.
import { execFile } from "node:child_process"
import { join } from "node:path"
import { expect, it } from "vitest"
import { boundToThisProcess } from "../../src/platform/process/bound-child.ts"

const root = join(import.meta.dirname, "..", "..")

/** Runs the verb as a user would; resolves with its exit code and the object on its last line. */
const simulate = (...flags: ReadonlyArray<string>) =>
  new Promise<{ code: unknown; text: string; last: Record<string, unknown> }>((resolve) => {
    const world = ["--plane", "trading", "--minutes", "6", "--json"]
    // Ends with this process, also when that is killed: 500 seeds would else go on.
    const verb = [join(root, "src/app/tickd.mjs"), "simulate", ...world, ...flags]
    const bound = boundToThisProcess("SIGTERM", process.execPath, verb)
    execFile(bound.program, bound.args, { maxBuffer: 1 << 26 }, (error, out, err) => {
      const line = out.trimEnd().split("\n").at(-1) ?? ""
      const last = line.startsWith("{") ? (JSON.parse(line) as Record<string, unknown>) : {}
      resolve({ code: error === null ? 0 : error.code, text: out + err, last })
    })
  })

it("holds every invariant through 500 seeds, which reach every kind of fault", { timeout: 3_600_000 }, async () => {
  const { code, last, text } = await simulate("--seeds", "500")
  expect(code, text).toBe(0)
  expect(last).toMatchObject({ seeds: 500, failures: 0 })
  expect(last["checks"]).toBeGreaterThan(200_000)
  expect(last["orders"]).toBeGreaterThan(8000)
  expect(last["executions"]).toBeGreaterThan(6000)
  const kinds = last["faults_by_kind"] as Record<string, number>
  expect(Object.keys(kinds).length).toBeGreaterThanOrEqual(50)
  expect(Math.min(...Object.values(kinds)), JSON.stringify(kinds)).toBeGreaterThan(0)
  console.log(
    `500 seeds of trading: ${last["orders"]} orders in ${last["seconds"]} s, ${last["times_real"]} times real time`
  )
})

it("gives the same trace in two processes, and with any number of them", async () => {
  const range = ["--seeds", "6", "--from", "33"]
  const [once, shared] = await Promise.all([simulate(...range, "--jobs", "1"), simulate(...range, "--jobs", "2")])
  expect(once.last["trace_hash"]).toMatch(/^[0-9a-f]{64}$/)
  expect(shared.last["trace_hash"]).toBe(once.last["trace_hash"])
})

it("refuses to run runbooks at the same time", async () => {
  const { code, text } = await simulate("--runbooks")
  expect(code).toBe(64)
  expect(text).toContain("--plane and --runbooks are two worlds")
})

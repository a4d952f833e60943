// Runs sequences of runbooks with faults, signals, kills and two operators: each failure is a bug with a seed that
// reproduces it.
import { execFile } from "node:child_process"
import { join } from "node:path"
import { expect, it } from "vitest"
import { boundToThisProcess } from "../../src/platform/process/bound-child.ts"

const root = join(import.meta.dirname, "..", "..")

/** Runs the verb as a user would; resolves with its exit code and the object on its last line. */
const simulate = (...flags: ReadonlyArray<string>) =>
  new Promise<{ code: unknown; text: string; last: Record<string, unknown> }>((resolve) => {
    const verb = [join(root, "src/app/tickd.mjs"), "simulate", "--runbooks", "--json", ...flags]
    // Ends with this process, also when that is killed: 1,000 seeds would else go on.
    const bound = boundToThisProcess("SIGTERM", process.execPath, verb)
    execFile(bound.program, bound.args, { maxBuffer: 1 << 26 }, (error, out, err) => {
      const line = out.trimEnd().split("\n").at(-1) ?? ""
      const last = line.startsWith("{") ? (JSON.parse(line) as Record<string, unknown>) : {}
      resolve({ code: error === null ? 0 : error.code, text: out + err, last })
    })
  })

it("holds every invariant through 1,000 seeds, which draw every kind of fault", { timeout: 3_600_000 }, async () => {
  const { code, last, text } = await simulate("--seeds", "1000")
  expect(code, text).toBe(0)
  expect(last).toMatchObject({ seeds: 1000, failures: 0 })
  expect(last["runs"]).toBeGreaterThan(5_000)
  const kinds = last["faults_by_kind"] as Record<string, number>
  expect(Object.keys(kinds).length).toBeGreaterThanOrEqual(19)
  expect(Math.min(...Object.values(kinds))).toBeGreaterThan(20)
  console.log(`1,000 seeds of runbooks: ${last["runs"]} runs in ${last["seconds"]} s`)
})

it("gives the same trace in two processes, and with any number of them", async () => {
  const range = ["--seeds", "20", "--from", "77"]
  const [once, shared] = await Promise.all([simulate(...range, "--jobs", "1"), simulate(...range, "--jobs", "2")])
  expect(once.last["trace_hash"]).toMatch(/^[0-9a-f]{64}$/)
  expect(shared.last["trace_hash"]).toBe(once.last["trace_hash"])
})

it("refuses a length: a seed of runbooks is as long as its runs", async () => {
  const { code, text } = await simulate("--minutes", "10")
  expect(code).toBe(64)
  expect(text).toContain("--minutes and --hours are for seeds of the daemon")
})

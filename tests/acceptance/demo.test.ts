// The demo is the first thing that anybody runs: its exit code and last line are the promise that every tick is
// accounted for.
import { afterEach, expect, it } from "vitest"
import {
  demoAddresses,
  endCommands,
  eventually,
  freePorts,
  isRunning,
  lastJson,
  startCommand,
  startTickd,
  tickd
} from "../support/cli-process.ts"

afterEach(endCommands)

const keys =
  "received published quarantined dropped in_flight stored ticks_per_second p50_ms p99_ms restarts balanced".split(" ")

it("runs for its time, prints one object with the account, and exits 0", async () => {
  const { code, stdout } = await tickd(["demo", "--for", "8s", "--json", ...freePorts])
  expect(code).toBe(0)
  const report = lastJson(stdout)
  for (const key of keys) expect(report).toHaveProperty(key)
  expect(stdout.trim().split("\n")).toHaveLength(1)
  const count = (key: string) => Number(report[key] ?? 0)
  // 1,000 ticks a second for eight seconds less the start.
  expect(count("received")).toBeGreaterThan(3000)
  expect(count("received")).toBe(
    count("published") + count("quarantined") + count("duplicate") + count("dropped") + count("in_flight")
  )
  expect(report).toMatchObject({ in_flight: 0, dropped: 0, restarts: 0, balanced: true, stored: report["published"] })
  expect(count("p50_ms")).toBeGreaterThan(0)
  expect(count("p99_ms")).toBeGreaterThanOrEqual(count("p50_ms"))
})

it("serves the older version family as well", async () => {
  const { code, stdout } = await tickd(["demo", "--for", "4s", "--family", "63", "--json", ...freePorts])
  expect(code).toBe(0)
  expect(Number(lastJson(stdout)["published"])).toBeGreaterThan(500)
})

it("drains on Ctrl-C, prints the ledger for people and exits 0", async () => {
  const demo = startTickd(["demo", ...freePorts])
  const { http } = await demoAddresses(demo)
  await eventually("ready", async () => (await fetch(`${http}/readyz`)).status === 200 || undefined)
  demo.child.kill("SIGINT")
  const { code, stdout } = await demo.ended
  expect(stdout).toMatch(/ledger {4}received [\d,]+ = published [\d,]+/)
  expect(stdout).toContain("every tick is accounted for")
  expect(code).toBe(0)
})

it("ends at once on a second Ctrl-C and leaves no process", async () => {
  const demo = startTickd(["demo", ...freePorts])
  const { workerPid } = await demoAddresses(demo)
  demo.child.kill("SIGINT")
  demo.child.kill("SIGINT")
  // The same signal within a second is npm's copy: a user's second Ctrl-C is later, or the drain has ended by then.
  setTimeout(() => demo.child.kill("SIGINT"), 1200)
  const { code } = await demo.ended
  expect([130, 0]).toContain(code)
  await eventually("the worker ends", () => !isRunning(workerPid) || undefined)
})

it("rewrites one readable line on a terminal", async () => {
  // script(1) gives the program a terminal; a machine without it cannot show one.
  const command = `${process.execPath} src/app/tickd.mjs demo --for 5s ${freePorts.join(" ")}`
  const demo = startCommand(["-qec", command, "/dev/null"], { program: "script" })
  const { code, stdout } = await demo.ended
  expect(code).toBe(0)
  expect(stdout).toContain("\r\u001b[Kstreaming  ")
  expect(stdout).toMatch(/streaming {2}[\d,]+ ticks\/s {2}published [\d,]+/)
  // Without a size, a terminal counts as 80 columns: a longer line would wrap and could not be rewritten.
  for (const line of stdout
    .split("\n")
    .find((text) => text.includes("\u001b[K"))
    ?.split("\r\u001b[K") ?? [])
    expect(line.trimEnd().length).toBeLessThan(80)
})

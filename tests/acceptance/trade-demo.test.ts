// The demo is the promise of the trading plane: whatever the venue does, no order is lost or doubled.
import { afterEach, expect, it } from "vitest"
import { endCommands, lastJson, tickd } from "../support/cli-process.ts"

afterEach(endCommands)

it("trades with faults on, and its ledger balances with the venue's own record", async () => {
  const { code, stderr, stdout } = await tickd(["trade", "demo", "--seconds", "12", "--seed", "3", "--json"])
  const report = lastJson(stdout)
  expect(report, stderr).toMatchObject({ balanced: true, differences: [], unconfirmed: 0, working: 0 })
  expect(code).toBe(0)
  expect(stdout.trim().split("\n")).toHaveLength(1)
  const count = (key: string) => Number(report[key] ?? 0)
  expect(count("intents")).toBeGreaterThan(10)
  expect(count("intents")).toBe(count("refused") + count("terminal"))
  expect(count("faults")).toBeGreaterThan(5)
  expect(count("venue_orders")).toBeGreaterThan(10)
  expect(report["kill_switch"]).toMatchObject({ passed: 0 })
})

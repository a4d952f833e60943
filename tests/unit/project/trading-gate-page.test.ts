// Who may trade in which state is what users ask first: the page must hold what the gate decides.
import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { gateCell, gateStates, tradingGatePage } from "../../../deploy/dev/trading-gate-page.ts"

const page = readFileSync(new URL("../../../docs/reference/trading-gate.md", import.meta.url), "utf8")

/** State: entry, exit. Written by hand, so that a change of the gate is a decision. */
const wanted: Readonly<Record<string, readonly [string, string]>> = {
  open: ["passes", "passes"],
  "live, not armed": ["`NOT_ARMED`", "`NOT_ARMED`"],
  "kill switch ENGAGED, entries": ["`KILL_SWITCH`", "passes"],
  "kill switch ENGAGED, all": ["`KILL_SWITCH`", "`KILL_SWITCH`"],
  "kill switch unknown": ["`KILL_SWITCH`", "`KILL_SWITCH`"],
  "breaker TRIPPED": ["`BREAKER`", "passes"],
  "breaker QUIET_PERIOD": ["`BREAKER`", "passes"],
  "breaker unknown": ["`BREAKER`", "`BREAKER`"],
  "breaker missing": ["`BREAKER`", "`BREAKER`"],
  "monitor silent": ["`BREAKER`", "passes"],
  "reconciliation closed": ["`RECONCILIATION`", "`RECONCILIATION`"],
  "reconciliation reducing": ["`RECONCILIATION`", "passes"],
  "stream down": ["`STREAM_DOWN`", "passes"],
  "NATS lost": ["`KILL_SWITCH` `BREAKER`", "`KILL_SWITCH` `BREAKER`"],
  "symbol quarantined": ["`SYMBOL_QUARANTINED`", "passes"],
  "strategy stopped": ["`STRATEGY_STOPPED`", "passes"],
  "symbol on the blacklist": ["`BLACKLISTED`", "passes"],
  "price stale": ["`PRICE_STALE`", "passes"],
  "price tainted": ["`PRICE_TAINTED`", "passes"],
  "price missing": ["`PRICE_MISSING` `FAT_FINGER_NOTIONAL` `POSITION_SHARE` `BUYING_POWER`", "passes"],
  "venue's clock unknown": ["`PRICE_MISSING`", "passes"],
  "account blocked": ["`ACCOUNT_BLOCKED`", "passes"],
  "account unknown": ["`ACCOUNT_BLOCKED` `POSITION_SHARE` `BUYING_POWER`", "passes"]
}

describe("the page of the gate", () => {
  it("is what the gate decides", () => assert.strictEqual(page, tradingGatePage(page), "stale: run 'npm run generate'"))

  it("has each state of the table", () =>
    assert.deepStrictEqual(
      gateStates.map(({ name }) => name),
      Object.keys(wanted)
    ))

  it.each(gateStates)("$name", ({ name, view }) => {
    const [entry, exit] = wanted[name] ?? []
    assert.strictEqual(gateCell(view, "entry"), entry)
    assert.strictEqual(gateCell(view, "exit"), exit)
    assert.strictEqual(gateCell(view, "exit", true), exit)
    // An order that asks to reduce and does not is refused in every state.
    assert.include(gateCell(view, "entry", true), "`REDUCE_ONLY`")
  })
})

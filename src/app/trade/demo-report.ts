import type { Paint } from "../../cli/terminal/layout.ts"
import { aligned, count } from "../../cli/terminal/layout.ts"
import { decimalText } from "../../kernel/decimal.ts"
import type { TradeLedger } from "../../trading/domain/ledger/trade-ledger.ts"
import type { ScriptCounts } from "./demo-script.ts"

/** The last line of `trade demo --json`. Counts are of orders unless named; quantities are texts, in shares. */
export interface TradeDemoReport {
  readonly seconds: number
  readonly submitted: number
  /** Refused by the gate: there is no intent. */
  readonly gate_refused: number
  readonly refusal_codes: Readonly<Record<string, number>>
  readonly intents: number
  readonly refused: number
  readonly terminal: number
  readonly working: number
  readonly unconfirmed: number
  readonly symbols: ReadonlyArray<{
    readonly symbol: string
    readonly filled: string
    readonly adjusted: string
    readonly position: string
    readonly balanced: boolean
  }>
  readonly venue_orders: number
  /** Differences between the book and the venue's own record. */
  readonly differences: ReadonlyArray<string>
  readonly cancels: number
  readonly replaces: number
  readonly exits: number
  readonly kill_switch: { readonly refused: number; readonly passed: number }
  readonly faults: number
  readonly reconciliations: number
  readonly restarts: number
  readonly balanced: boolean
}

export const demoReport = (parts: {
  readonly seconds: number
  readonly ledger: TradeLedger
  readonly script: ScriptCounts
  readonly venueOrders: number
  readonly differences: ReadonlyArray<string>
  readonly faults: number
  readonly reconciliations: number
  readonly restarts: number
}): TradeDemoReport => {
  const { differences, ledger, script } = parts
  return {
    seconds: parts.seconds,
    submitted: script.submitted,
    gate_refused: script.gateRefused,
    refusal_codes: Object.fromEntries([...script.codes].sort(([, one], [, other]) => other - one)),
    intents: ledger.intents,
    refused: ledger.refused,
    terminal: ledger.terminal,
    working: ledger.working,
    unconfirmed: ledger.unconfirmed,
    symbols: ledger.symbols.map(({ adjusted, balanced, filled, position, symbol }) => ({
      symbol,
      filled: decimalText(filled),
      adjusted: decimalText(adjusted),
      position: decimalText(position),
      balanced
    })),
    venue_orders: parts.venueOrders,
    differences,
    cancels: script.cancels,
    replaces: script.replaces,
    exits: script.exits,
    kill_switch: { refused: script.killRefused, passed: script.killPassed },
    faults: parts.faults,
    reconciliations: parts.reconciliations,
    restarts: parts.restarts,
    balanced:
      ledger.intents > 0 &&
      ledger.balanced &&
      ledger.unconfirmed === 0 &&
      ledger.symbols.every(({ balanced }) => balanced) &&
      differences.length === 0 &&
      script.killPassed === 0
  }
}

/** The ledger at the end, for people. */
export const demoText = (report: TradeDemoReport, paint: Paint): string => {
  const { differences, kill_switch, symbols } = report
  const codes = Object.entries(report.refusal_codes).map(([code, times]) => `${code} ${times}`)
  const table = aligned(
    [
      ["symbol", "filled", "adjusted", "position", ""],
      ...symbols.map((one) => [
        one.symbol,
        one.filled,
        one.adjusted,
        one.position,
        one.balanced ? paint.good("balanced") : paint.bad("NOT BALANCED")
      ])
    ],
    [1, 2, 3]
  )
  return [
    `orders    ${count(report.submitted)} passed the gate, ${count(report.gate_refused)} refused by it${codes.length === 0 ? "" : ` (${codes.slice(0, 4).join(", ")})`}`,
    `ledger    intents ${count(report.intents)} = refused ${count(report.refused)} + terminal ${count(report.terminal)} + working ${count(report.working)} + unconfirmed ${count(report.unconfirmed)}`,
    ...table.map((row) => `          ${row}`),
    `venue     ${count(report.venue_orders)} orders in its own record, ${differences.length === 0 ? "all as in the book" : paint.bad(`${differences.length} differences`)}`,
    ...differences.slice(0, 10).map((difference) => `          ${difference}`),
    `switch    kill switch engaged once: ${count(kill_switch.refused)} entries refused, ${kill_switch.passed === 0 ? "none passed" : paint.bad(`${kill_switch.passed} PASSED`)}`,
    `faults    ${count(report.faults)} at the venue; ${count(report.cancels)} cancels, ${count(report.replaces)} changes, ${count(report.exits)} exits, ${count(report.reconciliations)} reconciliations, ${count(report.restarts)} restarts`,
    report.balanced ? paint.good("the trading ledger balances") : paint.bad("the trading ledger does NOT balance")
  ].join("\n")
}

import { appendFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { errorText } from "../../kernel/error-text.ts"
import { cureOf } from "../../kernel/system-fault.ts"
import { shanghaiIso } from "../../kernel/time/shanghai-time.ts"
import { makeFolders } from "../../platform/process/make-folders.ts"
import { UserError } from "../../platform/process/user-error.ts"
import type { HealthReport } from "../../protocol/market/health-report.ts"

const cell = (value: string): string => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)

/** One row an instrument that is not as it should be. */
const csvOf = (report: HealthReport): string => {
  const rows: Array<ReadonlyArray<string>> = [["kind", "symbol", "severity", "detail", "last_tick_at", "lag_seconds"]]
  const isCovered = report.coverage_ratio >= report.thresholds.coverage
  for (const { liquid, symbol, why } of report.missing_details) {
    rows.push(["missing", symbol, liquid || !isCovered ? "error" : "warning", why, "", ""])
  }
  for (const one of report.stalled_contracts) {
    rows.push(["stalled", one.symbol, one.severity, one.feed, one.last_tick_at ?? "", one.lag_seconds.toFixed(1)])
  }
  for (const symbol of report.unexpected_contracts) rows.push(["unexpected", symbol, "warning", "", "", ""])
  for (const symbol of report.ignored_symbols) rows.push(["ignored", symbol, "", "", "", ""])
  return `${rows.map((row) => row.map(cell).join(",")).join("\n")}\n`
}

/** `20261123-210003`, the time in Shanghai. */
const stampOf = (atMs: number): string => {
  const iso = shanghaiIso(atMs)
  return `${iso.slice(0, 10).replaceAll("-", "")}-${iso.slice(11, 19).replaceAll(":", "")}`
}

/** The files of one check: a log of JSON lines, and the report in the forms asked for. */
export const openHealthFiles = (folder: string, prefix: string, atMs: number) => {
  const base = join(folder, `${prefix}_${stampOf(atMs)}`)
  const attempt = (write: () => void) =>
    Effect.try({
      try: write,
      catch: (cause) =>
        new UserError({
          code: "HEALTH_OUTPUT",
          message: `The files of the check cannot be written to ${folder} (${errorText(cause)}): ${cureOf(cause, "name another folder with --out-dir")}.`,
          exitCode: 2
        })
    })
  let open = false
  return {
    log: (event: string, fields: Readonly<Record<string, unknown>> = {}) =>
      attempt(() => {
        if (!open) makeFolders(folder)
        open = true
        appendFileSync(`${base}.log`, `${JSON.stringify({ ts: shanghaiIso(Date.now()), event, ...fields })}\n`)
      }),
    write: (form: "json" | "csv", report: HealthReport, indent: number) =>
      Effect.as(
        attempt(() =>
          writeFileSync(`${base}.${form}`, form === "csv" ? csvOf(report) : `${JSON.stringify(report, null, indent)}\n`)
        ),
        `${base}.${form}`
      )
  }
}

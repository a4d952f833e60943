import { readFileSync } from "node:fs"
import { gunzipSync } from "node:zlib"
import { sha256Hex } from "../../../src/kernel/sha256.ts"
import { type BarColumns, barFields } from "../../../src/trading/domain/signal/alpha158/bar-columns.ts"

type Shown = number | null | "inf" | "-inf"
type ShownColumns = Readonly<Record<(typeof barFields)[number], ReadonlyArray<Shown>>>

const folder = new URL("../../golden/alpha158/", import.meta.url)

const numberOf = (value: Shown): number =>
  value === null ? Number.NaN : value === "inf" ? Number.POSITIVE_INFINITY : value === "-inf" ? -Infinity : value

/** A file of the golden vectors; a file that was changed by hand is refused. */
const goldenText = (name: "bars.json" | "expected.json"): string => {
  const manifest = JSON.parse(readFileSync(new URL("manifest.json", folder), "utf8")) as {
    readonly sha256: Readonly<Record<string, string>>
  }
  const text = gunzipSync(readFileSync(new URL(`${name}.gz`, folder))).toString("utf8")
  if (sha256Hex(text) !== manifest.sha256[name]) throw new Error(`${name} is not what oracle.py --make wrote`)
  return text
}

/** The day `at` places after 2024-01-01. */
const goldenDay = (at: number): string => new Date(Date.UTC(2024, 0, 1 + at)).toISOString().slice(0, 10)

export interface GoldenSeries {
  readonly name: string
  readonly bars: BarColumns
  /** 158 values a row. */
  readonly expected: ReadonlyArray<Float64Array>
}

/** Bars and what the oracle in plain Python computes for them. */
export const goldenSeries = (): { readonly names: ReadonlyArray<string>; readonly series: Array<GoldenSeries> } => {
  const { series } = JSON.parse(goldenText("bars.json")) as { readonly series: Readonly<Record<string, ShownColumns>> }
  const { names, series: rows } = JSON.parse(goldenText("expected.json")) as {
    readonly names: ReadonlyArray<string>
    readonly series: Readonly<Record<string, ReadonlyArray<ReadonlyArray<Shown>>>>
  }
  return {
    names,
    series: Object.entries(series).map(([name, columns]) => ({
      name,
      bars: {
        dates: columns.close.map((_, at) => goldenDay(at)),
        ...(Object.fromEntries(
          barFields.map((field) => [field, Float64Array.from(columns[field], numberOf)])
        ) as unknown as Omit<BarColumns, "dates">)
      },
      expected: (rows[name] ?? []).map((row) => Float64Array.from(row, numberOf))
    }))
  }
}

/** NaN and infinities must agree; numbers to 1e-9, absolutely below 1. */
export const agree = (value: number, expected: number): boolean => {
  if (!Number.isFinite(expected)) return Object.is(value, expected)
  return Math.abs(value - expected) <= 1e-9 * Math.max(1, Math.abs(expected))
}

import { parquetMetadata, parquetReadObjects } from "hyparquet"
import { parquetWriteBuffer } from "hyparquet-writer"
import { type BarColumns, type BarField, barFields } from "../../domain/signal/alpha158/bar-columns.ts"
import {
  type Adjustment,
  adjustments,
  type BarsSet,
  type MarketKind,
  marketKinds
} from "../../domain/signal/market/bars-set.ts"

const dayMs = 86_400_000

/** One file of bars as bytes: `date` and six columns of float64, a missing value as null; what they are as metadata. */
export const parquetOf = ({ adjustment, bars, market, source, symbol, timeframe }: BarsSet): Uint8Array => {
  const columns = barFields.map((name) => ({
    name,
    data: Array.from(bars[name], (value) => (Number.isNaN(value) ? null : value)),
    type: "DOUBLE" as const
  }))
  const buffer = parquetWriteBuffer({
    columnData: [
      { name: "date", data: bars.dates.map((day) => new Date(`${day}T00:00:00Z`)) },
      ...columns.map(({ data, name }) => ({ name, data }))
    ],
    schema: [
      { name: "root", num_children: columns.length + 1 },
      { name: "date", type: "INT32", converted_type: "DATE", repetition_type: "REQUIRED" },
      ...columns.map(({ name, type }) => ({ name, type, repetition_type: "OPTIONAL" as const }))
    ],
    createdBy: "tickd",
    kvMetadata: Object.entries({ market, source, symbol, timeframe, adjustment }).map(([key, value]) => ({
      key: `tickd.${key}`,
      value
    }))
  })
  return new Uint8Array(buffer)
}

const isOneOf = <A extends string>(all: ReadonlyArray<A>, text: string): text is A =>
  (all as ReadonlyArray<string>).includes(text)

/** A cell of a column of numbers. */
const cellOf = (value: unknown, field: string, row: number): number => {
  if (value === null || value === undefined) return Number.NaN
  const number = typeof value === "bigint" ? Number(value) : value
  if (typeof number === "number" && Number.isFinite(number)) return number
  throw new Error(`row ${row + 1}, ${field}: not a finite number`)
}

const dayOf = (value: unknown, row: number, before: string | undefined): string => {
  const ms =
    value instanceof Date ? value.getTime() : typeof value === "string" ? Date.parse(`${value}T00:00:00Z`) : Number.NaN
  if (Number.isNaN(ms) || ms % dayMs !== 0) throw new Error(`row ${row + 1}, date: not a day`)
  const day = new Date(ms).toISOString().slice(0, 10)
  if (before !== undefined && day <= before)
    throw new Error(`row ${row + 1}, date: ${day} does not come after ${before}`)
  return day
}

/**
 * Reads a file of bars that this program or another one wrote. Fails with a sentence that names row and column. A file
 * without tickd's metadata has an unknown source: it counts as real, since only tickd makes synthetic bars.
 */
export const readParquet = async (bytes: Uint8Array): Promise<BarsSet> => {
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
  const metadata = parquetMetadata(file)
  const known = new Map((metadata.key_value_metadata ?? []).map(({ key, value }) => [key, value ?? ""]))
  const text = (key: string, otherwise: string) => known.get(`tickd.${key}`) ?? otherwise
  const names = metadata.schema.slice(1).map(({ name }) => name)
  const lacking = ["date", ...barFields].filter((name) => !names.includes(name))
  if (lacking.length > 0) throw new Error(`the column ${lacking.join(", ")} is missing`)
  const rows = await parquetReadObjects({ file, metadata, columns: ["date", ...barFields] })
  const dates: Array<string> = []
  const columns = Object.fromEntries(barFields.map((name) => [name, new Float64Array(rows.length)])) as Record<
    BarField,
    Float64Array
  >
  for (const [at, row] of rows.entries()) {
    dates.push(dayOf(row["date"], at, dates.at(-1)))
    for (const name of barFields) columns[name][at] = cellOf(row[name], name, at)
  }
  const market = text("market", "real")
  const adjustment = text("adjustment", "raw")
  if (!isOneOf<MarketKind>(marketKinds, market)) throw new Error(`the market "${market}" is not known`)
  if (!isOneOf<Adjustment>(adjustments, adjustment)) throw new Error(`the adjustment "${adjustment}" is not known`)
  const bars: BarColumns = { dates, ...columns }
  return {
    market,
    adjustment,
    source: text("source", "unknown"),
    symbol: text("symbol", ""),
    timeframe: text("timeframe", "1Day"),
    bars
  }
}

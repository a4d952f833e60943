import { readFileSync } from "node:fs"
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { present } from "../../cli/invocation.ts"
import { jsonFlag } from "../../cli/terminal/flags.ts"
import { aligned, count } from "../../cli/terminal/layout.ts"
import { errorText } from "../../kernel/error-text.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"
import { parseBarsText } from "../../trading/adapters/bars/csv-text.ts"
import { readParquet } from "../../trading/adapters/bars/parquet-bars.ts"
import { alpha158 } from "../../trading/domain/signal/alpha158/alpha158.ts"
import { featureFingerprint } from "../../trading/domain/signal/alpha158/fingerprint.ts"
import { alpha158Names } from "../../trading/domain/signal/alpha158/names.ts"
import { readInput, readOrPlace } from "./input-file.ts"
import { type ShownNumber, shownNumber } from "./shown-number.ts"

interface FeatureTable {
  readonly names: ReadonlyArray<string>
  readonly rows: ReadonlyArray<{ readonly date: string; readonly values: ReadonlyArray<ShownNumber> }>
}

/** The newest row, five names a line, and what is missing in the others. */
const render = ({ names, rows }: FeatureTable): string => {
  const newest = rows.at(-1)
  if (newest === undefined) return "no bars: the file has a header only"
  const missing = rows.reduce((sum, { values }) => sum + values.filter((value) => value === null).length, 0)
  const cells = names.flatMap((name, at) => {
    const value = newest.values[at] ?? null
    return [name, typeof value === "number" ? value.toPrecision(6) : (value ?? "-")]
  })
  const lines = Array.from({ length: Math.ceil(cells.length / 10) }, (_, at) => cells.slice(at * 10, at * 10 + 10))
  return [
    `${count(rows.length)} rows, ${rows[0]?.date} to ${newest.date}, ${count(missing)} values missing; features ${featureFingerprint().slice(0, 12)}`,
    `${newest.date}:`,
    ...aligned(lines).map((line) => `  ${line}`)
  ].join("\n")
}

/** Bars of a file: Parquet by its name, else CSV. */
const readBars = Effect.fnUntraced(function* (path: string) {
  if (!path.endsWith(".parquet")) {
    return yield* readOrPlace(path, "BARS_INVALID", parseBarsText(yield* readInput(path)))
  }
  const { bars } = yield* Effect.tryPromise({
    try: async () => await readParquet(readFileSync(path)),
    catch: (cause) =>
      new UserError({
        code: "BARS_INVALID",
        exitCode: exitCodes.badInput,
        message: `${path} cannot be read: ${errorText(cause)}`
      })
  })
  return bars
})

const features = Command.make(
  "features",
  {
    bars: Flag.String("bars").pipe(
      Flag.withDescription(
        "File of one symbol, CSV (date,open,high,low,close,volume,vwap; an empty cell is missing) or .parquet"
      )
    ),
    json: jsonFlag
  },
  ({ bars: path, json }) =>
    Effect.gen(function* () {
      const bars = yield* readBars(path)
      const values = alpha158(bars)
      const width = alpha158Names.length
      const table: FeatureTable = {
        names: alpha158Names,
        rows: bars.dates.map((date, row) => ({
          date,
          values: Array.from(values.subarray(row * width, (row + 1) * width), shownNumber)
        }))
      }
      yield* present(json, table, render)
    })
).pipe(Command.withDescription("Compute the 158 features of Alpha158 for each bar of a file"))

/** `tickd signals features`. */
export const command = Command.make("signals").pipe(
  Command.withDescription("From bars to features"),
  Command.withSubcommands([features])
)

import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { endWith, present } from "../../cli/invocation.ts"
import { jsonFlag, shownDefault, wholeFlag } from "../../cli/terminal/flags.ts"
import { aligned, count } from "../../cli/terminal/layout.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"
import { layer as barsFolder } from "../../trading/adapters/bars/bars-folder.ts"
import { parseBarsText } from "../../trading/adapters/bars/csv-text.ts"
import { barFields, sliceBars } from "../../trading/domain/signal/alpha158/bar-columns.ts"
import type { Adjustment } from "../../trading/domain/signal/market/bars-set.ts"
import { adjustForSplits, checkBars } from "../../trading/domain/signal/market/check-bars.ts"
import { syntheticMarket } from "../../trading/domain/signal/market/synthetic-market.ts"
import { BarsStore } from "../../trading/ports/bars-store.ts"
import { fetch } from "./bars-fetch.ts"
import { adjustmentFlag, barsFlag, dayFlag, timeframeFlag, toBarsError } from "./bars-flags.ts"
import { readInput, readOrPlace } from "./input-file.ts"
import { shownNumber } from "./shown-number.ts"

const seriesFlags = { bars: barsFlag, timeframe: timeframeFlag, adjustment: adjustmentFlag, json: jsonFlag }
const symbolArgument = Argument.String("symbol").pipe(Argument.withDescription("Symbol, as AAPL"))
const someSymbols = Argument.variadic(
  Argument.String("symbol").pipe(Argument.withDescription("Symbols (default: all)"))
)

const show = Command.make(
  "show",
  {
    symbol: Argument.optional(symbolArgument),
    last: wholeFlag("last", 1, 100_000).pipe(shownDefault("Show the last N bars", 10)),
    ...seriesFlags
  },
  ({ adjustment, bars: root, json, last, symbol, timeframe }) =>
    Effect.gen(function* () {
      const store = yield* BarsStore
      if (Option.isNone(symbol)) {
        const listed = yield* toBarsError(store.list({ timeframe, adjustment }))
        const rows = [...listed].map(([name, { from, market, rows: bars, source, to }]) => ({
          symbol: name,
          rows: bars,
          from,
          to,
          market,
          source
        }))
        return yield* present(json, { series: rows }, ({ series }) =>
          series.length === 0
            ? `no ${timeframe} bars (${adjustment}) in ${root}`
            : aligned(
                [
                  ["SYMBOL", "BARS", "FROM", "TO", "MARKET", "SOURCE"],
                  ...series.map((row) => [
                    row.symbol,
                    count(row.rows),
                    row.from ?? "-",
                    row.to ?? "-",
                    row.market,
                    row.source
                  ])
                ],
                [1]
              ).join("\n")
        )
      }
      const set = yield* toBarsError(store.read({ symbol: symbol.value, timeframe, adjustment }))
      const newest = sliceBars(set.bars, Math.max(0, set.bars.dates.length - last))
      const rows = newest.dates.map((date, at) => ({
        date,
        ...Object.fromEntries(barFields.map((field) => [field, shownNumber(newest[field][at] as number)]))
      }))
      const { market, source } = set
      yield* present(json, { symbol: symbol.value, timeframe, adjustment, market, source, rows }, () =>
        [
          `${symbol.value} ${timeframe} ${adjustment}, ${count(set.bars.dates.length)} bars, ${market === "synthetic" ? "SYNTHETIC" : "real"}, from ${source}`,
          ...aligned(
            [
              ["DATE", ...barFields.map((field) => field.toUpperCase())],
              ...newest.dates.map((date, at) => [date, ...barFields.map((field) => String(newest[field][at]))])
            ],
            [1, 2, 3, 4, 5, 6]
          )
        ].join("\n")
      )
    }).pipe(Effect.provide(barsFolder(root)))
).pipe(Command.withDescription("Show the stored bars of a symbol, or what is stored"))

const check = Command.make("check", { symbols: someSymbols, ...seriesFlags }, (options) =>
  Effect.gen(function* () {
    const { adjustment, json, symbols, timeframe } = options
    const store = yield* BarsStore
    const listed = yield* toBarsError(store.list({ timeframe, adjustment }))
    const wanted = symbols.length === 0 ? [...listed.keys()] : symbols
    const series = yield* Effect.forEach(wanted, (symbol) =>
      Effect.map(toBarsError(store.read({ symbol, timeframe, adjustment })), ({ bars }) => ({
        symbol,
        bars: bars.dates.length,
        findings: checkBars(bars)
      }))
    )
    const findings = series.reduce((sum, one) => sum + one.findings.length, 0)
    yield* present(json, { ok: findings === 0, series }, () =>
      [
        ...series.flatMap(({ findings: found, symbol }) =>
          found.map(({ date, kind, message }) => `${symbol}  ${date}  ${kind}: ${message}`)
        ),
        `${count(series.length)} series, ${count(findings)} findings`
      ].join("\n")
    )
    if (findings > 0) yield* endWith(exitCodes.checkFailed)
  }).pipe(Effect.provide(barsFolder(options.bars)))
).pipe(
  Command.withDescription(
    "Find holes, missing values, days without trade, impossible bars and splits. Exit code 1 when there are some"
  )
)

const splitForm = /^(\d{4}-\d{2}-\d{2}):(\d+(?:\.\d+)?)(?:\/(\d+(?:\.\d+)?))?$/

const adjust = Command.make(
  "adjust",
  {
    symbol: symbolArgument,
    splits: Flag.String("split").pipe(
      Flag.withDescription("A split as DATE:NEW/OLD, e.g. 2024-06-10:10/1; repeatable"),
      Flag.atLeast(1)
    ),
    bars: barsFlag,
    timeframe: timeframeFlag,
    json: jsonFlag
  },
  ({ bars: root, json, splits: texts, symbol, timeframe }) =>
    Effect.gen(function* () {
      const store = yield* BarsStore
      const splits = yield* Effect.forEach(texts, (text) => {
        const [, date = "", fresh = "", old = "1"] = splitForm.exec(text) ?? []
        const factor = Number(fresh) / Number(old)
        return date !== "" && Number.isFinite(factor) && factor > 0
          ? Effect.succeed({ date, factor })
          : Effect.fail(
              new UserError({
                code: "SPLIT_INVALID",
                exitCode: exitCodes.wrongUse,
                message: `"${text}" is no split: write it as 2024-06-10:10/1, ten new shares for one old share.`
              })
            )
      })
      const raw = yield* toBarsError(store.read({ symbol, timeframe, adjustment: "raw" }))
      const bars = adjustForSplits(raw.bars, splits)
      const entry = yield* toBarsError(store.write({ ...raw, symbol, adjustment: "split", bars }))
      const left = checkBars(bars).filter(({ kind }) => kind === "split")
      yield* present(json, { symbol, entry, splits_left: left }, () =>
        [
          `${symbol}: ${count(entry.rows)} bars adjusted for ${splits.length} splits`,
          ...left.map(({ date, message }) => `  ${date}: ${message}`)
        ].join("\n")
      )
    }).pipe(Effect.provide(barsFolder(root)))
).pipe(Command.withDescription("Make split-adjusted bars (split) from those as traded (raw)"))

const importVerb = Command.make(
  "import",
  {
    file: Argument.String("file").pipe(Argument.withDescription("CSV file: date,open,high,low,close,volume,vwap")),
    symbol: Flag.String("symbol").pipe(Flag.withDescription("Symbol of the bars")),
    source: Flag.String("source").pipe(shownDefault("Where they come from, kept in the file", "csv")),
    ...seriesFlags
  },
  ({ adjustment, bars: root, file, json, source, symbol, timeframe }) =>
    Effect.gen(function* () {
      const bars = yield* readOrPlace(file, "BARS_INVALID", parseBarsText(yield* readInput(file)))
      const store = yield* BarsStore
      const set = { symbol, timeframe, adjustment, market: "real" as const, source, bars }
      const entry = yield* toBarsError(store.write(set))
      yield* present(
        json,
        { symbol, entry },
        () => `${symbol}: ${count(entry.rows)} bars, ${entry.from} to ${entry.to}`
      )
    }).pipe(Effect.provide(barsFolder(root)))
).pipe(Command.withDescription("Store the bars of a CSV file"))

const synthetic = Command.make(
  "synthetic",
  {
    symbols: wholeFlag("symbols", 1, 2000).pipe(shownDefault("Number of symbols", 50)),
    days: wholeFlag("days", 1, 5000).pipe(shownDefault("Trading days", 500)),
    seed: wholeFlag("seed", 1, 1_000_000).pipe(shownDefault("Seed", 1)),
    to: dayFlag("to", "Last day").pipe(Flag.withDefault("2026-06-30")),
    bars: barsFlag,
    json: jsonFlag
  },
  ({ bars: root, days, json, seed, symbols, to }) =>
    Effect.gen(function* () {
      const store = yield* BarsStore
      const source = `generated, seed ${seed}`
      const series = { timeframe: "1Day", adjustment: "all" as Adjustment, market: "synthetic" as const, source }
      yield* Effect.forEach(syntheticMarket({ seed, symbols, days, to }), (one) =>
        toBarsError(store.write({ ...series, ...one }))
      )
      yield* present(
        json,
        { symbols, days, seed, to },
        () =>
          `${count(symbols)} symbols of ${count(days)} days in ${root}: SYNTHETIC prices, refused where real money trades`
      )
    }).pipe(Effect.provide(barsFolder(root)))
).pipe(Command.withDescription("Store a generated daily market, marked as synthetic in every file"))

/** `tickd bars fetch|show|check|adjust|import|synthetic`. */
export const command = Command.make("bars").pipe(
  Command.withDescription("Daily bars on disk: fetch, check, adjust"),
  Command.withSubcommands([fetch, show, check, adjust, importVerb, synthetic])
)

import { mkdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Layer, Schema } from "effect"
import { errorText } from "../../../kernel/error-text.ts"
import { sha256OfBytes } from "../../../kernel/sha256.ts"
import { replaceDurably } from "../../../platform/process/durable-file.ts"
import type { BarsKey } from "../../domain/signal/market/bars-set.ts"
import { type BarsEntry, BarsError, BarsStore } from "../../ports/bars-store.ts"
import { parquetOf, readParquet } from "./parquet-bars.ts"

/** What the manifest of a folder says of one file. */
const Entry = Schema.Struct({
  rows: Schema.Int,
  from: Schema.NullOr(Schema.String),
  to: Schema.NullOr(Schema.String),
  sha256: Schema.String,
  market: Schema.Literals(["real", "synthetic"]),
  source: Schema.String
})
const Manifest = Schema.Record(Schema.String, Entry)
const decodeManifest = Schema.decodeUnknownSync(Schema.fromJsonString(Manifest))

/** A symbol as a file name: `BRK/B` has a character that a folder would be made of. */
const fileOf = (symbol: string): string => `${encodeURIComponent(symbol)}.parquet`

/** The manifest of one timeframe and adjustment; empty when there is none. */
const manifestAt = (folder: string): Readonly<Record<string, BarsEntry>> => {
  let text: string
  try {
    text = readFileSync(join(folder, "manifest.json"), "utf8")
  } catch (cause) {
    if ((cause as { readonly code?: unknown }).code === "ENOENT") return {}
    throw cause
  }
  return decodeManifest(text)
}

/**
 * Bars on disk: `<timeframe>/<adjustment>/<symbol>.parquet`, and beside them `manifest.json` with rows and hash of
 * each. A file is written whole or not at all. Reading compares its hash: bars that changed behind the manifest are
 * refused. `isLive`: real money trades, and generated prices are not read.
 */
export const layer = (root: string, isLive = false): Layer.Layer<BarsStore> => {
  const folderOf = ({ adjustment, timeframe }: Omit<BarsKey, "symbol">) => join(root, timeframe, adjustment)
  const damaged = (path: string) => (cause: unknown) =>
    new BarsError({ code: "BARS_DAMAGED", message: `${path} cannot be used: ${errorText(cause)}` })
  return Layer.succeed(
    BarsStore,
    BarsStore.of({
      list: (key) =>
        Effect.try({
          try: () => new Map(Object.entries(manifestAt(folderOf(key))).sort(([a], [b]) => (a < b ? -1 : 1))),
          catch: damaged(join(folderOf(key), "manifest.json"))
        }),
      read: Effect.fnUntraced(function* (key) {
        const path = join(folderOf(key), fileOf(key.symbol))
        const entry = yield* Effect.try({ try: () => manifestAt(folderOf(key))[key.symbol], catch: damaged(path) })
        if (entry === undefined) {
          return yield* new BarsError({
            code: "BARS_MISSING",
            message: `there are no ${key.timeframe} bars (${key.adjustment}) of ${key.symbol} in ${root}`
          })
        }
        const set = yield* Effect.tryPromise({
          try: async () => {
            const bytes = readFileSync(path)
            if (sha256OfBytes(bytes) !== entry.sha256) throw new Error("its hash is not that of manifest.json")
            return await readParquet(bytes)
          },
          catch: damaged(path)
        })
        if (isLive && set.market === "synthetic") {
          return yield* new BarsError({
            code: "BARS_SYNTHETIC",
            message: `${path} holds generated prices: they are not used where real money trades`
          })
        }
        return set
      }),
      write: (set) =>
        Effect.try({
          try: () => {
            const folder = folderOf(set)
            const bytes = parquetOf(set)
            const { dates } = set.bars
            const entry: BarsEntry = {
              rows: dates.length,
              from: dates[0] ?? null,
              to: dates.at(-1) ?? null,
              sha256: sha256OfBytes(bytes),
              market: set.market,
              source: set.source
            }
            mkdirSync(folder, { recursive: true })
            replaceDurably(join(folder, fileOf(set.symbol)), bytes)
            const manifest = JSON.stringify({ ...manifestAt(folder), [set.symbol]: entry }, null, 1)
            replaceDurably(join(folder, "manifest.json"), `${manifest}\n`)
            return entry
          },
          catch: (cause) =>
            new BarsError({
              code: "BARS_NOT_WRITTEN",
              message: `the bars of ${set.symbol} cannot be written to ${root}: ${errorText(cause)}`
            })
        })
    })
  )
}

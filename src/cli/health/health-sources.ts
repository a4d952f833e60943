import { readFileSync } from "node:fs"
import { Effect, Result } from "effect"
import { errorText } from "../../kernel/error-text.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"
import type { SubscriptionMessage } from "../../protocol/market/subscriptions.ts"
import type { HealthQuery } from "./health-flags.ts"
import type { ActiveSubscription } from "./health-verdict.ts"

const unreadable = (file: string, why: string) =>
  new UserError({
    code: "HEALTH_FILE_UNREADABLE",
    message: `${file} cannot be used (${why}): give a readable file in one of the forms of docs/operations/subscription-check.md.`,
    exitCode: 2
  })

const readText = (file: string) =>
  Effect.try({
    try: () => readFileSync(file, "utf8"),
    catch: (cause) => unreadable(file, errorText(cause))
  })

const parseJson = (file: string, text: string) =>
  Effect.try({
    try: (): unknown => JSON.parse(text),
    catch: (cause) => unreadable(file, `no JSON: ${errorText(cause)}`)
  })

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The list in a JSON value: itself, or under one of the keys. */
const listIn = (value: unknown, keys: ReadonlyArray<string>): ReadonlyArray<unknown> | undefined => {
  if (Array.isArray(value)) return value
  if (!isRecord(value)) return undefined
  const found = keys.map((key) => value[key]).find(Array.isArray)
  return found as ReadonlyArray<unknown> | undefined
}

/** Symbols of a list of strings, or of records with `symbol` or `vt_symbol`; undefined when it holds anything else. */
const symbolsOf = (items: ReadonlyArray<unknown>): ReadonlyArray<string> | undefined => {
  const symbols = items.map((item) => {
    if (typeof item === "string") return item.trim()
    const named = isRecord(item) ? (item["vt_symbol"] ?? item["symbol"]) : undefined
    return typeof named === "string" ? named.trim() : ""
  })
  return symbols.every((symbol) => symbol !== "") ? symbols : undefined
}

/** Reads a contract list in any form that the daemon reads. */
export type ParseContracts = (
  file: string,
  bytes: Uint8Array
) => Result.Result<{ readonly contracts: ReadonlyArray<{ readonly id: string; readonly exchange: string }> }, unknown>

/**
 * Symbols of a catalogue file: a plain list, the first column of a CSV, or a contract list in any form that the
 * daemon reads.
 */
export const readCatalogueSymbols = Effect.fnUntraced(function* (
  file: string,
  format: HealthQuery["catalogueFormat"],
  parseContracts: ParseContracts
) {
  const text = yield* readText(file)
  const asContracts = parseContracts(file, new TextEncoder().encode(text))
  const json = format === "json" || (format === "auto" && /^\s*[[{]/.test(text))
  if (json) {
    const list = listIn(yield* parseJson(file, text), ["symbols", "items"])
    const symbols = list === undefined ? undefined : symbolsOf(list)
    if (symbols !== undefined) return symbols
  }
  if (Result.isSuccess(asContracts)) return asContracts.success.contracts.map(({ exchange, id }) => `${id}.${exchange}`)
  if (json) return yield* unreadable(file, "no list of symbols and no contract list")
  const rows = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => (line.split(",")[0] ?? "").trim())
  return rows[0]?.toLowerCase() === "symbol" || rows[0]?.toLowerCase() === "vt_symbol" ? rows.slice(1) : rows
})

const timeOf = (value: unknown): number | undefined => {
  if (typeof value !== "string") return undefined
  // Times without a zone are UTC, as the reference tool reads them.
  const ms = Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(value) ? value : `${value}Z`)
  return Number.isNaN(ms) ? undefined : ms
}

export const activeOf = (message: SubscriptionMessage): ActiveSubscription => ({
  symbol: message.symbol,
  subscriptionId: message.subscription_id,
  feed: message.feed,
  active: message.active,
  rejected: message.rejected === null ? undefined : `${message.rejected.name}: ${message.rejected.message}`,
  acknowledgedMs: timeOf(message.acknowledged_at),
  firstTickMs: timeOf(message.first_tick_at),
  lastTickMs: timeOf(message.last_tick_at),
  ticks: message.ticks,
  stalledMs: message.stalled?.quiet_ms,
  doubt: message.doubt,
  setAside: message.set_aside?.reason,
  symbolOnly: false
})

const activeOfItem = (item: unknown): ActiveSubscription | undefined => {
  const nothing = { rejected: undefined, acknowledgedMs: undefined, firstTickMs: undefined, ticks: undefined }
  if (typeof item === "string" && item.trim() !== "") {
    const symbol = item.trim()
    return { symbol, subscriptionId: "", feed: "", active: true, lastTickMs: undefined, symbolOnly: true, ...nothing }
  }
  if (!isRecord(item)) return undefined
  const symbol = item["symbol"] ?? item["vt_symbol"]
  if (typeof symbol !== "string" || symbol.trim() === "") return undefined
  const text = (key: string): string => (typeof item[key] === "string" ? item[key] : "")
  return {
    ...nothing,
    symbol: symbol.trim(),
    subscriptionId: text("subscription_id"),
    feed: text("feed"),
    active: item["active"] !== false,
    acknowledgedMs: timeOf(item["acknowledged_at"] ?? item["created_at"]),
    firstTickMs: timeOf(item["first_tick_at"]),
    lastTickMs: timeOf(item["last_tick_at"]),
    ticks: typeof item["ticks"] === "number" ? item["ticks"] : undefined,
    symbolOnly: false
  }
}

/** The active set of a file; `skipped`: items that are neither a symbol nor a record with one. */
export const readActiveFile = Effect.fnUntraced(function* (file: string) {
  const list = listIn(yield* parseJson(file, yield* readText(file)), ["subscriptions", "items"])
  if (list === undefined) return yield* unreadable(file, "no list under subscriptions or items")
  const active = list.flatMap((item) => activeOfItem(item) ?? [])
  // Nothing to judge is not health: such a file is something else than was meant.
  if (active.length === 0 && list.length > 0) {
    return yield* unreadable(file, `none of its ${list.length} records names a symbol`)
  }
  return { active, skipped: list.length - active.length }
})

/** The check itself failed: an error of the check and not of the feed. */
export const checkFailed = (error: { readonly code?: string; readonly message: string }) =>
  new UserError({ code: error.code ?? "HEALTH_CHECK_FAILED", message: error.message, exitCode: 2 })

export const wrongUse = (message: string) => new UserError({ code: "WRONG_USE", message, exitCode: exitCodes.wrongUse })

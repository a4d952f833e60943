import { readFileSync } from "node:fs"
import { errorText } from "../../kernel/error-text.ts"
import { Secret } from "../../kernel/secret.ts"
import {
  type AlpacaKeys,
  type AlpacaSettings,
  type AlpacaUrls,
  alpacaSettings,
  alpacaUrls,
  oneHostUrls,
  readKeys,
  urlFaults
} from "../adapters/alpaca/settings.ts"
import type { TradeEnvironment } from "./trade-environment.ts"

const hostOf = (url: string): string => URL.parse(url)?.host ?? ""
const liveHost = hostOf(alpacaUrls.live.trading)
const paperHost = hostOf(alpacaUrls.paper.trading)

/** Where the venue is, by its trading URL: Alpaca's own hosts have others for data, any other server has one. */
const urlsOf = (env: TradeEnvironment): AlpacaUrls => {
  const trading = env.APCA_API_BASE_URL ?? alpacaUrls.paper.trading
  const host = hostOf(trading)
  const own = host === liveHost ? alpacaUrls.live : host === paperHost ? alpacaUrls.paper : oneHostUrls(trading)
  const data = env.APCA_API_DATA_URL ?? own.data
  const quotes = env.APCA_API_DATA_URL === undefined ? own.quotes : data.replace(/^http/, "ws")
  return { trading, updates: own.updates, data, quotes: env.TRADE_QUOTES_URL ?? quotes }
}

const secretOf = (name: string, value: string | undefined, file: string | undefined): Secret | undefined => {
  if (file === undefined) return value === undefined ? undefined : new Secret(value)
  return new Secret(undefined, () => {
    try {
      return readFileSync(file, "utf8").trim()
    } catch (cause) {
      throw new Error(`${name}_FILE names ${file}, which cannot be read: ${errorText(cause)}`, { cause })
    }
  })
}

/** The pair of keys; undefined: none is set, and there is no venue. A half of it is a fault. */
const keysOf = (env: TradeEnvironment): AlpacaKeys | undefined | string => {
  const id = secretOf("APCA_API_KEY_ID", env.APCA_API_KEY_ID, env.APCA_API_KEY_ID_FILE)
  const secret = secretOf("APCA_API_SECRET_KEY", env.APCA_API_SECRET_KEY, env.APCA_API_SECRET_KEY_FILE)
  if (id === undefined && secret === undefined) return undefined
  if (id === undefined) return "APCA_API_KEY_ID or its file is not set, but the secret key is"
  if (secret === undefined) return "APCA_API_SECRET_KEY or its file is not set, but the key id is"
  return { id, secret }
}

/** Alpaca's key ids say what they are for: `PK…` of a paper account, `AK…` of a live one. */
const kindOf = (id: string): "paper" | "live" | "other" =>
  id.startsWith("PK") ? "paper" : id.startsWith("AK") ? "live" : "other"

/** Why these keys must not go to this host in this mode, one sentence each, without the keys. */
const pairFaults = (host: string, mode: "dry" | "live", id: string): ReadonlyArray<string> => {
  const kind = kindOf(id)
  if (host === liveHost) {
    return [
      ...(mode === "live"
        ? []
        : [`APCA_API_BASE_URL is Alpaca's live host, but TRADE_MODE is ${mode}: use the paper host`]),
      ...(kind === "live" ? [] : ["APCA_API_BASE_URL is Alpaca's live host, but APCA_API_KEY_ID is no live key (AK…)"])
    ]
  }
  return host === paperHost && kind === "live"
    ? [
        "APCA_API_BASE_URL is Alpaca's paper host, but APCA_API_KEY_ID is a live key (AK…): set the live host, or paper keys"
      ]
    : []
}

/**
 * The venue of an environment, or every reason why it must not be connected. `undefined`: no keys are set; then a dry
 * run has no venue, and a live one is a fault.
 */
export const venueSettings = (
  env: TradeEnvironment,
  mode: "dry" | "live"
): { readonly venue: AlpacaSettings | undefined; readonly faults: ReadonlyArray<string> } => {
  const urls = urlsOf(env)
  const keys = keysOf(env)
  if (keys === undefined) {
    const faults =
      mode === "live" ? ["TRADE_MODE is live, but APCA_API_KEY_ID and APCA_API_SECRET_KEY are not set"] : []
    return { venue: undefined, faults }
  }
  if (typeof keys === "string") return { venue: undefined, faults: [keys] }
  const read = readKeys(keys)
  const faults = [
    ...urlFaults(urls).map((fault) => `venue URL ${fault}`),
    ...(typeof read === "string" ? [read] : pairFaults(hostOf(urls.trading), mode, read.id))
  ]
  if (faults.length > 0) return { venue: undefined, faults }
  const settings = alpacaSettings(urls, keys)
  return {
    venue: {
      ...settings,
      quotesFeed: env.TRADE_QUOTES_FEED ?? settings.quotesFeed,
      barsFeed: env.TRADE_BARS_FEED ?? settings.barsFeed
    },
    faults: []
  }
}

import { Effect } from "effect"
import type { Secret } from "../../../kernel/secret.ts"

/** Where the venue is. `paper` and `live` are Alpaca's own hosts; their keys are separate pairs. */
export interface AlpacaUrls {
  /** Trading over REST, without a path. */
  readonly trading: string
  /** Order updates: the WebSocket of the trading host. */
  readonly updates: string
  /** Market data over REST, without a path. */
  readonly data: string
  /** Market data WebSocket, without the feed. */
  readonly quotes: string
}

const data = { data: "https://data.alpaca.markets", quotes: "wss://stream.data.alpaca.markets" }

export const alpacaUrls: Readonly<Record<"paper" | "live", AlpacaUrls>> = {
  paper: { trading: "https://paper-api.alpaca.markets", updates: "wss://paper-api.alpaca.markets/stream", ...data },
  live: { trading: "https://api.alpaca.markets", updates: "wss://api.alpaca.markets/stream", ...data }
}

/** A server on one origin that speaks both APIs, such as `tickd paper`: `http://127.0.0.1:8080`. */
export const oneHostUrls = (origin: string): AlpacaUrls => {
  const socket = origin.replace(/^http/, "ws")
  return { trading: origin, updates: `${socket}/stream`, data: origin, quotes: socket }
}

const encrypted: ReadonlySet<string> = new Set(["https:", "wss:"])
const loopback: ReadonlySet<string> = new Set(["127.0.0.1", "[::1]", "localhost"])

/** Why the keys must not be sent there, one sentence each. Plain text is for this host only. */
export const urlFaults = (urls: AlpacaUrls): ReadonlyArray<string> =>
  Object.entries(urls).flatMap(([name, text]) => {
    const url = URL.parse(text)
    if (url === null) return [`${name}: '${text}' is not a URL`]
    return encrypted.has(url.protocol) || loopback.has(url.hostname)
      ? []
      : [`${name}: ${url.host} would get the keys in plain text; use https or wss`]
  })

/** These addresses must not get the keys. `message`: each fault, with the fix. */
export class VenueUrlRefused extends Error {
  readonly code = "VENUE_URL_REFUSED"
}

/**
 * Ends the building of a part that would send the keys in plain text over a network, or to no address at all. A
 * configuration refuses such addresses before; this holds for every other way to build a part.
 */
export const refuseUrls = ({ urls }: Pick<AlpacaSettings, "urls">): Effect.Effect<void> => {
  const faults = urlFaults(urls)
  return faults.length === 0 ? Effect.void : Effect.die(new VenueUrlRefused(`venue URL ${faults.join("; ")}`))
}

export interface AlpacaKeys {
  readonly id: Secret
  readonly secret: Secret
}

export interface AlpacaSettings {
  readonly urls: AlpacaUrls
  readonly keys: AlpacaKeys
  /** Feed of the quotes stream: `iex` is free; `sip` needs a plan; `test` has the symbol FAKEPACA at all hours. */
  readonly quotesFeed: string
  /** Feed of daily bars. The free plan serves `sip` bars that are older than 15 minutes. */
  readonly barsFeed: string
  /** A request, its answer and its body, milliseconds. */
  readonly requestMs: number
  readonly link: LinkTimes
  /** The ways by which updates come. `both`: entries are refused only while both are down. */
  readonly updatesFrom: "websocket" | "sse" | "both"
  /** A stream of events without an event and without a heartbeat for so long is lost, milliseconds. */
  readonly eventSilenceMs: number
  /** Updates that wait for their reader. More: the connection is given up as `lost`. */
  readonly updatesMax: number
  readonly quotes: QuoteTimes
}

/** Times of quotes, milliseconds. */
export interface QuoteTimes {
  /** An older quote is not taken, and a symbol without a newer one is asked for over REST. */
  readonly staleMs: number
  /** A quote may be so far ahead of the exchange's clock. */
  readonly futureMs: number
  /** Between two looks at symbols without a fresh quote and at volumes. */
  readonly sweepMs: number
}

export const defaultQuoteTimes: QuoteTimes = { staleMs: 5_000, futureMs: 1_000, sweepMs: 5_000 }

/** Times of a WebSocket, milliseconds. */
export interface LinkTimes {
  /** Least time between the loss of a connection and the next connect; doubled at each failure up to `pauseMaxMs`. */
  readonly pauseMinMs: number
  readonly pauseMaxMs: number
  /** Least pause after the venue has said that there are too many connections. */
  readonly crowdedPauseMs: number
  /** Pause after refused keys, unless they change before. */
  readonly refusedPauseMs: number
  /** A connection that was ready for so long starts over with the shortest pause. */
  readonly healthyMs: number
  /** From the connect to the last acknowledgement. */
  readonly handshakeMs: number
  /** After so long without a message the venue is asked for one; after twice that time the connection is lost. */
  readonly silenceMs: number
}

export const defaultLinkTimes: LinkTimes = {
  pauseMinMs: 1_000,
  pauseMaxMs: 60_000,
  crowdedPauseMs: 15_000,
  refusedPauseMs: 900_000,
  healthyMs: 60_000,
  handshakeMs: 10_000,
  silenceMs: 10_000
}

export const alpacaSettings = (urls: AlpacaUrls, keys: AlpacaKeys): AlpacaSettings => ({
  urls,
  keys,
  quotesFeed: "iex",
  barsFeed: "sip",
  requestMs: 10_000,
  link: defaultLinkTimes,
  updatesFrom: "both",
  eventSilenceMs: 60_000,
  updatesMax: 10_000,
  quotes: defaultQuoteTimes
})

/** Why the keys cannot be sent; undefined when they can. */
export const keysProblem = (keys: AlpacaKeys): string | undefined => {
  const read = readKeys(keys)
  return typeof read === "string" ? read : undefined
}

const headerForm = /^[\x21-\x7e]{1,256}$/

/** Both keys as they are now, or why they cannot be sent. Their text is in no message. */
export const readKeys = ({ id, secret }: AlpacaKeys): { readonly id: string; readonly secret: string } | string => {
  const problem = id.problem() ?? secret.problem()
  if (problem !== undefined) return problem
  const pair = { id: id.reveal(), secret: secret.reveal() }
  return headerForm.test(pair.id) && headerForm.test(pair.secret)
    ? pair
    : "the key id or the secret is empty or has spaces or line ends in it: check the file or the variable"
}

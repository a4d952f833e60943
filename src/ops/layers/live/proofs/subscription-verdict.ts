import { coverageOf } from "../../../../kernel/instrument/coverage.ts"
import type { StatusMessage } from "../../../../protocol/market/status.ts"
import type { SubscriptionMessage } from "../../../../protocol/market/subscriptions.ts"
import { held, hopeless, type Look, unmet } from "./proof-wait.ts"

/** Share of the catalogue that must be acknowledged, as `tickd health check` wants it. */
const coverageMin = 0.995
/** The newest stored tick of an open market is not older. Milliseconds. */
const freshMs = 60_000

/** The newest message of the stream of ticks. `atMs`, `nowMs`: both by the clock of the NATS server. */
export interface NewestTick {
  readonly atMs: number | undefined
  readonly nowMs: number
}

/** What is known of a daemon and its stream at one moment. */
export interface SubscriptionFacts {
  readonly status: Pick<StatusMessage, "sessions" | "failover" | "uptime_ms">
  /** The catalogue of the daemon, as symbols with exchange. */
  readonly catalogue: ReadonlyArray<string>
  readonly subscriptions: ReadonlyArray<Pick<SubscriptionMessage, "symbol" | "feed" | "active" | "rejected">>
  /** Some wanted instrument trades now. */
  readonly isOpen: boolean
  /** A reason instead of figures: the stream cannot be read. */
  readonly newest: NewestTick | string
}

type Session = StatusMessage["sessions"][number]

/** States of a session that is logged in; the link of a resting one may be down until the market opens. */
const loggedInStates: ReadonlySet<string> = new Set(["subscribing", "streaming", "degraded", "resting"])
/** States that only an operator, or the next trading session, ends. */
const endStates: ReadonlySet<string> = new Set(["rejected", "failed"])

const percent = (ratio: number): string => `${(Math.floor(ratio * 10_000) / 100).toFixed(2)} %`

const named = (symbols: ReadonlyArray<string>): string =>
  symbols.length <= 5 ? symbols.join(", ") : `${symbols.slice(0, 5).join(", ")} and ${symbols.length - 5} more`

const sessionLook = ({ feed, last_error, state, trading_day }: Session): Look | undefined => {
  if (loggedInStates.has(state) && trading_day !== null) return undefined
  const cause = last_error === null || last_error === "" ? "" : `: ${last_error}`
  const why = `Session ${feed} is not logged in, it is ${state}${cause}; run 'tickd status', which names what it waits for`
  return endStates.has(state)
    ? hopeless("ingest", `${why}; after the cause is removed run 'tickd retry --feed ${feed}'`)
    : unmet("ingest", why)
}

const tickLook = ({ newest, status }: SubscriptionFacts): Look | undefined => {
  if (typeof newest === "string") return unmet("ingest", `The stored ticks cannot be read: ${newest}`)
  const { atMs, nowMs } = newest
  if (atMs === undefined) return unmet("ingest", "No tick is stored: run 'tickd status', which names where they end")
  if (atMs < nowMs - status.uptime_ms) {
    return unmet("ingest", "No tick of the running daemon is stored: the newest one is of an earlier run")
  }
  const ageMs = nowMs - atMs
  return ageMs > freshMs
    ? unmet("ingest", `The market is open, and the newest stored tick is ${Math.round(ageMs / 1000)} s old`)
    : undefined
}

/**
 * Whether the active feed delivers: its session is logged in, its ticks are stored, and it covers the catalogue.
 * Without a catalogue what is wanted counts. In a closed market no tick can be expected, and every subscription must
 * have been answered.
 */
export const subscriptionLook = (facts: SubscriptionFacts): Look => {
  const { catalogue, isOpen, status, subscriptions } = facts
  const active = status.failover?.active ?? status.sessions[0]?.feed
  const session = status.sessions.find(({ feed }) => feed === active)
  if (session === undefined) return unmet("ingest", "The daemon has no session yet: run 'tickd status'")
  const login = sessionLook(session)
  if (login !== undefined) return login
  const own = subscriptions.filter(({ feed }) => feed === session.feed)
  const expected = catalogue.length > 0 ? [...new Set(catalogue)] : own.map(({ symbol }) => symbol)
  if (expected.length === 0) {
    return unmet("subscription", "Nothing is subscribed: the catalogue is empty, and TICKD_INSTRUMENTS names nothing")
  }
  const acknowledged = new Set(own.filter((one) => one.active).map(({ symbol }) => symbol))
  const { missing, ratio } = coverageOf(expected, (symbol) => acknowledged.has(symbol))
  const of = `${expected.length - missing.length} of ${expected.length}`
  if (ratio < coverageMin) {
    return unmet(
      "subscription",
      `Coverage of feed ${session.feed} is ${percent(ratio)} (${of}), below ${percent(coverageMin)}; missing are ${named(missing)}: run 'tickd health check'`
    )
  }
  if (isOpen) return tickLook(facts) ?? held()
  const silent = own.filter((one) => !one.active && one.rejected === null).map(({ symbol }) => symbol)
  return silent.length > 0
    ? unmet("subscription", `The front has not answered ${silent.length} subscriptions: ${named(silent)}`)
    : held({ marketClosed: true })
}

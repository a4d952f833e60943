import type { DaemonStates, SessionState, WorkerState } from "../../../../actors/market/daemon-states.ts"
import type { SessionCause } from "../../../../machines/market/session-events.ts"
import { makeReadyAnswer } from "../../../platform/http/ready-answer.ts"
import type { TickLedger } from "../../application/intake/ledger.ts"
import type { PublisherCounts } from "../../ports/tick-publisher.ts"
import type { Waiting } from "../causes/wait-board.ts"
import { clockReasons } from "../log/host-clock-log.ts"

/** One feed as readiness sees it. */
export interface ReadyFeed {
  readonly feed: string
  /** The feed is not to run now: nothing is missing. */
  readonly isHeld?: () => boolean
  /** Addresses of its fronts. */
  readonly addresses?: ReadonlyArray<string>
  /** Its password is of a variable, which is read at the daemon's start only. */
  readonly fixedPassword?: boolean
  /** How far its ticks arrive behind the exchanges, milliseconds; 0: they are in time. */
  readonly lateMs?: () => number
}

/** What readiness is read from. */
export interface ReadinessSources {
  readonly states: Pick<DaemonStates, "sessions" | "workers" | "daemon">
  readonly fence?: { readonly lost: () => string | undefined }
  readonly ledgers?: ReadonlyArray<Pick<TickLedger, "feed" | "clockOffsetMs">>
  readonly publisher: () => Pick<PublisherCounts, "link">
  readonly fronts: ReadonlyArray<ReadyFeed>
  /** Parts that do not work now and are tried again. */
  readonly waiting?: () => ReadonlyArray<Waiting>
  /** The catalogue says what is wanted, and has no contract yet. */
  readonly isListMissing?: () => boolean
}

/** What an operator does about a cause; where nothing is to be done the session tries again by itself. */
const remedies: Readonly<Record<SessionCause, (feed: string, address: string) => string>> = {
  connect_timeout: (feed, address) => `check ${address} of ${feed} and the network between; it is tried again`,
  reconnect_timeout: (feed, address) => `check ${address} of ${feed} and the network between; it is tried again`,
  disconnected: () => "the front or the network closes the connection: ask the broker whether this host is admitted",
  own_loss: () => "it is started and dialled again",
  login_refused: () => "it is tried again",
  logged_out: () => "it logs in again; a second login of the same user ends the first at some brokers",
  not_sent: () => "it is tried again",
  login_timeout: (_, address) =>
    `the front does not answer logins: it is tried again; choose another front if it lasts, ${address}`,
  subscribe_timeout: (_, address) =>
    `the front does not answer subscriptions: choose another front if it lasts, ${address}`,
  silent: () => "the repair ladder asks again, logs in again and dials again",
  lagging: () => "this host reads more slowly than ticks come: look at its CPU"
}

const addressVariable = (feed: string): string => `CTP_${feed.toUpperCase()}_MD_ADDRESS`

const remedyOf = (
  { feed, fixedPassword }: ReadyFeed,
  state: SessionState["state"],
  cause: SessionCause | undefined
): string => {
  if (state === "rejected") {
    const restart = `; a changed CTP_${feed.toUpperCase()}_PASSWORD needs a restart of the daemon`
    return `fix the credentials, then run \`tickd retry --feed ${feed}\`${fixedPassword === true ? restart : ""}`
  }
  if (state === "failed") return `run \`tickd retry --feed ${feed}\`, or wait for the next trading session`
  return cause === undefined ? "" : remedies[cause](feed, addressVariable(feed))
}

/** A session that connects later than this after its worker began does so for another cause, milliseconds. */
const freshMs = 10_000

/** Why a session is not sound, what to do, and which front it is about. */
const causeOf = (front: ReadyFeed, session: SessionState, worker: WorkerState | undefined): string => {
  const { addresses } = front
  const { attempts, cause, sinceMs, state } = session
  const troubles = state === "degraded" ? session.troubles : []
  // A session that begins with a new worker knows no cause of its own: the end of the worker before is the cause.
  const isOfWorker = worker !== undefined && state === "connecting" && sinceMs - worker.sinceMs < freshMs
  const lastError = session.lastError || (isOfWorker ? worker.lastError : undefined) || ""
  const parts = [...troubles, ...(lastError === "" ? [] : [lastError])]
  const known = [
    ...(addresses === undefined || addresses.length === 0 ? [] : [`front ${addresses.join(", ")}`]),
    ...(attempts > 0 ? [`attempt ${attempts}`] : [])
  ]
  const remedy = remedyOf(front, state, cause)
  const what = `${parts.join(", ")}${known.length > 0 ? `${parts.length > 0 ? " " : ""}(${known.join(", ")})` : ""}`
  return `${what === "" ? "" : `: ${what}`}${remedy === "" ? "" : `: ${remedy}`}`
}

/** Seconds, coarser as they grow, so that the sentence does not change at each look. */
const seconds = (ms: number): number => (ms < 60_000 ? Math.round(ms / 1000) : Math.round(ms / 10_000) * 10)

/** What ails a feed; undefined: it is sound. Outside trading hours a session rests, and nothing is missing. */
const troubleOf = (front: ReadyFeed, states: ReadinessSources["states"]): string | undefined => {
  const { feed } = front
  const session = states.sessions.get(feed)
  const worker = states.workers.get(feed)
  if (session === undefined) {
    // A session begins with its worker: without one, where the worker stands is the reason.
    if (worker === undefined) return `${feed} not started`
    const error = worker.lastError === undefined ? "" : `: ${worker.lastError}`
    return `${feed} not started, feed worker ${worker.state}${error}`
  }
  if (session.state !== "streaming" && session.state !== "resting")
    return `${feed} ${session.state}${causeOf(front, session, worker)}`
  const lateMs = front.lateMs?.() ?? 0
  if (lateMs === 0) return undefined
  return `${feed} late: its ticks arrive ${seconds(lateMs)} s behind the exchanges: the front or the network is overloaded; wait until it has caught up, or choose another front with ${addressVariable(feed)}`
}

/** The feeds that are to run, and what ails those that are not sound. */
export const soundFeeds = (sources: Pick<ReadinessSources, "states" | "fronts">) => {
  const meant = sources.fronts.filter(({ isHeld }) => isHeld?.() !== true)
  const troubled = meant.flatMap((front) => troubleOf(front, sources.states) ?? [])
  return { meant: meant.length, sound: meant.length - troubled.length, troubled }
}

/** `1 of 2 feeds (primary rejected: …)`; undefined: every feed that is to run is sound, or none is. */
export const lostRedundancy = (feeds: ReturnType<typeof soundFeeds>): string | undefined =>
  feeds.sound === 0 || feeds.troubled.length === 0
    ? undefined
    : `${feeds.sound} of ${feeds.meant} feeds (${feeds.troubled.join("; ")})`

/** What keeps the daemon from streaming and publishing, not merely from being started. Each reason names one thing. */
export const reasonsNotReady = (sources: ReadinessSources): Array<string> => {
  const reasons: Array<string> = []
  const { link } = sources.publisher()
  if (link === "fenced") reasons.push(`publisher fenced: ${sources.fence?.lost() ?? "another writer has the stream"}`)
  else if (link !== "up") reasons.push(`broker link ${link}`)
  reasons.push(...clockReasons(sources.ledgers ?? []))
  const { meant, sound, troubled } = soundFeeds(sources)
  // One sound feed has every tick: what ails the other is redundancy lost, not a daemon that is not ready.
  if (meant === 0) reasons.push("no feed is up: a switch stops one before the other starts")
  else if (sound === 0) reasons.push(...troubled.map((trouble) => `session ${trouble}`))
  return reasons
}

/** Decides whether the market daemon is ready: for `/readyz`, for the status and for the machine of the daemon. */
export const makeReadiness = (sources: ReadinessSources) => {
  const missing = () => reasonsNotReady(sources)
  const feeds = () => soundFeeds(sources)
  return {
    ...makeReadyAnswer({
      state: () => sources.states.daemon?.state,
      missing: () => [
        ...(sources.isListMissing?.() === true ? ["no contract list yet, so nothing is wanted"] : []),
        ...missing()
      ],
      waiting: sources.waiting ?? (() => []),
      redundancy: () => lostRedundancy(feeds())
    }),
    /** What the machine of the daemon decides from: the same without boot, drain and stop, which it knows itself. */
    missing,
    feeds
  }
}

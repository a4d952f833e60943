import type { FeedGate } from "../runtime/feed-gate.ts"
import type { Body, TreePart, Worker } from "../runtime/tree.ts"

/** The bodies of the market daemon's children, as its layers built them. */
export interface MarketParts<R = never> {
  readonly telemetry: Body<R>
  /** Serves the subscription metrics on a port of their own. Omit to disable. */
  readonly subscriptionMetrics?: Body<R> | undefined
  /** Only with an embedded nats-server. */
  readonly broker: Body<R> | undefined
  /** Writes the machines' states and events to NATS: it runs during the start and drain of the line. */
  readonly journal: Body<R>
  /** The monitoring machines: market hours, publisher, workers, the daemon itself. */
  readonly machines: Body<R>
  readonly natsLink: Body<R>
  readonly publisher: Body<R>
  readonly fronts: ReadonlyArray<MarketFrontParts<R>>
  /** Selects the active one of two feeds. Omit with a single feed. */
  readonly failover?: Body<R> | undefined
  /** Refreshes the contract list. Independent of the others. */
  readonly contracts?: Body<R> | undefined
  /** Staleness and repair. Omit to disable. */
  readonly health?: Body<R> | undefined
  readonly control: Body<R>
}

export interface MarketFrontParts<R = never> {
  readonly feed: string
  readonly worker: Body<R>
  readonly session: Body<R>
  /** Delays worker and session while the feed must not run. Omit: it always runs. */
  readonly gate?: Pick<FeedGate, "whileOpen">
}

/** A worker that is not ready by then is killed and restarted: loading a vendor's library takes well below a second. */
const workerStartMs = 45_000

const front = <R>({ feed, gate, session, worker }: MarketFrontParts<R>): TreePart<R> => ({
  name: `front-${feed}`,
  strategy: "rest_for_one",
  gate,
  // A worker that never becomes ready costs its own session, not the other fronts and not the control service.
  readyAtOnce: true,
  children: [
    // A failed first start is retried like a later one: a missing file or process may appear.
    {
      name: "feed-worker",
      body: worker,
      shutdownMs: 8000,
      startDeadlineMs: workerStartMs,
      onStartFailure: "restart"
    },
    { name: "session", body: session, onStartFailure: "restart", machine: `session-${feed}` }
  ]
})

/** A child that is absent without its part. */
const optional = <R>(body: Body<R> | undefined, part: Omit<Worker<R>, "body">) =>
  body === undefined ? undefined : { ...part, body }

/** The tree of `tickd run`, as docs/ARCHITECTURE.md draws it. */
export const marketTree = <R>(parts: MarketParts<R>): ReadonlyArray<TreePart<R> | undefined> => [
  { name: "telemetry", body: parts.telemetry },
  optional(parts.subscriptionMetrics, { name: "subscription-metrics" }),
  optional(parts.broker, { name: "broker", shutdownMs: 12_000 }),
  // Its stop stores the rest, including the last state of each machine, so the machines stop before it.
  { name: "journal", body: parts.journal },
  { name: "machines", body: parts.machines },
  { name: "nats-link", body: parts.natsLink },
  {
    name: "line",
    strategy: "one_for_one",
    children: [
      // Its stop waits until the queue is empty and the stream has confirmed the last tick.
      { name: "publisher", body: parts.publisher, shutdownMs: 15_000, machine: "publisher" },
      { name: "sessions", strategy: "one_for_one", children: parts.fronts.map(front) },
      // Stopped before the sessions, because their stop is not a loss of a feed.
      optional(parts.failover, { name: "failover", machine: "failover" })
    ]
  },
  // Its stop ends a running query, by force if necessary.
  optional(parts.contracts, { name: "contracts", shutdownMs: 3000 }),
  optional(parts.health, { name: "health" }),
  { name: "control", body: parts.control }
]

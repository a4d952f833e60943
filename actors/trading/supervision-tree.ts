import type { Body, TreePart, Worker } from "../runtime/tree.ts"

/** The bodies of the trading daemon's children, as its layers built them. A missing one is left out. */
export interface TradeParts<R = never> {
  readonly telemetry: Body<R> | undefined
  readonly broker: Body<R> | undefined
  readonly simulatedVenue: Body<R> | undefined
  readonly journal: Body<R> | undefined
  readonly outbox: Body<R>
  readonly safetyEvents: Body<R>
  readonly natsLink: Body<R> | undefined
  readonly updates: Body<R> | undefined
  readonly poll: Body<R>
  readonly positionSync: Body<R>
  readonly safetyFollower: Body<R>
  readonly orders: Body<R>
  readonly reconciliation: Body<R>
  readonly monitor: Body<R>
  readonly silenceWatch: Body<R>
  readonly httpApi: Body<R> | undefined
  readonly control: Body<R> | undefined
}

/** A child that is absent without its part. */
const optional = <R>(body: Body<R> | undefined, part: Omit<Worker<R>, "body">) =>
  body === undefined ? undefined : { ...part, body }

/**
 * The tree of `tickd trade`. Its stop order is the drain order: no new requests, then no new looks, then the orders,
 * and the streams that bring their facts at the end.
 */
export const tradeTree = <R>(parts: TradeParts<R>): ReadonlyArray<TreePart<R> | undefined> => [
  optional(parts.telemetry, { name: "telemetry" }),
  optional(parts.broker, { name: "broker", shutdownMs: 12_000 }),
  optional(parts.simulatedVenue, { name: "simulated-venue" }),
  optional(parts.journal, { name: "journal" }),
  {
    name: "store",
    strategy: "one_for_one",
    children: [
      { name: "outbox", body: parts.outbox },
      { name: "safety-events", body: parts.safetyEvents }
    ]
  },
  optional(parts.natsLink, { name: "nats-link" }),
  {
    name: "venue",
    strategy: "one_for_one",
    children: [optional(parts.updates, { name: "trade-updates" }), { name: "account-poll", body: parts.poll }]
  },
  { name: "quotes", strategy: "one_for_one", children: [{ name: "position-sync", body: parts.positionSync }] },
  { name: "gate", strategy: "one_for_one", children: [{ name: "safety-follower", body: parts.safetyFollower }] },
  // A supervisor of its own: one child for each working order.
  { name: "orders", body: parts.orders, shutdownMs: 10_000 },
  { name: "reconciliation", body: parts.reconciliation },
  { name: "monitor", body: parts.monitor },
  // Below the monitor, so that it stops first: a monitor that stops with the program is not silent.
  { name: "silence-watch", body: parts.silenceWatch },
  optional(parts.httpApi, { name: "http-api" }),
  optional(parts.control, { name: "control" })
]

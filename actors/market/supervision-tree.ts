import { Effect, type Scope } from "effect"
import type { FeedGate } from "../runtime/feed-gate.ts"
import { type ChildSpec, type SupervisorOptions, supervise, supervisorChild } from "../runtime/supervisor.ts"
import type { SupervisorControl } from "../runtime/supervisor-control.ts"

/** A child's body: runs `ready` once it serves, and continues until it ends or is interrupted. */
export type Body<R = never> = (ready: Effect.Effect<void>) => Effect.Effect<unknown, unknown, R | Scope.Scope>

/** The parts of the daemon, built by the composition root. */
export interface TreeParts<R = never> {
  /** The monitoring machines: market hours, publisher, workers, the daemon itself. */
  readonly machines: Body<R>
  readonly telemetry: Body<R>
  /** Only with an embedded nats-server. */
  readonly broker: Body<R> | undefined
  /** Writes the machines' states and events to NATS. It runs during the start and drain of the line. */
  readonly journal: Body<R>
  readonly natsLink: Body<R>
  /** Refreshes the contract list. Independent of the others. */
  readonly contracts?: Body<R> | undefined
  readonly control: Body<R>
  readonly publisher: Body<R>
  /** Selects the active one of two feeds. Omit with a single feed. */
  readonly failover?: Body<R> | undefined
  /** Staleness and repair. Omit to disable. */
  readonly health?: Body<R> | undefined
  readonly fronts: ReadonlyArray<{
    readonly feed: string
    readonly worker: Body<R>
    readonly session: Body<R>
    /** Delays worker and session while the feed must not run. Omit: it always runs. */
    readonly gate?: Pick<FeedGate, "whileOpen">
  }>
  /** Errors that no restart fixes: src/market/layers/causes/causes.ts. */
  readonly isFatal: (error: unknown) => boolean
  /** State of an actor's machine, recorded with each restart. */
  readonly stateOf?: (actor: string) => string | undefined
  /** The entrance by which operators restart children of the named supervisor. */
  readonly entrance?: (supervisor: string) => SupervisorControl<R>
}

/** A worker that is not ready by then is killed and restarted: loading a vendor's library takes well below a second. */
const workerStartMs = 45_000

const strategy = (
  name: string,
  how: SupervisorOptions["strategy"],
  isFatal: TreeParts["isFatal"]
): SupervisorOptions => ({
  name,
  strategy: how,
  // A worker that dies every few seconds needs an operator; one that dies once an hour does not.
  limit: { restartsMax: 10, periodMs: 60_000 },
  backoff: { baseMs: 200, capMs: 30_000 },
  healthyAfterMs: 30_000,
  isFatal
})

/**
 * The tree of `docs/ARCHITECTURE.md`: children start top to bottom and stop bottom to top. A child's stop empties its
 * input first, so the stop order is the drain order. Fails when the root gives up; then the process exits, and systemd
 * or compose decides.
 */
export const runTree = <R>(parts: TreeParts<R>, ready: Effect.Effect<void>) => {
  const { isFatal } = parts
  const stateOf = (actor: string) => ({ state: () => parts.stateOf?.(actor) })
  const fronts = parts.fronts.map(({ feed, worker, session, gate }) => {
    const front = supervisorChild<R>(
      // Ready at once: a worker that never becomes ready costs its own session, not other fronts or the control service.
      { ...strategy(`front-${feed}`, "rest_for_one", isFatal), readyAtOnce: true },
      [
        // A failed first start is retried like a later one: a missing file or process may appear.
        {
          id: "feed-worker",
          start: worker,
          shutdownMs: 8000,
          startDeadlineMs: workerStartMs,
          onStartFailure: "restart"
        },
        { id: "session", start: session, onStartFailure: "restart", ...stateOf(`session-${feed}`) }
      ],
      {},
      parts.entrance?.(`front-${feed}`)
    )
    if (gate === undefined) return front
    // Ready at once, like the front behind the gate: a resting feed must not delay the start of others.
    return {
      ...front,
      start: (ready: Effect.Effect<void>) => Effect.andThen(ready, gate.whileOpen(front.start(Effect.void)))
    }
  })
  const children: ReadonlyArray<ChildSpec<R>> = [
    { id: "telemetry", start: parts.telemetry },
    ...(parts.broker === undefined ? [] : [{ id: "broker", start: parts.broker, shutdownMs: 12_000 }]),
    // Its stop stores the rest, including the last state of each machine, so the machines stop before it.
    { id: "journal", start: parts.journal },
    { id: "machines", start: parts.machines },
    { id: "nats-link", start: parts.natsLink },
    supervisorChild<R>(
      strategy("line", "one_for_one", isFatal),
      [
        // Its stop waits until the queue is empty and the stream has confirmed the last tick.
        { id: "publisher", start: parts.publisher, shutdownMs: 15_000, ...stateOf("publisher") },
        supervisorChild<R>(strategy("sessions", "one_for_one", isFatal), fronts, {}, parts.entrance?.("sessions")),
        // Stopped before the sessions, because their stop is not a loss of a feed.
        ...(parts.failover === undefined ? [] : [{ id: "failover", start: parts.failover, ...stateOf("failover") }])
      ],
      {},
      parts.entrance?.("line")
    ),
    // Its stop ends a running query, by force if necessary.
    ...(parts.contracts === undefined ? [] : [{ id: "contracts", start: parts.contracts, shutdownMs: 3000 }]),
    ...(parts.health === undefined ? [] : [{ id: "health", start: parts.health }]),
    { id: "control", start: parts.control }
  ]
  return Effect.andThen(
    supervise(strategy("root", "one_for_one", isFatal), children, ready, parts.entrance?.("root")),
    Effect.die(new Error("the root ended without giving up, although no child of it is significant"))
  )
}

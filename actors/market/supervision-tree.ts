import { Effect, type Scope } from "effect"
import type { FeedGate } from "../runtime/feed-gate.ts"
import { type ChildSpec, type SupervisorOptions, supervise, supervisorChild } from "../runtime/supervisor.ts"
import type { SupervisorControl } from "../runtime/supervisor-control.ts"

/** A child's body: runs `ready` once it serves, and goes on until it ends or is interrupted. */
export type Body<R = never> = (ready: Effect.Effect<void>) => Effect.Effect<unknown, unknown, R | Scope.Scope>

/** The parts of the daemon, as the composition root built them. */
export interface TreeParts<R = never> {
  /** The machines that watch: market hours, publisher, workers, the daemon itself. */
  readonly machines: Body<R>
  readonly telemetry: Body<R>
  /** Only with an embedded nats-server. */
  readonly broker: Body<R> | undefined
  /** Writes the machines' states and events to NATS: it sees the line start and drain. */
  readonly journal: Body<R>
  readonly natsLink: Body<R>
  /** Refreshes the contract list; it needs nothing of the others. */
  readonly contracts?: Body<R> | undefined
  readonly control: Body<R>
  readonly publisher: Body<R>
  /** Which of two feeds is active; unset: there is one. */
  readonly failover?: Body<R> | undefined
  /** Staleness and repair; unset: nobody looks. */
  readonly health?: Body<R> | undefined
  readonly fronts: ReadonlyArray<{
    readonly feed: string
    readonly worker: Body<R>
    readonly session: Body<R>
    /** Holds worker and session back while the feed is not to run; unset: it always runs. */
    readonly gate?: Pick<FeedGate, "whileOpen">
  }>
  /** Ends that no restart can cure: src/market/layers/causes/causes.ts. */
  readonly isFatal: (error: unknown) => boolean
  /** Where the machine of an actor stands: kept with each restart. */
  readonly stateOf?: (actor: string) => string | undefined
  /** The entrance through which operators restart children of the supervisor of this name. */
  readonly entrance?: (supervisor: string) => SupervisorControl<R>
}

/**
 * A worker that is not ready by then is killed and started again: loading a vendor's library takes well under a
 * second.
 */
const workerStartMs = 45_000

const strategy = (
  name: string,
  how: SupervisorOptions["strategy"],
  isFatal: TreeParts["isFatal"]
): SupervisorOptions => ({
  name,
  strategy: how,
  // A worker that dies every few seconds is a fault for somebody to look at; one that dies once an hour is not.
  limit: { restartsMax: 10, periodMs: 60_000 },
  backoff: { baseMs: 200, capMs: 30_000 },
  healthyAfterMs: 30_000,
  isFatal
})

/**
 * The tree of `docs/ARCHITECTURE.md`: children start top to bottom and stop bottom to top, and a child's stop empties
 * its
 * input first, so the stop order is the drain order. It fails when the root gives up; then the process exits and
 * systemd or compose decides.
 */
export const runTree = <R>(parts: TreeParts<R>, ready: Effect.Effect<void>) => {
  const { isFatal } = parts
  const stateOf = (actor: string) => ({ state: () => parts.stateOf?.(actor) })
  const fronts = parts.fronts.map(({ feed, worker, session, gate }) => {
    const front = supervisorChild<R>(
      // At once: a worker that never becomes ready costs its own session, not the other fronts and not the control
      // service.
      { ...strategy(`front-${feed}`, "rest_for_one", isFatal), readyAtOnce: true },
      [
        // A first start that fails is tried again like any later one: what it lacks, a file or a process, may come.
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
    // Ready at once, as the front behind the gate is: a feed that rests holds up nobody's start.
    return {
      ...front,
      start: (ready: Effect.Effect<void>) => Effect.andThen(ready, gate.whileOpen(front.start(Effect.void)))
    }
  })
  const children: ReadonlyArray<ChildSpec<R>> = [
    { id: "telemetry", start: parts.telemetry },
    ...(parts.broker === undefined ? [] : [{ id: "broker", start: parts.broker, shutdownMs: 12_000 }]),
    // Its stop stores what is left, the last word of each machine included: they stop before it.
    { id: "journal", start: parts.journal },
    { id: "machines", start: parts.machines },
    { id: "nats-link", start: parts.natsLink },
    supervisorChild<R>(
      strategy("line", "one_for_one", isFatal),
      [
        // Its stop waits until the queue is empty and the stream has confirmed the last tick.
        { id: "publisher", start: parts.publisher, shutdownMs: 15_000, ...stateOf("publisher") },
        supervisorChild<R>(strategy("sessions", "one_for_one", isFatal), fronts, {}, parts.entrance?.("sessions")),
        // Down before the sessions: their stop is no loss of a feed.
        ...(parts.failover === undefined ? [] : [{ id: "failover", start: parts.failover, ...stateOf("failover") }])
      ],
      {},
      parts.entrance?.("line")
    ),
    // Its stop ends a query under way, by force if need be.
    ...(parts.contracts === undefined ? [] : [{ id: "contracts", start: parts.contracts, shutdownMs: 3000 }]),
    ...(parts.health === undefined ? [] : [{ id: "health", start: parts.health }]),
    { id: "control", start: parts.control }
  ]
  return Effect.andThen(
    supervise(strategy("root", "one_for_one", isFatal), children, ready, parts.entrance?.("root")),
    Effect.die(new Error("the root ended without giving up, although no child of it is significant"))
  )
}

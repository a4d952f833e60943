import { Effect } from "effect"
import { runDaemonActor } from "../../../../actors/market/daemon-actor.ts"
import type { DaemonStates } from "../../../../actors/market/daemon-states.ts"
import { runFeedWorkerActor } from "../../../../actors/market/feed-worker-actor.ts"
import { PhaseBoard, runMarketHours } from "../../../../actors/market/market-hours-actor.ts"
import { runPublisherActor } from "../../../../actors/market/publisher-actor.ts"
import type { Registry } from "../../../../actors/runtime/registry.ts"
import type { SupervisorEvent } from "../../../../actors/runtime/supervisor.ts"
import type { DaemonEvent as DaemonMachineEvent } from "../../../../machines/daemon-machine.ts"
import type { FeedWorkerEvent } from "../../../../machines/market/feed-worker-machine.ts"
import type { PublisherMachineEvent } from "../../../../machines/market/publisher-machine.ts"
import type { PublisherEvent } from "../../adapters/jetstream/acked-publisher.ts"
import type { FeedWorkerError } from "../../domain/feed/feed-worker-error.ts"
import type { MarketHours } from "../../ports/market-hours.ts"
import type { PublisherCounts } from "../../ports/tick-publisher.ts"
import type { DaemonEvent } from "../events/daemon-events.ts"

/** Deadlines of the tree: the machines that show its drain wait a little longer than the drain may take. */
const drainTimeoutMs = 35_000

const toPublisherEvent = (event: PublisherEvent): PublisherMachineEvent | undefined => {
  switch (event.type) {
    case "linkUp":
      return { type: "LINK_UP" }
    case "linkDown":
      return { type: "LINK_DOWN", code: event.code, message: event.message }
    case "refused":
      return { type: "PUBLISH_REFUSED", code: event.refusal.code, description: event.refusal.description }
    case "storeLost":
      return { type: "STORE_LOST", gone: event.acknowledgedGone }
    case "fenced":
      return { type: "FENCED", message: event.message }
    case "takenBack":
      return { type: "TAKEN_BACK" }
    case "epochTaken":
    case "reconciled":
      return undefined
  }
}

/**
 * The machines that watch the daemon beside the sessions: market hours, publisher, feed workers and the daemon itself.
 * They only look and report, so one child of the tree runs them all; it starts first and stops last, and sees the
 * drain.
 */
export const makeDaemonMachines = (options: {
  readonly registry: Registry
  readonly states: DaemonStates
  readonly hours: MarketHours
  readonly feeds: ReadonlyArray<string>
  readonly counts: () => PublisherCounts
  readonly workerPid: (feed: string) => number
  readonly reasons: () => ReadonlyArray<string>
  /** The spool on disk holds ticks. */
  readonly spooled?: () => boolean
  /** Ticks that were not confirmed when publishing ended. */
  readonly left: () => number
}) => {
  const { registry, states } = options
  const phases = new PhaseBoard()
  const toWorker = new Map<string, (event: FeedWorkerEvent) => void>()
  let toPublisher: (event: PublisherMachineEvent) => void = () => undefined
  let toDaemon: (event: DaemonMachineEvent) => void = () => undefined
  let stopping = false

  const actors = [
    runMarketHours({ hours: options.hours, board: phases, registry }),
    runPublisherActor({
      registry,
      counts: options.counts,
      ackOverdueMs: 5000,
      alarmAfterMs: 60_000,
      drainTimeoutMs,
      onMailbox: (tell) => {
        toPublisher = tell
        // What an earlier run left was found before there was a mailbox.
        if (options.spooled?.() === true) tell({ type: "SPOOL_ENGAGED" })
      }
    }),
    runDaemonActor({
      registry,
      states,
      reasons: options.reasons,
      drainTimeoutMs,
      onMailbox: (tell) => {
        toDaemon = tell
      }
    }),
    ...options.feeds.map((feed) =>
      runFeedWorkerActor({ feed, registry, states, onMailbox: (tell) => void toWorker.set(feed, tell) })
    )
  ]

  const worker = (feed: string, event: SupervisorEvent) => {
    const tell = toWorker.get(feed)
    switch (event.type) {
      case "started":
        return tell?.({ type: "WORKER_STARTED" })
      case "ready":
        return tell?.({ type: "WORKER_READY", pid: options.workerPid(feed) })
      case "restarting":
        return tell?.({ type: "RESTART_SCHEDULED", inMs: event.inMs })
      case "gaveUp":
        return tell?.({ type: "GIVEN_UP" })
      case "ended":
        return event.how === "interrupted" || event.how === "normal" ? tell?.({ type: "WORKER_ENDED" }) : undefined
      default:
        return undefined
    }
  }

  /** The worker's own report of its end, which distinguishes a hang from a crash. */
  const workerFailed = (feed: string, { code, message }: FeedWorkerError) =>
    toWorker.get(feed)?.(
      code === "WORKER_HUNG" ? { type: "WORKER_HUNG", message } : { type: "WORKER_DIED", code, message }
    )

  const supervisor = (event: SupervisorEvent, byOperator: boolean) => {
    const feed = options.feeds.find((name) => event.supervisor === `front-${name}`)
    if (feed !== undefined && event.child === "feed-worker") worker(feed, event)
    if (event.type !== "ended" || event.how !== "interrupted") return
    // Unless an operator restarts one, children of the root are interrupted only when the root stops; the last one
    // first.
    if (event.supervisor === "root" && !stopping && !byOperator) {
      stopping = true
      toDaemon({ type: "STOP_ASKED" })
      toPublisher({ type: "DRAIN_ASKED" })
      for (const tell of toWorker.values()) tell({ type: "STOP_ASKED" })
    }
    if (event.child === "publisher") toPublisher({ type: "DRAIN_ENDED", left: options.left() })
  }

  return {
    phases,
    body: (ready: Effect.Effect<void>) =>
      Effect.andThen(ready, Effect.all(actors, { concurrency: "unbounded", discard: true })).pipe(
        // A final state of one machine ends one actor; the child itself ends with the tree only.
        Effect.andThen(Effect.never)
      ),
    hear: (event: DaemonEvent): void => {
      switch (event.type) {
        case "publisher": {
          const fact = toPublisherEvent(event.event)
          if (fact !== undefined) toPublisher(fact)
          return
        }
        case "spool":
          if (event.event.type === "engaged") toPublisher({ type: "SPOOL_ENGAGED" })
          else if (event.event.type === "emptied") toPublisher({ type: "SPOOL_EMPTIED" })
          return
        case "workerFailed":
          return workerFailed(event.feed, event.error)
        case "supervisor":
          return supervisor(event.event, event.byOperator)
        default:
          return
      }
    }
  }
}

import { Effect } from "effect"
import { runDaemonActor } from "../../../../actors/market/daemon-actor.ts"
import { runFeedWorkerActor } from "../../../../actors/market/feed-worker-actor.ts"
import { PhaseBoard, runMarketHours } from "../../../../actors/market/market-hours-actor.ts"
import { runPublisherActor } from "../../../../actors/market/publisher-actor.ts"
import type { Registry } from "../../../../actors/runtime/registry.ts"
import type { SupervisorEvent } from "../../../../actors/runtime/supervisor.ts"
import type { DaemonEvent } from "../../../../machines/daemon-machine.ts"
import type { FeedWorkerEvent } from "../../../../machines/market/feed-worker-machine.ts"
import type { PublisherMachineEvent } from "../../../../machines/market/publisher-machine.ts"
import type { PublisherEvent } from "../../adapters/jetstream/acked-publisher.ts"
import type { FeedWorkerError } from "../../domain/feed/feed-worker-error.ts"
import type { MarketHours } from "../../ports/market-hours.ts"
import type { PublisherCounts } from "../../ports/tick-publisher.ts"
import type { SpoolEvent } from "../../ports/tick-spool.ts"

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
 * They only look and tell, so one child of the tree runs them all; it starts first and stops last, and sees the drain.
 */
export const makeDaemonMachines = (options: {
  readonly registry: Registry
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
  const { registry } = options
  const phases = new PhaseBoard()
  const toWorker = new Map<string, (event: FeedWorkerEvent) => void>()
  let toPublisher: (event: PublisherMachineEvent) => void = () => undefined
  let toDaemon: (event: DaemonEvent) => void = () => undefined
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
        // what an earlier run left was found before there was a mailbox
        if (options.spooled?.() === true) tell({ type: "SPOOL_ENGAGED" })
      }
    }),
    runDaemonActor({
      registry,
      reasons: options.reasons,
      drainTimeoutMs,
      onMailbox: (tell) => {
        toDaemon = tell
      }
    }),
    ...options.feeds.map((feed) =>
      runFeedWorkerActor({ feed, registry, onMailbox: (tell) => void toWorker.set(feed, tell) })
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

  return {
    phases,
    body: (ready: Effect.Effect<void>) =>
      Effect.andThen(ready, Effect.all(actors, { concurrency: "unbounded", discard: true })).pipe(
        // A final state of one machine ends one actor; the child itself ends with the tree only.
        Effect.andThen(Effect.never)
      ),
    onPublisher: (event: PublisherEvent) => {
      const fact = toPublisherEvent(event)
      if (fact !== undefined) toPublisher(fact)
    },
    onSpool: (event: SpoolEvent) => {
      if (event.type === "engaged") toPublisher({ type: "SPOOL_ENGAGED" })
      else if (event.type === "emptied") toPublisher({ type: "SPOOL_EMPTIED" })
    },
    /** The worker's own integrity of its end, which tells a hang from a crash. */
    onWorkerError: (feed: string, error: FeedWorkerError) =>
      toWorker.get(feed)?.(
        error.code === "WORKER_HUNG"
          ? { type: "WORKER_HUNG", message: error.message }
          : { type: "WORKER_DIED", code: error.code, message: error.message }
      ),
    /** `isRestarting`: an operator has the child stopped and started again, its supervisor goes on. */
    onSupervisor: (event: SupervisorEvent, isRestarting = false) => {
      const feed = options.feeds.find((name) => event.supervisor === `front-${name}`)
      if (feed !== undefined && event.child === "feed-worker") worker(feed, event)
      if (event.type !== "ended" || event.how !== "interrupted") return
      // Else children of the root are interrupted only when the root stops; the last one up goes first.
      if (event.supervisor === "root" && !stopping && !isRestarting) {
        stopping = true
        toDaemon({ type: "STOP_ASKED" })
        toPublisher({ type: "DRAIN_ASKED" })
        for (const tell of toWorker.values()) tell({ type: "STOP_ASKED" })
      }
      if (event.child === "publisher") toPublisher({ type: "DRAIN_ENDED", left: options.left() })
    }
  }
}

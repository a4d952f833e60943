import { Context, Layer } from "effect"
import type { SupervisorEvent } from "../../../../actors/runtime/supervisor.ts"
import type { SwitchRecord } from "../../../kernel/feed-switch.ts"
import type { ControlEvent } from "../../adapters/ctp/ring-layout.ts"
import type { PublisherEvent } from "../../adapters/jetstream/acked-publisher.ts"
import type { PreviousRunOf } from "../../application/integrity/daemon-down.ts"
import type { FeedWorkerError } from "../../domain/feed/feed-worker-error.ts"
import type { SpoolEvent } from "../../ports/tick-spool.ts"
import type { ExceptionNews } from "../log/exception-log.ts"
import type { OverflowNews } from "../log/overflow-log.ts"

/** A session took another state. `atMs`: epoch milliseconds. */
export interface SessionNews {
  readonly feed: string
  readonly state: string
  readonly from: string
  readonly trigger: string
  readonly lastError: string | undefined
  readonly atMs: number
}

/**
 * The rare events of one daemon: what several of its parts must know. Never one per tick. What happens per tick, and
 * what a spool or a fenced publisher gives up, are plain calls.
 */
export type DaemonEvent =
  /** The link to the stream of the ticks, its refusals, its epoch and its losses. */
  | { readonly type: "publisher"; readonly event: PublisherEvent }
  /** A stream beside the ticks: trouble (`undefined`: it works). */
  | {
      readonly type: "sideStream"
      readonly stream: string
      readonly trouble: { readonly code: string; readonly message: string } | undefined
    }
  /** A stream beside the ticks is not as declared, and is used as it is. */
  | { readonly type: "sideStreamDiffers"; readonly stream: string; readonly message: string }
  | { readonly type: "spool"; readonly event: SpoolEvent }
  /** The stream was seen first: how far the previous run came with each feed. */
  | { readonly type: "previousRun"; readonly former: PreviousRunOf }
  /** `byOperator`: an operator restarts this child now; its supervisor goes on. */
  | { readonly type: "supervisor"; readonly event: SupervisorEvent; readonly byOperator: boolean }
  /** A control event of a front, as it comes out of the ring. */
  | { readonly type: "front"; readonly feed: string; readonly event: ControlEvent }
  | ({ readonly type: "session" } & SessionNews)
  | { readonly type: "workerFailed"; readonly feed: string; readonly error: FeedWorkerError }
  /** A line that a feed worker printed; `folded`: how many lines it stands for. */
  | { readonly type: "workerLine"; readonly feed: string; readonly line: string; readonly folded: number }
  | { readonly type: "passwordNotRead"; readonly feed: string; readonly sentence: string }
  /** A summary of quarantined ticks: at most one a second for each reason. */
  | {
      readonly type: "quarantined"
      readonly feed: string
      readonly reason: string
      readonly instrument: string
      readonly count: number
    }
  /** A step of the line threw. */
  | ({ readonly type: "exception" } & ExceptionNews)
  /** Ticks were given up because there was no room: at most one a second for each feed. */
  | ({ readonly type: "ticksGivenUp" } & OverflowNews)
  /** This host's clock is another than the exchanges' (`offsetMs` 0: it agrees again). */
  | { readonly type: "hostClock"; readonly feed: string; readonly offsetMs: number }
  /** A batch had ticks outside the trading calendar. */
  | { readonly type: "beyondCalendar"; readonly feed: string }
  /** The event loop stood still. */
  | { readonly type: "stall"; readonly stallMs: number }
  | { readonly type: "switched"; readonly record: SwitchRecord }
/**
 * The subscribers of an event, in the order of delivery; the order in which they subscribed has no effect: the
 * registry, so that the others read the new state; the log (in the simulation the trace and its witnesses); the wait
 * board; the failover, which looks at sessions; integrity, which closes and opens gaps; the machines; the journal with
 * its audit; and what surrounds the daemon (its process, or the witnesses that judge what the others have done).
 */
export const subscriberOrder = [
  "registry",
  "log",
  "waiting",
  "failover",
  "integrity",
  "machines",
  "journal",
  "surroundings"
] as const
export type Subscriber = (typeof subscriberOrder)[number]

/**
 * A plain synchronous bus. A subscriber must not wait. What it throws is a bug and reaches the publisher of the event.
 * An event that a subscriber publishes is delivered at once, before the rest of the first one.
 */
export class EventBus {
  private readonly listeners: ReadonlyArray<Array<(event: DaemonEvent) => void>> = subscriberOrder.map(() => [])

  /** Calls `listener` with every event from now on, in the turn of `subscriber`. */
  subscribe(subscriber: Subscriber, listener: (event: DaemonEvent) => void): void {
    this.listeners[subscriberOrder.indexOf(subscriber)]?.push(listener)
  }

  publish(event: DaemonEvent): void {
    for (const turn of this.listeners) for (const listener of turn) listener(event)
  }
}

export class DaemonEvents extends Context.Service<DaemonEvents, EventBus>()("tickd/market/DaemonEvents") {
  static readonly layer = Layer.sync(DaemonEvents, () => new EventBus())
}

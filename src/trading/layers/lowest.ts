import { Context, Layer } from "effect"
import { Registry } from "../../../actors/runtime/registry.ts"
import type { SupervisorControl } from "../../../actors/runtime/supervisor-control.ts"
import type { Body } from "../../../actors/runtime/tree.ts"
import type { OrderActorSettings } from "../../../actors/trading/order-supervision.ts"
import type { OutboxSettings } from "../../../actors/trading/outbox-actor.ts"
import type { ReconciliationSettings } from "../../../actors/trading/reconciliation-actor.ts"
import type { TradeUpdatesSettings } from "../../../actors/trading/trade-updates-actor.ts"
import type { VenuePollSettings } from "../../../actors/trading/venue-poll-actor.ts"
import type { LogLevel } from "../../platform/log/log-record.ts"
import type { ReconcilerSettings } from "../application/reconcile/reconciler.ts"
import type { ReadingBounds } from "../application/venue-readings.ts"
import type { Limits } from "../domain/risk/limits.ts"
import type { MonitorLimits } from "../domain/safety/monitor.ts"
import type { SafetySettings } from "../domain/safety/safety-settings.ts"
import type { CorporateActions } from "../ports/corporate-actions.ts"
import type { EventPublisher } from "../ports/event-publisher.ts"
import type { OrderStore } from "../ports/order-store.ts"
import type { SafetyBucket } from "../ports/safety-bucket.ts"
import type { Venue } from "../ports/venue.ts"

// The lowest services of a trading daemon: what `tickd trade` and the simulation each give in their own way.
// Everything above them is wired once, in trade-layers.ts.

/** What the shared layers read of a configuration. Milliseconds. */
export interface TradeSettingsShape {
  readonly instance: string
  readonly mode: "dry" | "live"
  readonly safety: SafetySettings
  readonly monitor: MonitorLimits
  /** Hold until an operator changes them; then the journal of the book has the newest. */
  readonly limits: Limits
  readonly orders: OrderActorSettings
  readonly reconciler: ReconcilerSettings
  readonly reconciliation: ReconciliationSettings
  readonly updates: TradeUpdatesSettings
  readonly poll: VenuePollSettings
  readonly readings: ReadingBounds
  readonly outbox: OutboxSettings
  readonly quotes: {
    /** Longest wait of an order for the first quote of its symbol. */
    readonly waitMs: number
    /** Interval at which the symbols of the book are compared with the subscribed ones. */
    readonly followEveryMs: number
    /** Subscribed at all times. */
    readonly symbols: ReadonlyArray<string>
  }
  /** Names this run in the monitor's sign of life. */
  readonly process: { readonly run: string; readonly host: string; readonly pid: number }
}
export class TradeSettings extends Context.Service<TradeSettings, TradeSettingsShape>()(
  "tickd/trading/TradeSettings"
) {}

/** The daemon's log: written synchronously, so that a listener of events can write. */
export class TradeLog extends Context.Service<
  TradeLog,
  {
    readonly write: (
      level: LogLevel,
      message: string,
      fields: Readonly<Record<string, unknown>> & { readonly event: string }
    ) => void
  }
>()("tickd/trading/TradeLog") {}

/** What runs, in which state, since when. */
export class TradeRegistry extends Context.Service<TradeRegistry, Registry>()("tickd/trading/TradeRegistry") {
  static readonly layer = Layer.sync(TradeRegistry, () => new Registry())
}

/** The children beside the way of orders: what a person, a program or a service manager reads and commands. */
export class BesideOrders extends Context.Service<
  BesideOrders,
  {
    readonly telemetry: Body | undefined
    /** Only with an embedded nats-server. */
    readonly broker: Body | undefined
    /** Only with a simulated venue. */
    readonly simulatedVenue: Body | undefined
    /** Writes states and events to NATS. */
    readonly journal: Body | undefined
    readonly natsLink: Body | undefined
    readonly httpApi: Body | undefined
    readonly control: Body | undefined
    /** The entrance through which operators restart children of the supervisor of this name. */
    readonly entrance?: (supervisor: string) => SupervisorControl
  }
>()("tickd/trading/BesideOrders") {}

/** Everything that a world gives below the quotes. */
export type Lowest =
  | TradeSettings
  | TradeLog
  | TradeRegistry
  | Venue
  | CorporateActions
  | OrderStore
  | SafetyBucket
  | EventPublisher

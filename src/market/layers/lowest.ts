import { Context, Effect, Layer } from "effect"
import { DaemonStates } from "../../../actors/market/daemon-states.ts"
import { Registry } from "../../../actors/runtime/registry.ts"
import type { SupervisorControl } from "../../../actors/runtime/supervisor-control.ts"
import type { Body } from "../../../actors/runtime/tree.ts"
import type { TradingCalendar } from "../../kernel/calendar/trading-calendar.ts"
import type { PhaseSource } from "../../kernel/calendar/trading-phase.ts"
import type { InstrumentDirectory } from "../../kernel/instrument/instrument-directory.ts"
import type { LatencyHistogram } from "../../kernel/latency-histogram.ts"
import type { SlabPool, TickBatch } from "../../kernel/tick/tick-slab.ts"
import type { NatsConnectError, NatsConnectionOptions } from "../../platform/nats/connect.ts"
import type { StallCounts } from "../../platform/process/stall-watchdog.ts"
import type { SpoolUnusedMessage } from "../../protocol/market/status.ts"
import type { OpenLink } from "../adapters/jetstream/link.ts"
import type { WriterIdentity } from "../adapters/jetstream/writer-fence.ts"
import type { SpoolFiles } from "../adapters/spool/spool-files.ts"
import type { LineLatency } from "../application/intake/line-latency.ts"
import type { TickQueue } from "../application/intake/tick-queue.ts"
import type { OverflowIntegrity } from "../application/integrity/overflow-integrity.ts"
import type { Outbox } from "../application/publish/outbox.ts"
import type { Config } from "../config/config.ts"
import type { MarketHours } from "../ports/market-hours.ts"
import type { TickPublisher } from "../ports/tick-publisher.ts"
import type { Waiting } from "./causes/waiting.ts"
import { DaemonEvents } from "./events/daemon-events.ts"
import type { FeedLine } from "./feeds/feed-line.ts"
import type { HealthCounts } from "./health/health.ts"

// The lowest services of a daemon: what `tickd run` and the simulation each give in their own way. Everything above
// them is wired once, in daemon-layers.ts.

/** What the shared layers read of a configuration. `Config` is one. */
export interface DaemonSettings extends Pick<Config, "instance" | "stateDir" | "tick" | "failover"> {
  readonly ctp: Pick<
    Config["ctp"],
    "silenceMs" | "connectTimeoutMs" | "loginTimeoutMs" | "maxRetries" | "coverageMin" | "preferred"
  >
}
export class Settings extends Context.Service<Settings, DaemonSettings>()("tickd/market/Settings") {}

/** The clock, the disk and the process. */
export class Host extends Context.Service<
  Host,
  {
    /** Epoch milliseconds. */
    readonly nowMs: () => number
    readonly monotonicMs: () => number
    /** Omit: a summary that waits is reported with the next event of its kind. */
    readonly later?: (run: () => void, afterMs: number) => void
    readonly stalls: () => StallCounts
    /** Ticks that an earlier run left in a spool which this daemon does not use. */
    readonly spoolUnused?: SpoolUnusedMessage | undefined
    /** Omit: the disk of this host, and this process. */
    readonly spoolFiles?: SpoolFiles
    readonly process?: Pick<WriterIdentity, "host" | "pid" | "run">
  }
>()("tickd/market/Host") {}

/** The way to the broker. */
export class BrokerLinks extends Context.Service<
  BrokerLinks,
  {
    readonly url: () => string
    /** Succeeds when there is a server at `url`; omit: always. */
    readonly whenUp?: Effect.Effect<void, NatsConnectError>
    /** The server is a child of this daemon. */
    readonly isOwnServer: boolean
    /** `what` names the connection to the server. */
    readonly connection: (what: string) => NatsConnectionOptions
    /** Replace the connections to a real broker. */
    readonly openTicks?: OpenLink
    readonly openSide?: (stream: string) => OpenLink
    /** Integrity events that wait for the broker. */
    readonly outbox: Outbox
    /** Looks at the stream: `first` before the first tick goes there, `last` after the line has drained. */
    readonly looks?: { readonly first: Effect.Effect<void>; readonly last: Effect.Effect<void> } | undefined
    /** Stands between the line and its publisher: watches it, or breaks it. Omit in a real daemon. */
    readonly tap?: (publisher: TickPublisher["Service"]) => TickPublisher["Service"]
  }
>()("tickd/market/BrokerLinks") {}

/** What ticks wait in between ring and publisher, and what they are counted with. */
export class TickBuffers extends Context.Service<
  TickBuffers,
  {
    readonly directory: InstrumentDirectory
    readonly latency: LatencyHistogram
    /** Hop by hop. */
    readonly line: LineLatency
    readonly pool: SlabPool
    readonly queue: TickQueue
    readonly overflow: OverflowIntegrity
    /** Batches that the publisher has taken from the queue and not handed over: they outlive its restart. */
    readonly inHand: Array<TickBatch>
  }
>()("tickd/market/TickBuffers") {}

/** The feeds, each from its front to its ring. */
export class FeedLines extends Context.Service<
  FeedLines,
  {
    readonly feeds: ReadonlyArray<FeedLine>
    /** Two feeds of one market: a tick that both bring is published once, and one of the two is the active feed. */
    readonly isPair: boolean
    /** The catalogue says what is wanted, and has no contract yet; omit: it is not asked. */
    readonly isListMissing?: () => boolean
  }
>()("tickd/market/FeedLines") {}

/** When the market trades. */
export class MarketTime extends Context.Service<
  MarketTime,
  {
    readonly hours: MarketHours
    /** Hours of each instrument, for the laws; `noHours` for a market that trades around the clock. */
    readonly laws: PhaseSource
    readonly calendar: TradingCalendar
  }
>()("tickd/market/MarketTime") {}

/** What the daemon waits for, and what ends it. */
export class Causes extends Context.Service<Causes, Waiting>()("tickd/market/Causes") {}

/**
 * How long a feed has been silent although it should tick, and how far its ticks arrive behind the exchanges;
 * milliseconds.
 */
export class FeedSilence extends Context.Service<
  FeedSilence,
  {
    readonly silentMs: (feed: string) => number
    readonly lateMs: (feed: string) => number
    /** Instruments with at least a tick a second trade now. */
    readonly isLiquidNow: (feed: string) => boolean
  }
>()("tickd/market/FeedSilence") {}

/** Staleness and repair. `counts` and `body` undefined: disabled. */
export class Health extends Context.Service<
  Health,
  { readonly counts: ((feed: string) => HealthCounts) | undefined; readonly body: Body | undefined }
>()("tickd/market/Health") {}

/** The children beside the line: what a person, a program or a service manager reads and commands. */
export class BesideLine extends Context.Service<
  BesideLine,
  {
    readonly telemetry: Body
    readonly subscriptionMetrics?: Body | undefined
    readonly broker: Body | undefined
    readonly journal: Body
    readonly control: Body
    readonly contracts: Body | undefined
    /** The entrance through which operators restart children of the supervisor of this name. */
    readonly entrance?: (supervisor: string) => SupervisorControl
    /** An operator restarts this child (`<supervisor>/<child>`) now. */
    readonly isRestarting: (path: string) => boolean
    /** Runs the tree, and answers requests for as long as it runs and drains. Omit where no requests come. */
    readonly answerDuring?: <A, E, R>(tree: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  }
>()("tickd/market/BesideLine") {}

/** What runs, in which state, since when. */
export class DaemonRegistry extends Context.Service<DaemonRegistry, Registry>()("tickd/market/DaemonRegistry") {
  static readonly layer = Layer.effect(
    DaemonRegistry,
    Effect.gen(function* () {
      const registry = new Registry()
      const events = yield* DaemonEvents
      events.subscribe("registry", (event) => {
        if (event.type === "supervisor") registry.noteSupervisor(event.event)
      })
      return registry
    })
  )
}

/** Where the machines stand that others decide by. */
export class States extends Context.Service<States, DaemonStates>()("tickd/market/States") {
  static readonly layer = Layer.sync(States, () => new DaemonStates())
}

/** Everything that a world gives. */
export type Lowest =
  | Settings
  | Host
  | BrokerLinks
  | TickBuffers
  | FeedLines
  | MarketTime
  | Causes
  | FeedSilence
  | DaemonRegistry
  | States
  | DaemonEvents

import type { Effect } from "effect"
import type { SessionRequest } from "../../actors/market/session-actor.ts"
import type { Registry } from "../../actors/runtime/registry.ts"
import type { FeedMode } from "../kernel/feed-switch.ts"
import type { Gap } from "../kernel/tick/gap.ts"
import type { PublisherCounts } from "../market/adapters/jetstream/acked-publisher.ts"
import type { SpoolingPublisher } from "../market/adapters/jetstream/spooling-publisher.ts"
import type { WriterFence } from "../market/adapters/jetstream/writer-fence.ts"
import type { MemoryDisk, MemoryFiles } from "../market/adapters/memory/memory-disk.ts"
import type { TickLedger } from "../market/application/intake/ledger.ts"
import type { SpoolSettings } from "../market/config/spool-settings.ts"
import type { ProcessClock } from "./process-clock.ts"
import type { RunTimes } from "./run-times.ts"
import type { Trace } from "./trace.ts"
import type { PreviousProcess } from "./witnesses/down-witness.ts"
import type { GapWitness } from "./witnesses/gap-witness.ts"
import type { OverflowWitness } from "./witnesses/overflow-witness.ts"
import type { PrintWitness } from "./witnesses/print-witness.ts"
import type { RestartWitness } from "./witnesses/restart-witness.ts"
import type { SessionWitness } from "./witnesses/session-witness.ts"
import type { SilenceWitness } from "./witnesses/silence-witness.ts"
import type { SimBroker } from "./world/sim-broker.ts"
import type { SimFront } from "./world/sim-front.ts"
import type { SimHours } from "./world/sim-hours.ts"
import type { SimMarket } from "./world/sim-market.ts"
import type { simPairOf } from "./world/sim-pair.ts"

/** Parts that outlive a daemon: the market, the broker, the disk of its host, and the witnesses of all of them. */
export interface Surroundings {
  readonly seed: number
  /** Mode of the pair of feeds; undefined: each feed is independent. */
  readonly pairMode: FeedMode | undefined
  /** With a pair only. */
  readonly prints: PrintWitness | undefined
  readonly trace: Trace
  readonly hours: SimHours
  readonly market: SimMarket
  readonly broker: SimBroker
  readonly disk: MemoryDisk
  readonly spool: SpoolSettings | undefined
  readonly runTimes: RunTimes
  readonly complain: (sentence: string) => void
  /** An earlier run has reported a gap with this id. */
  readonly isGapTaken: (id: string) => boolean
  /** State before a run, when it reads the stream first. */
  readonly previousProcess: () => PreviousProcess
  /** Called with gaps in what an earlier run left in the spool. */
  readonly onEarlierGap: (feed: number, gap: Gap) => void
}

/** What a start found in the spool. */
export interface FoundSpool {
  readonly ticks: number
  readonly cutBytes: number
}

/** One process of the daemon over the simulated ports, and the witnesses that check it. */
export interface ProcessRun {
  readonly number: number
  readonly time: ProcessClock
  readonly run: Effect.Effect<never, unknown>
  readonly files: MemoryFiles
  readonly fronts: ReadonlyArray<SimFront>
  /** Undefined: each feed is independent. */
  readonly pair: ReturnType<typeof simPairOf>
  /** The feed is held back: the standby of a cold pair. */
  readonly isHeld: (feed: number) => boolean
  readonly gaps: GapWitness
  readonly silence: SilenceWitness
  readonly overflow: OverflowWitness
  readonly ledgers: ReadonlyArray<TickLedger>
  readonly registry: Registry
  readonly restarts: RestartWitness
  readonly sessions: ReadonlyArray<SessionWitness>
  readonly publisher: () => PublisherCounts
  readonly fence: WriterFence
  /** The child with the link to the broker runs. */
  readonly isLinkAlive: () => boolean
  readonly spool: SpoolingPublisher | undefined
  readonly found: FoundSpool
  /** Why the daemon is not ready, as in `/readyz`. */
  readonly reasons: () => ReadonlyArray<string>
  readonly queueDepth: () => number
  /** A message is sent over this run's links. */
  readonly onSent: (subject: string) => void
  /** The market has produced a snapshot: the fronts send it. */
  readonly sendSnapshot: () => void
  readonly storeWiped: () => void
  /**
   * Confirmed ticks in lost stores, `recovered` of them from an earlier run, and those that the publisher reported as
   * lost.
   */
  readonly gone: () => { readonly expected: number; readonly recovered: number; readonly reported: number }
  readonly crashSession: (feed: string) => boolean
  readonly crashSessionEvery: (feed: string, everyMs: number) => () => void
  readonly crashPublisher: () => boolean
  readonly crashLink: () => boolean
  readonly askSession: (feed: string, request: SessionRequest) => void
  /** Ends every trouble of the fronts, and every armed crash. */
  readonly heal: () => void
}

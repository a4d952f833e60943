import type { Effect } from "effect"
import type { SessionRequest } from "../../../actors/market/session-actor.ts"
import type { TradingCalendar } from "../../kernel/calendar/trading-calendar.ts"
import type { Contract } from "../../kernel/instrument/contract.ts"
import type { LatencyHistogram } from "../../kernel/latency-histogram.ts"
import type { SpanExport } from "../../platform/trace/span.ts"
import type { StatusMessage } from "../../protocol/market/status.ts"
import type { Config } from "../config/config.ts"
import type { Drills } from "../ports/drills.ts"
import type { Waiting } from "./causes/waiting.ts"
import type { ContractKeeper } from "./contracts/contract-keeper.ts"
import type { Broker } from "./publish/broker.ts"

export interface DaemonOptions {
  readonly config: Config
  readonly broker: Broker
  /** What this life waits for, and what ends it. */
  readonly waiting: Waiting
  readonly contracts: ReadonlyArray<Contract>
  readonly instruments: ReadonlyArray<string>
  /** Refreshes the contract list while the daemon runs; omit: the list stays as it is. */
  readonly catalogue?: ContractKeeper | undefined
  /** Trading days; omit: the calendar that is shipped. */
  readonly calendar?: TradingCalendar
  /** Path of `tickd-feed-worker`. */
  readonly workerBinary: string
  /** Environment of the feed workers, without secrets; undefined: that of this process. */
  readonly workerEnv?: Readonly<Record<string, string | undefined>> | undefined
  /** Takes a line of the log; never throws and never waits. */
  readonly write: (line: string) => void
  /** Lines of the log that could not be written, for the metric. */
  readonly logDropped?: () => number
  /** Takes spans of commands, switches and repairs; omit to disable. */
  readonly spans?: SpanExport | undefined
  /** Faults that the front lends itself to; without them, what can be done to any front. */
  readonly drills?: Omit<Drills, "crash">
  /** The root gives up: its drain begins. */
  readonly onGivingUp?: () => void
  /** An operator requested a drain over NATS. */
  readonly onDrainAsked?: () => void
  /**
   * Looks at the stream: `first` before the first tick goes there, `last` after the line has drained. The broker runs
   * at both.
   */
  readonly streamLooks?: { readonly first: Effect.Effect<void>; readonly last: Effect.Effect<void> }
}

/** A daemon that is built and not yet running. */
export interface Daemon {
  /**
   * Runs the tree until it gives up or is interrupted; interruption drains it in stop order.
   * Errors: the end that no restart can cure, as it was, or `SupervisorGaveUp` after too many restarts.
   */
  readonly run: (ready: Effect.Effect<void>) => Effect.Effect<never, unknown>
  readonly status: () => StatusMessage
  readonly latency: LatencyHistogram
  readonly askSession: (feed: string, request: SessionRequest) => void
  readonly httpPort: () => number
  /** Of this feed; omit: of the first. 0: none runs. */
  readonly workerPid: (feed?: string) => number
  /** Children whose stop has begun and not ended, the one that the others wait for last. */
  readonly stillStopping: () => ReadonlyArray<string>
  /** The root has not given up. */
  readonly isHealthy: () => boolean
}

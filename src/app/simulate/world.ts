import type { Effect } from "effect"
import type { Registry } from "../../../actors/registry.ts"
import type { SessionRequest } from "../../../actors/session-actor.ts"
import type { PublisherCounts } from "../../adapters/jetstream/acked-publisher.ts"
import type { LedgerBook } from "../../application/ledger.ts"
import type { GapWitness } from "./gap-witness.ts"
import type { RestartWitness } from "./restart-witness.ts"
import type { SessionWitness } from "./session-witness.ts"
import type { SilenceWitness } from "./silence-witness.ts"
import type { SimBroker } from "./sim-broker.ts"
import type { SimFront } from "./sim-front.ts"
import type { SimHours } from "./sim-hours.ts"
import type { StoredTicks } from "./stored-ticks.ts"

/** The daemon on the twins of its ports, the market and the broker around it, and the witnesses that watch. */
export interface World {
  readonly run: Effect.Effect<never, unknown>
  readonly fronts: ReadonlyArray<SimFront>
  readonly hours: SimHours
  readonly broker: SimBroker
  readonly gaps: GapWitness
  readonly silence: SilenceWitness
  readonly stored: StoredTicks
  readonly books: ReadonlyArray<LedgerBook>
  readonly registry: Registry
  readonly restarts: RestartWitness
  readonly sessions: ReadonlyArray<SessionWitness>
  readonly publisher: () => PublisherCounts
  /** What keeps the daemon from being ready, as `/readyz` names it. */
  readonly reasons: () => ReadonlyArray<string>
  readonly queueDepth: () => number
  /** One snapshot of every contract, on every front. */
  readonly burst: () => void
  readonly wipeStore: () => void
  /** Confirmed ticks that were in stores which are gone, and those that the publisher told as lost. */
  readonly gone: () => { readonly expected: number; readonly told: number }
  readonly crashSession: (feed: string) => boolean
  readonly crashSessionEvery: (feed: string, everyMs: number) => () => void
  readonly crashPublisher: () => boolean
  readonly crashLink: () => boolean
  readonly askSession: (feed: string, request: SessionRequest) => void
  /** Ends every trouble of the fronts and the broker, and every crash that is armed. */
  readonly heal: () => void
}

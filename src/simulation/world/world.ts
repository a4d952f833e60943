import type { FeedMode } from "../../kernel/feed-switch.ts"
import type { MemoryDisk } from "../../market/adapters/memory/memory-disk.ts"
import type { EndedRuns } from "../ended-runs.ts"
import type { ProcessRun } from "../process-run.ts"
import type { RunTimes } from "../run-times.ts"
import type { OrderWitness } from "../witnesses/order-witness.ts"
import type { PrintWitness } from "../witnesses/print-witness.ts"
import type { StoredTicks } from "../witnesses/stored-ticks.ts"
import type { WriterWitness } from "../witnesses/writer-witness.ts"
import type { SimBroker } from "./sim-broker.ts"
import type { SimHours } from "./sim-hours.ts"
import type { SimRival } from "./sim-rival.ts"

/** One daemon after another, the market, the broker and the host around them, and the witnesses. */
export interface World {
  readonly hours: SimHours
  /** Mode of the two feeds; undefined: each is independent. */
  readonly pairMode: FeedMode | undefined
  /** With a pair only. */
  readonly prints: PrintWitness | undefined
  readonly broker: SimBroker
  readonly disk: MemoryDisk
  readonly stored: StoredTicks
  readonly order: OrderWitness
  readonly runTimes: RunTimes
  readonly ended: EndedRuns
  readonly writers: WriterWitness
  readonly rival: SimRival
  /** The daemon, while its process runs. */
  readonly life: () => ProcessRun | undefined
  /** Messages that a publisher counted as stored behind a younger one, over all runs. */
  readonly reordered: () => number
  /** One snapshot of every contract, on every front. */
  readonly burst: () => void
  readonly wipeStore: () => void
  /** Kills the daemon's process. `isPower`: its host loses power too. False: there is none, or the stop has begun. */
  readonly kill: (isPower: boolean) => boolean
  /** The same in the middle of the next write to the spool. */
  readonly killInWrite: () => boolean
  /** Like an operator or a service manager: an orderly stop, and a new start. */
  readonly restart: (how: { readonly takeOver: boolean }) => boolean
  /** Ends every trouble of the fronts, the broker and the host, and every armed crash. */
  readonly heal: () => void
}

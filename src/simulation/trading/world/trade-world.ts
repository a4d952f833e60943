import type { Context, Effect } from "effect"
import type { TradeRegistry } from "../../../trading/layers/lowest.ts"
import type { TradeActors } from "../../../trading/layers/tree-layer.ts"
import type { Arming } from "../../../trading/ports/arming.ts"
import type { OrderDesk } from "../../../trading/ports/order-desk.ts"
import type { OrderStore } from "../../../trading/ports/order-store.ts"
import type { Quotes } from "../../../trading/ports/quotes.ts"
import type { Reconciler } from "../../../trading/ports/reconciler.ts"
import type { Safety } from "../../../trading/ports/safety.ts"
import type { LimitBook, VenueWatch } from "../../../trading/ports/trade-conditions.ts"
import type { TradeEvents } from "../../../trading/ports/trade-events.ts"
import type { Trace } from "../../trace.ts"
import type { VirtualTime } from "../../world/virtual-time.ts"
import type { SimBucket } from "./sim-bucket.ts"
import type { SimDatabase } from "./sim-database.ts"
import type { SimEvents } from "./sim-events.ts"
import type { SimExchange } from "./sim-exchange.ts"
import type { SimNetwork } from "./sim-network.ts"
import type { TradeProcess } from "./trade-process.ts"

/** Stocks of the simulated market: cheap enough for many orders, and one that is never traded by a strategy alone. */
export const simSymbols = ["AAPL", "MSFT", "TSLA"] as const

/** One built process: what strategies, operators and witnesses use of it. */
export interface TradeRun {
  readonly process: TradeProcess
  readonly services: Context.Context<
    OrderDesk | Safety | Reconciler | Arming | LimitBook | OrderStore | TradeEvents | VenueWatch | Quotes | TradeActors
  >
  readonly registry: TradeRegistry["Service"]
  /** True times, milliseconds: since when it runs; the first complete reconciliation. */
  readonly startedMs: number
  reconciledMs: number | undefined
  /** An operator has opened the gate without a reconciliation. */
  forced: boolean
  readonly tree: Effect.Effect<never, unknown>
}

/** Everything around the processes of one seed. It outlives each of them. */
export interface TradeWorld {
  readonly seed: number
  readonly time: VirtualTime
  readonly trace: Trace
  readonly exchange: SimExchange
  readonly network: SimNetwork
  readonly database: SimDatabase
  readonly bucket: SimBucket
  readonly events: SimEvents
  /** What faults set on the host. */
  readonly host: {
    /** The wall clock less the true time, milliseconds. */
    skewMs: number
    /** The keys that the process reads are not those of the venue. */
    wrongKeys: boolean
  }
  /** The running process, once it is built; undefined between two. */
  readonly run: () => TradeRun | undefined
  /** Ends the process as SIGKILL does. False: there is none. */
  readonly kill: (why: string) => boolean
  /** An orderly stop, and a new start. False: there is none, or it stops already. */
  readonly restart: () => boolean
  readonly complain: (sentence: string) => void
}

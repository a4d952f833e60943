import type { Decimal } from "../../../kernel/decimal.ts"
import type { InstantNs } from "../../../kernel/time/utc-instant.ts"
import type { EventLog } from "./event-log.ts"
import type { Ledger } from "./ledger.ts"
import type { OrderRecords } from "./order-records.ts"
import type { PaperAssets, SymbolSpec } from "./paper-assets.ts"
import type { PaperIds } from "./paper-ids.ts"
import type { PaperMarket } from "./paper-market.ts"
import type { Schedule } from "./schedule.ts"
import type { HoursRule, VenueHours } from "./venue-hours.ts"

export interface PaperSettings {
  readonly seed: number
  readonly symbols: ReadonlyArray<SymbolSpec>
  /** The clock of the venue. It never goes back. */
  readonly now: () => InstantNs
  /** USD at the start (100000). */
  readonly cash?: Decimal
  /** Buying power is equity times this, less the value of the positions (2). */
  readonly multiplier?: 1 | 2 | 4
  readonly hours?: HoursRule
  /** Step of the market (500 ms). */
  readonly stepNs?: bigint
  /** From the reply to `new`, from a cancel or a replacement to its decision, from a part to the rest. */
  readonly delays?: Partial<VenueDelays>
  /** Share of the executions that are partial (0.1). */
  readonly partialRate?: number
}

export interface VenueDelays {
  readonly acknowledgeNs: bigint
  readonly cancelNs: bigint
  readonly replaceNs: bigint
  readonly restNs: bigint
}

/** What an operator of the simulation has ordered for requests to come. */
interface Standing {
  /** The next executions that are partial, or whole, whatever the seed says. */
  partialNext: number
  /** The next orders that are taken and rejected afterwards. */
  rejectNext: number
  /** The next cancels that come too late: the order is executed first. */
  lateCancelNext: number
  /** The next replacements that come too late. */
  lateReplaceNext: number
  /** Executions happen inside the POST, so that updates precede its reply. */
  immediateNext: number
  accountBlocked: boolean
  /** The transport refuses every key. */
  keysRejected: boolean
  tradingBlocked: boolean
  shortingEnabled: boolean
  /** Every submission gets the time of the first one. */
  frozenSubmission: InstantNs | undefined
}

export interface VenueState {
  readonly seed: number
  readonly settings: PaperSettings
  readonly delays: VenueDelays
  readonly stepNs: bigint
  readonly multiplier: 1 | 2 | 4
  readonly partialRate: number
  readonly ids: PaperIds
  readonly assets: PaperAssets
  readonly market: PaperMarket
  readonly hours: VenueHours
  readonly ledger: Ledger
  readonly orders: OrderRecords
  readonly schedule: Schedule
  readonly events: EventLog
  readonly standing: Standing
  readonly accountId: string
  /** Now, by the venue's clock. */
  clock: InstantNs
  /** Equity at the end of the last session. */
  lastEquity: Decimal
}

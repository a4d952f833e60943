import { Context } from "effect"
import type { MonitorFinding } from "./safety.ts"

/** How the venue answers, for the monitor. From memory. */
export class VenueHealth extends Context.Service<
  VenueHealth,
  {
    /** Requests in a row without a readable answer. A refusal is an answer. */
    readonly errorsInRow: () => number
    /** What the newest answer about the account has that cannot be a value; empty: it could be read. */
    readonly invalidAccount: () => string
  }
>()("tickd/trading/VenueHealth") {}

/** The monitor's newest finding, for the status and for a reset. */
export class MonitorFindings extends Context.Service<
  MonitorFindings,
  {
    readonly newest: () => MonitorFinding | undefined
    readonly keep: (finding: MonitorFinding) => void
  }
>()("tickd/trading/MonitorFindings") {}

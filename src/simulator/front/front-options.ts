import { Effect } from "effect"
import type { MarketContract } from "../market/market-contracts.ts"
import type { ReplaySpeed } from "../replay/replay-cursor.ts"
import { FrontError } from "./front-error.ts"
import type { FrontEvent } from "./session-host.ts"

/** Source of the ticks. */
export type FrontSource =
  | {
      readonly type: "recording"
      /** CSV with the 44 raw CTP columns, plain or gzip. */
      readonly file: string
      readonly speed: ReplaySpeed
      /** Time after a session's last SUBSCRIBE in which a row waits for its instrument to be subscribed (1,500 ms). */
      readonly settleMs?: number
    }
  | {
      readonly type: "market"
      readonly contracts: ReadonlyArray<MarketContract>
      /** Ticks a second over all subscribed contracts together. */
      readonly ratePerSecond: number
      /** True (default): all at once every 500 ms, as exchanges do; false: spread evenly. */
      readonly bursts?: boolean
      /** Integer; the same seed gives the same ticks at the same times (1). */
      readonly seed?: number
      /**
       * Epoch milliseconds. When set, the market has a timetable from there on, and the same source sends the same
       * ticks everywhere.
       */
      readonly sinceMs?: number
    }

export interface FrontOptions {
  readonly source: FrontSource
  /** 127.0.0.1 when absent. */
  readonly host?: string
  /** 0, the default: any free port. */
  readonly port?: number
  /**
   * Trading day in the login answer, `yyyymmdd`. Absent: the recording's first, or by the clock (weekends known,
   * holidays not).
   */
  readonly tradingDay?: string
  /** Ticks that may wait for a session before it is cut (10,000). A recording at full speed waits instead. */
  readonly sendingListSize?: number
  /** Send the last known tick first when an instrument is subscribed (false). */
  readonly staleSnapshot?: boolean
  readonly onEvent?: (event: FrontEvent) => void
}

/** Errors: FRONT_OPTION_INVALID names the first invalid option. */
export const checkOptions = (options: FrontOptions): Effect.Effect<void, FrontError> => {
  const problem = problemOf(options)
  return problem === undefined
    ? Effect.void
    : Effect.fail(new FrontError({ code: "FRONT_OPTION_INVALID", message: problem }))
}

const problemOf = (options: FrontOptions): string | undefined => {
  const { port = 0, sendingListSize = 1, source, tradingDay } = options
  if (!Number.isInteger(port) || port < 0 || port > 65_535) return `Port ${port} is not valid; give 0 to 65535`
  if (!Number.isInteger(sendingListSize) || sendingListSize < 1) {
    return `A send list of ${sendingListSize} ticks is not valid; give a whole number from 1`
  }
  if (tradingDay !== undefined && !/^\d{8}$/.test(tradingDay)) {
    return `Trading day "${tradingDay}" is not a date; write it as yyyymmdd`
  }
  if (source.type === "recording") {
    const { settleMs = 0, speed } = source
    if (speed !== "max" && !(Number.isFinite(speed) && speed > 0)) {
      return `Speed ${speed} is not valid; give max or a number over 0 (1 is the recorded speed)`
    }
    return settleMs >= 0 ? undefined : `A settle time of ${settleMs} ms is not valid; give 0 or more`
  }
  const { contracts, ratePerSecond, seed = 1, sinceMs = 0 } = source
  if (contracts.length === 0) return "The market has no contract; give at least one"
  if (!(Number.isFinite(ratePerSecond) && ratePerSecond > 0)) {
    return `A rate of ${ratePerSecond} ticks a second is not valid; give a number over 0`
  }
  if (!Number.isInteger(sinceMs) || sinceMs < 0) {
    return `A start of ${sinceMs} is not valid; give whole epoch milliseconds`
  }
  if (!Number.isInteger(seed)) return `Seed ${seed} is not a whole number; give one`
  const tooLong = contracts.find((contract) => contract.id.length === 0 || contract.id.length > 30)
  if (tooLong !== undefined) return `Contract "${tooLong.id}" does not fit a tick; ids have 1 to 30 characters`
  const ids = new Set(contracts.map((contract) => contract.id))
  return ids.size === contracts.length ? undefined : "The contract list names a contract twice; remove the second"
}

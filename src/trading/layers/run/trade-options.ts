import { Context, type Effect } from "effect"
import type { Body } from "../../../../actors/runtime/tree.ts"
import type { NatsConnectError } from "../../../platform/nats/connect.ts"
import type { TradeConfig } from "../../config/trade-config.ts"
import type { TradeLogFile } from "../log/trade-log.ts"

/** What a program gives to the daemon that it runs. */
export interface TradeDaemonOptions {
  readonly config: TradeConfig
  readonly log: TradeLogFile
  readonly broker: {
    readonly url: () => string
    /** Succeeds when there is a server at `url`; omit: always. */
    readonly whenUp?: Effect.Effect<void, NatsConnectError> | undefined
    /** Only with an embedded nats-server. */
    readonly run: Body | undefined
  }
  /** Only with a simulated venue. */
  readonly simulatedVenue?: Body | undefined
  /** Lines of the log that were dropped because its reader is too slow. */
  readonly logDropped: () => number
  readonly isStopping: () => boolean
  readonly onGivingUp: () => void
  readonly onDrainAsked: () => void
}
export class TradeOptions extends Context.Service<TradeOptions, TradeDaemonOptions>()("tickd/trading/TradeOptions") {}

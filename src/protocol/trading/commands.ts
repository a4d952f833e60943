import { daemonCommands } from "./daemon-commands.ts"
import { limitCommands } from "./limit-commands.ts"
import { orderCommands } from "./order-commands.ts"
import { reconciliationCommands } from "./reconciliation-commands.ts"
import { safetyCommands } from "./safety-commands.ts"

/**
 * The command table of `tickd trade`, without handlers: all requests to a trading daemon, over NATS
 * (`trade.ctl.<instance>.<name>`) and over HTTP (`http` of each entry). A missing handler does not compile.
 */
export const tradingCommands = {
  ...daemonCommands,
  ...orderCommands,
  ...safetyCommands,
  ...limitCommands,
  ...reconciliationCommands
}
export type TradingCommands = typeof tradingCommands

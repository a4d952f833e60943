import { Effect } from "effect"
import { errorText } from "../../kernel/error-text.ts"
import { cureOf } from "../../kernel/system-fault.ts"
import { makeFolders } from "../../platform/process/make-folders.ts"
import { makeStateFolder } from "../../platform/process/state-folder.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"
import type { TradeConfig } from "../../trading/config/trade-config.ts"
import { OrderStoreError } from "../../trading/ports/order-store.ts"

/** Creates the state folder and in it that of trading, which no other user may read. */
export const makeTradeFolders = Effect.fnUntraced(function* ({ bookDir, stateDir }: TradeConfig) {
  yield* makeStateFolder(stateDir, "TICKD_STATE_DIR")
  yield* Effect.try({
    try: () => makeFolders(bookDir, 0o700),
    catch: (cause) =>
      new UserError({
        code: "STATE_FOLDER",
        exitCode: exitCodes.configuration,
        message: `The folder ${bookDir} cannot be used (${errorText(cause)}): ${cureOf(cause, "name another one with TICKD_STATE_DIR")}.`
      })
  })
})

/**
 * The end of a start without its book of orders. A server that does not answer was waited for. Two programs on one book
 * would each send what they find unsent.
 */
export const withoutStore = (error: OrderStoreError): UserError => {
  const passes = error.reason === "busy" || error.reason === "lost"
  return new UserError({
    code: error.reason === "busy" ? "BOOK_IN_USE" : `STORE_${error.reason.toUpperCase()}`,
    exitCode: passes ? exitCodes.unavailable : exitCodes.configuration,
    message: error.message
  })
}

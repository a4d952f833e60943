import { join } from "node:path"
import { Effect } from "effect"
import { errorText } from "../../kernel/error-text.ts"
import { cureOf } from "../../kernel/system-fault.ts"
import { FileLocked, takeFileLock } from "../../platform/process/file-lock.ts"
import { makeFolders } from "../../platform/process/make-folders.ts"
import { makeStateFolder } from "../../platform/process/state-folder.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"
import type { TradeConfig } from "../../trading/config/trade-config.ts"

/**
 * Makes this process the only one that trades with the folder of the book, until it ends in any way. Two of them would
 * each send what they find unsent.
 */
export const tradeAlone = Effect.fnUntraced(function* ({ bookDir, stateDir }: TradeConfig) {
  yield* makeStateFolder(stateDir, "TICKD_STATE_DIR")
  const path = join(bookDir, "book.lock")
  yield* Effect.acquireRelease(
    Effect.try({
      try: () => {
        makeFolders(bookDir, 0o700)
        return takeFileLock(path)
      },
      catch: (cause) =>
        cause instanceof FileLocked
          ? new UserError({
              code: "BOOK_IN_USE",
              exitCode: exitCodes.unavailable,
              message: `Another tickd trade (${cause.holder ?? "not visible from here"}) has the book in ${bookDir}: stop it, or name another folder with TICKD_STATE_DIR.`
            })
          : new UserError({
              code: "STATE_FOLDER",
              exitCode: exitCodes.configuration,
              message: `The folder of the book ${bookDir} cannot be used (${errorText(cause)}): ${cureOf(cause, "name another one with TICKD_STATE_DIR")}.`
            })
    }),
    ({ release }) => Effect.sync(release)
  )
})

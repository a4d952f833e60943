import { accessSync, constants } from "node:fs"
import { Effect } from "effect"
import { errorText } from "../../kernel/error-text.ts"
import { cureOf } from "../../kernel/system-fault.ts"
import { makeFolders } from "./make-folders.ts"
import { exitCodes, UserError } from "./user-error.ts"

/** Creates the state folder, or fails with one sentence. `setting` is the flag or variable that names it. */
export const makeStateFolder = (folder: string, setting: string): Effect.Effect<string, UserError> =>
  Effect.try({
    try: () => {
      makeFolders(folder)
      accessSync(folder, constants.W_OK)
      return folder
    },
    catch: (cause) =>
      new UserError({
        code: "STATE_FOLDER",
        exitCode: exitCodes.configuration,
        message: `The state folder ${folder} cannot be used (${errorText(cause)}): ${cureOf(cause, `name another one with ${setting}`)}.`
      })
  })

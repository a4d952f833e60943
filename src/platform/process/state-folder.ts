import { accessSync, constants } from "node:fs"
import { Effect } from "effect"
import { errorText } from "../../kernel/error-text.ts"
import { cureOf } from "../../kernel/system-fault.ts"
import { makeFolders } from "./make-folders.ts"
import { checkFormat, declareFormat } from "./state-format.ts"
import { exitCodes, UserError } from "./user-error.ts"

/** Creates a folder for state folders or for state, or fails with one sentence. `setting` names it. */
export const makeStateParent = (folder: string, setting: string): Effect.Effect<string, UserError> =>
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

/**
 * Creates the state folder, or fails with one sentence. `setting` is the flag or variable that names it. A folder of
 * another major format is refused, and nothing is written to it. A disk that is full keeps no declaration: a folder
 * without one has the first format.
 */
export const makeStateFolder = (folder: string, setting: string): Effect.Effect<string, UserError> =>
  makeStateParent(folder, setting).pipe(
    Effect.tap(() => checkFormat({ folder, setting, what: "state folder" })),
    Effect.tap(() => Effect.ignore(Effect.try(() => declareFormat(folder))))
  )

import { accessSync, constants, existsSync, mkdirSync } from "node:fs"
import { dirname, resolve } from "node:path"
import { Effect } from "effect"
import { errorText } from "../../kernel/error-text.ts"
import { cureOf } from "../../kernel/system-fault.ts"
import { exitCodes, UserError } from "./user-error.ts"

/** One level at a time: Node's recursive mkdir never returns below a folder that allows no children (/proc). */
const makeEach = (folder: string): void => {
  if (existsSync(folder)) return
  makeEach(dirname(folder))
  mkdirSync(folder)
}

/** Creates the state folder, or fails with one sentence. `setting` is the flag or variable that names it. */
export const makeStateFolder = (folder: string, setting: string): Effect.Effect<string, UserError> =>
  Effect.try({
    try: () => {
      makeEach(resolve(folder))
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

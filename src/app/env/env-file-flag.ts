import { Effect } from "effect"
import { Flag } from "effect/cli"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"
import { readEnvFile } from "./environment.ts"

export const envFileFlag = Flag.String("env-file").pipe(
  Flag.withDescription("File of NAME=value lines; they replace variables of the environment")
)

/** An env file that must be there. */
export const openEnvFile = (path: string) => {
  const read = readEnvFile(path)
  return read.problem === undefined
    ? Effect.succeed(read)
    : Effect.fail(
        new UserError({
          code: "ENV_FILE",
          exitCode: exitCodes.badInput,
          message: `${path} cannot be read (${read.problem}): check that it exists and that this user may read it.`
        })
      )
}

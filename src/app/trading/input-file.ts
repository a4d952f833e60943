import { readFileSync } from "node:fs"
import { Effect, Result } from "effect"
import { errorText } from "../../kernel/error-text.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"

/** The text of a file that the operator named. */
export const readInput = (path: string): Effect.Effect<string, UserError> =>
  Effect.try({
    try: () => readFileSync(path, "utf8"),
    catch: (cause) =>
      new UserError({
        code: "FILE_NOT_READ",
        exitCode: exitCodes.badInput,
        message: `${path} cannot be read: ${errorText(cause)}`
      })
  })

/** Where a table is wrong. */
interface TableFault {
  readonly line: number
  readonly column: number
  readonly message: string
}

/** What was read, or a sentence with file, line and column. */
export const readOrPlace = <A>(
  path: string,
  code: string,
  parsed: Result.Result<A, TableFault>
): Effect.Effect<A, UserError> => {
  if (Result.isSuccess(parsed)) return Effect.succeed(parsed.success)
  const { column, line, message } = parsed.failure
  return Effect.fail(
    new UserError({
      code,
      exitCode: exitCodes.badInput,
      message: `${path}, line ${line}, column ${column}: ${message}`
    })
  )
}

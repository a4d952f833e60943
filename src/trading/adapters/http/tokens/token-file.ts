import { closeSync, fsyncSync, openSync, readFileSync, renameSync, statSync, writeSync } from "node:fs"
import { Result, Schema } from "effect"
import { errorText } from "../../../../kernel/error-text.ts"
import { cureOf, isMissing } from "../../../../kernel/system-fault.ts"
import { FileLocked, takeFileLock } from "../../../../platform/process/file-lock.ts"
import { type ApiToken, TokenFile } from "./api-token.ts"

/** Name of the file in the state folder. */
export const tokenFileName = "api-tokens.json"
/** More tokens than people and programs that trade one account. */
export const tokensMax = 256

/** The tokens cannot be read or written. `message`: one sentence with the fix. */
export class TokenFileError extends Schema.TaggedError<TokenFileError>()("TokenFileError", {
  code: Schema.Literals(["TOKENS_UNREADABLE", "TOKENS_NOT_WRITTEN", "TOKENS_IN_USE"]),
  message: Schema.String
}) {}

const decode = Schema.decodeUnknownResult(Schema.fromJsonString(TokenFile), { onExcessProperty: "error" })

const unreadable = (path: string, why: string, fix: string) =>
  new TokenFileError({ code: "TOKENS_UNREADABLE", message: `The tokens in ${path} cannot be used (${why}): ${fix}.` })

/**
 * The tokens of the file; none when there is no file. A file that others may read or write is not used: its hashes
 * are no secret, but who may write it may add a token.
 */
export const readTokens = (path: string): Result.Result<ReadonlyArray<ApiToken>, TokenFileError> => {
  let text: string
  try {
    const { mode } = statSync(path)
    if ((mode & 0o077) !== 0) {
      return Result.fail(unreadable(path, "others than its owner may open it", `run chmod 600 ${path}`))
    }
    text = readFileSync(path, "utf8")
  } catch (cause) {
    if (isMissing(cause)) return Result.succeed([])
    return Result.fail(unreadable(path, errorText(cause), cureOf(cause, "let this user read it")))
  }
  const file = decode(text)
  return Result.isSuccess(file)
    ? Result.succeed(file.success.tokens)
    : Result.fail(unreadable(path, "it is damaged", "restore it from a backup, or delete it and create new tokens"))
}

const write = (path: string, tokens: ReadonlyArray<ApiToken>): void => {
  const next = `${path}.new`
  const file = openSync(next, "w", 0o600)
  try {
    writeSync(file, `${JSON.stringify({ version: 1, tokens } satisfies TokenFile, undefined, 2)}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(next, path)
}

/** Reads, changes and writes the file, alone: a reader sees the tokens before the change or those after it. */
export const changeTokens = <A, E>(
  path: string,
  change: (
    tokens: ReadonlyArray<ApiToken>
  ) => Result.Result<{ readonly tokens: ReadonlyArray<ApiToken>; readonly result: A }, E>
): Result.Result<A, E | TokenFileError> => {
  let lock: ReturnType<typeof takeFileLock> | undefined
  try {
    lock = takeFileLock(`${path}.lock`)
    const before = readTokens(path)
    if (Result.isFailure(before)) return Result.fail(before.failure)
    const after = change(before.success)
    if (Result.isFailure(after)) return Result.fail(after.failure)
    write(path, after.success.tokens)
    return Result.succeed(after.success.result)
  } catch (cause) {
    if (cause instanceof FileLocked) {
      const message = `Another command changes ${path} now: try again.`
      return Result.fail(new TokenFileError({ code: "TOKENS_IN_USE", message }))
    }
    const message = `${path} cannot be written (${errorText(cause)}): ${cureOf(cause, "let this user write its folder")}.`
    return Result.fail(new TokenFileError({ code: "TOKENS_NOT_WRITTEN", message }))
  } finally {
    lock?.release()
  }
}

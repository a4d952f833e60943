import { Result, Schema } from "effect"
import type { Role } from "../../../../protocol/trading/route.ts"
import { type ApiToken, newToken, tokenNameForm, tokenState } from "./api-token.ts"
import { changeTokens, type TokenFileError, tokensMax } from "./token-file.ts"

/** The tokens were not changed. `message`: one sentence with the fix. */
export class TokenRefused extends Schema.TaggedError<TokenRefused>()("TokenRefused", {
  code: Schema.Literals(["TOKEN_EXISTS", "TOKEN_NAME", "TOKEN_UNKNOWN", "TOKENS_FULL"]),
  message: Schema.String
}) {}

const refuse = (code: TokenRefused["code"], message: string) => Result.fail(new TokenRefused({ code, message }))

const textOf = (ms: number): string => new Date(ms).toISOString()

/** A token that ended long ago explains a refusal no more. */
const keptMs = 30 * 86_400_000

const isKept = ({ expires_at, revoked_at }: ApiToken, nowMs: number): boolean => {
  const ended = revoked_at ?? expires_at
  return ended === null || Date.parse(ended) > nowMs - keptMs
}

/** Succeeds with the token and its text, which is not kept anywhere. */
export const createToken = (
  path: string,
  options: {
    readonly name: string
    readonly roles: readonly [Role, ...ReadonlyArray<Role>]
    readonly by: string
    readonly nowMs: number
    readonly expiresAtMs: number | undefined
  }
): Result.Result<ReturnType<typeof newToken>, TokenRefused | TokenFileError> => {
  const { by, expiresAtMs, name, nowMs, roles } = options
  if (!tokenNameForm.test(name)) {
    return refuse("TOKEN_NAME", `"${name}" is no name of a token: use 1 to 64 letters, digits, '_', '.' or '-'.`)
  }
  return changeTokens<ReturnType<typeof newToken>, TokenRefused>(path, (all) => {
    const tokens = all.filter((token) => isKept(token, nowMs))
    if (tokens.some((token) => token.name === name && tokenState(token, nowMs) === "active")) {
      return refuse("TOKEN_EXISTS", `There is a token ${name}: revoke it, or choose another name.`)
    }
    if (tokens.length >= tokensMax) {
      return refuse("TOKENS_FULL", `There are ${tokensMax} tokens: revoke some; they are removed after 30 days.`)
    }
    const made = newToken({
      name,
      roles: [...new Set(roles)] as [Role, ...Array<Role>],
      created_at: textOf(nowMs),
      created_by: by,
      expires_at: expiresAtMs === undefined ? null : textOf(expiresAtMs)
    })
    return Result.succeed({ tokens: [...tokens, made.token], result: made })
  })
}

/** Revokes the active token of this name or id. */
export const revokeToken = (
  path: string,
  nameOrId: string,
  by: string,
  nowMs: number
): Result.Result<ApiToken, TokenRefused | TokenFileError> =>
  changeTokens<ApiToken, TokenRefused>(path, (tokens) => {
    const named = tokens.filter(({ id, name }) => name === nameOrId || id === nameOrId)
    const found =
      named.find((token) => tokenState(token, nowMs) === "active") ??
      named.find((token) => tokenState(token, nowMs) === "expired")
    if (found === undefined) {
      return refuse("TOKEN_UNKNOWN", `There is no token ${nameOrId}: tickd token list shows them.`)
    }
    const revoked: ApiToken = { ...found, revoked_at: textOf(nowMs), revoked_by: by }
    return Result.succeed({ tokens: tokens.map((token) => (token === found ? revoked : token)), result: revoked })
  })

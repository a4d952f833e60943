import { createHash, randomBytes, timingSafeEqual } from "node:crypto"
import { Schema } from "effect"
import { roles } from "../../../../protocol/trading/route.ts"

const Time = Schema.String.check(Schema.isPattern(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/))
export const tokenNameForm = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/

/**
 * A token as it is kept: its text is nowhere. Identity: `id`, which is a part of the text and no secret. Times are
 * RFC 3339 in UTC. The hash is SHA-256: the secret part has 256 random bits, so that there is nothing to guess and a
 * slow hash would only slow the requests down (docs/decisions/0021-api-tokens.md).
 */
export const ApiToken = Schema.Struct({
  id: Schema.String.check(Schema.isPattern(/^[0-9a-f]{8}$/)),
  name: Schema.String.check(Schema.isPattern(tokenNameForm)),
  roles: Schema.NonEmptyArray(Schema.Literals(roles)),
  hash: Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/)),
  created_at: Time,
  created_by: Schema.String,
  expires_at: Schema.NullOr(Time),
  revoked_at: Schema.NullOr(Time),
  revoked_by: Schema.NullOr(Schema.String)
})
export type ApiToken = typeof ApiToken.Type

/** The file of the tokens. */
export const TokenFile = Schema.Struct({ version: Schema.Literal(1), tokens: Schema.Array(ApiToken) })
export type TokenFile = typeof TokenFile.Type

const textForm = /^tkd_([0-9a-f]{8})_[A-Za-z0-9_-]{43}$/

/** The id in a token's text; undefined: it is no token of tickd. */
export const tokenIdOf = (text: string): string | undefined => textForm.exec(text)?.[1]

const hashOf = (text: string): Buffer => createHash("sha256").update(text).digest()

/** A new token, and its text, which is shown once. */
export const newToken = (
  options: Pick<ApiToken, "name" | "roles" | "created_at" | "created_by" | "expires_at">
): { readonly token: ApiToken; readonly text: string } => {
  const id = randomBytes(4).toString("hex")
  const text = `tkd_${id}_${randomBytes(32).toString("base64url")}`
  const token = { id, ...options, hash: hashOf(text).toString("hex"), revoked_at: null, revoked_by: null }
  return { token, text }
}

/** In constant time: how many bytes agree does not show. */
export const isTextOf = (token: ApiToken, text: string): boolean =>
  timingSafeEqual(hashOf(text), Buffer.from(token.hash, "hex"))

export type TokenState = "active" | "expired" | "revoked"
export const tokenState = ({ expires_at, revoked_at }: ApiToken, nowMs: number): TokenState => {
  if (revoked_at !== null) return "revoked"
  return expires_at !== null && Date.parse(expires_at) <= nowMs ? "expired" : "active"
}

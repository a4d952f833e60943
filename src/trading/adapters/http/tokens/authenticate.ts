import { statSync } from "node:fs"
import { Result } from "effect"
import type { Role } from "../../../../protocol/trading/route.ts"
import { type ApiToken, isTextOf, tokenIdOf, tokenState } from "./api-token.ts"
import { readTokens, type TokenFileError } from "./token-file.ts"

/** Who sent a request, by the token that it has. */
export interface Caller {
  readonly tokenId: string
  readonly name: string
  readonly roles: ReadonlySet<Role>
}

/** Why a request has no caller. `message`: one sentence with the fix. */
export interface Unauthenticated {
  readonly status: 401 | 503
  readonly code: "TOKEN_MISSING" | "TOKEN_UNKNOWN" | "TOKEN_EXPIRED" | "TOKEN_REVOKED" | "TOKENS_UNREADABLE"
  readonly message: string
}

export const isCaller = (found: Caller | Unauthenticated): found is Caller => "tokenId" in found

const refused = (code: Unauthenticated["code"], message: string): Unauthenticated => ({
  status: code === "TOKENS_UNREADABLE" ? 503 : 401,
  code,
  message
})

/** A revoked token is refused at most this long after the command. Milliseconds. */
const lookEveryMs = 1000

/** Compared where the id is unknown, so that the answer takes as long as for a known one. */
const noToken: ApiToken = {
  id: "00000000",
  name: "none",
  roles: ["viewer"],
  hash: "0".repeat(64),
  created_at: "1970-01-01T00:00:00.000Z",
  created_by: "",
  expires_at: null,
  revoked_at: null,
  revoked_by: null
}

const scheme = /^bearer +(\S+) *$/i

export interface AuthenticatorOptions {
  readonly path: string
  /** Wall clock: expiry is a moment. */
  readonly nowMs: () => number
  readonly monotonicMs: () => number
  /** Called when the file can no longer be used, or can again (undefined). */
  readonly onProblem?: (error: TokenFileError | undefined) => void
}

/**
 * Finds who sent a request by its header `Authorization`. The file is read again when it changed. While it cannot be
 * read, no token is accepted.
 */
export const makeAuthenticator = ({ monotonicMs, nowMs, onProblem, path }: AuthenticatorOptions) => {
  let seen: string | undefined
  let lookedMs = Number.NEGATIVE_INFINITY
  let problem: TokenFileError | undefined
  let byId = new Map<string, ApiToken>()

  const stamp = (): string => {
    try {
      const { ctimeMs, ino, mode, mtimeMs, size } = statSync(path)
      return [mtimeMs, ctimeMs, ino, size, mode].join(" ")
    } catch (cause) {
      return String(cause)
    }
  }
  const refresh = () => {
    const now = monotonicMs()
    if (now - lookedMs < lookEveryMs) return
    lookedMs = now
    const found = stamp()
    if (found === seen) return
    seen = found
    const tokens = readTokens(path)
    const before = problem
    problem = Result.isFailure(tokens) ? tokens.failure : undefined
    byId = new Map(Result.isSuccess(tokens) ? tokens.success.map((token) => [token.id, token] as const) : [])
    if (problem?.message !== before?.message) onProblem?.(problem)
  }

  const authenticate = (authorization: string | undefined): Caller | Unauthenticated => {
    refresh()
    if (problem !== undefined) return refused("TOKENS_UNREADABLE", "No token can be checked now: see the daemon's log.")
    if (authorization === undefined || authorization === "") {
      return refused("TOKEN_MISSING", "Send the header Authorization: Bearer TOKEN; `tickd token create` makes one.")
    }
    const text = scheme.exec(authorization)?.[1] ?? ""
    const id = tokenIdOf(text)
    const token = (id === undefined ? undefined : byId.get(id)) ?? noToken
    if (!isTextOf(token, text)) {
      return refused("TOKEN_UNKNOWN", "The token is not one of this daemon: create one with `tickd token create`.")
    }
    // Only a caller that has the text is informed of the token's state.
    const state = tokenState(token, nowMs())
    if (state === "revoked") return refused("TOKEN_REVOKED", "The token was revoked: use another one.")
    if (state === "expired") return refused("TOKEN_EXPIRED", "The token has expired: create a new one.")
    return { tokenId: token.id, name: token.name, roles: new Set(token.roles) }
  }

  return {
    authenticate,
    /** Tokens that are accepted now. A daemon without one serves this host only. */
    activeTokens: (): number => {
      refresh()
      const now = nowMs()
      return [...byId.values()].filter((token) => tokenState(token, now) === "active").length
    }
  }
}

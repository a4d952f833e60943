import { randomUUID } from "node:crypto"
import { hostname, userInfo } from "node:os"
import { join } from "node:path"
import { Clock, Effect, Option, Result } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { Invocation, present } from "../../cli/invocation.ts"
import { jsonFlag, shownDefault, wholeFlag } from "../../cli/terminal/flags.ts"
import { aligned } from "../../cli/terminal/layout.ts"
import { operatorName } from "../../platform/process/operator-name.ts"
import { makeStateFolder } from "../../platform/process/state-folder.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"
import type { AuditEntry } from "../../protocol/control/command.ts"
import { roles as allRoles, type Role } from "../../protocol/trading/route.ts"
import { type ApiToken, tokenState } from "../../trading/adapters/http/tokens/api-token.ts"
import { createToken, revokeToken, type TokenRefused } from "../../trading/adapters/http/tokens/token-commands.ts"
import { readTokens, type TokenFileError, tokenFileName } from "../../trading/adapters/http/tokens/token-file.ts"
import { auditOperation } from "../operations-audit.ts"

const dayMs = 86_400_000

const nameArgument = Argument.String("name").pipe(Argument.withDescription("Name of the person or program, e.g. robot"))
const roleFlag = Flag.Literals("role", allRoles).pipe(
  Flag.withDescription("What it may do: viewer, trader, risk, ops; several times for several"),
  Flag.atLeast(1)
)
const daysFlag = wholeFlag("days", 0, 3650).pipe(shownDefault("Days until it expires; 0: never", 90))

/** What is shown of a token: everything but its hash. */
const shown = (token: ApiToken, nowMs: number) => {
  const { hash: _, ...rest } = token
  return { ...rest, state: tokenState(token, nowMs) }
}

const failure = (error: TokenRefused | TokenFileError): UserError =>
  new UserError({
    code: error.code,
    message: error.message,
    exitCode: error._tag === "TokenRefused" ? exitCodes.badInput : exitCodes.configuration
  })
const done = <A>(result: Result.Result<A, TokenRefused | TokenFileError>) =>
  Effect.mapError(Effect.fromResult(result), failure)

/** The state folder, and the file of the tokens in it. */
const place = Effect.gen(function* () {
  const { env } = yield* Invocation
  const folder = yield* makeStateFolder(env["TICKD_STATE_DIR"] ?? ".state", "TICKD_STATE_DIR")
  return { folder, path: join(folder, tokenFileName) }
})

const audit = Effect.fnUntraced(function* (folder: string, verb: string, token: ApiToken, message: string) {
  const { hash: _, ...request } = token
  const entry: AuditEntry = {
    version: 2,
    id: randomUUID(),
    at: new Date(yield* Clock.currentTimeMillis).toISOString(),
    instance: hostname(),
    verb,
    result: "done",
    request,
    request_id: null,
    reason: "not given",
    by: { user: userInfo().username.slice(0, 128), host: hostname().slice(0, 128), client: "tickd token" },
    code: null,
    message
  }
  yield* auditOperation(folder, entry)
})

const create = Command.make(
  "create",
  { name: nameArgument, roles: roleFlag, days: daysFlag, json: jsonFlag },
  Effect.fnUntraced(function* ({ days, json, name, roles }) {
    const { folder, path } = yield* place
    const nowMs = yield* Clock.currentTimeMillis
    const expiresAtMs = days === 0 ? undefined : nowMs + days * dayMs
    const asked = roles as unknown as readonly [Role, ...ReadonlyArray<Role>]
    const made = yield* done(createToken(path, { name, roles: asked, by: operatorName(), nowMs, expiresAtMs }))
    yield* audit(folder, "token create", made.token, `token ${name} with ${roles.join(", ")}`)
    yield* present(
      json,
      { ...shown(made.token, nowMs), token: made.text },
      ({ token }) => `${token}\nkeep it now: it is not stored, and cannot be shown again`
    )
  })
).pipe(Command.withDescription("Create a token and print it once. A running daemon takes it within a second"))

const list = Command.make(
  "list",
  { json: jsonFlag },
  Effect.fnUntraced(function* ({ json }) {
    const { path } = yield* place
    const nowMs = yield* Clock.currentTimeMillis
    const tokens = (yield* done(readTokens(path))).map((token) => shown(token, nowMs))
    yield* present(json, { tokens }, () =>
      tokens.length === 0
        ? `no token in ${path}`
        : aligned([
            ["NAME", "ID", "ROLES", "STATE", "EXPIRES", "CREATED BY"],
            ...tokens.map(({ created_by, expires_at, id, name, roles, state }) => [
              name,
              id,
              roles.join(","),
              state,
              Option.getOrElse(Option.fromNullishOr(expires_at), () => "never"),
              created_by
            ])
          ]).join("\n")
    )
  })
).pipe(Command.withDescription("List the tokens: names, roles, expiry; never their text"))

const revoke = Command.make(
  "revoke",
  { name: nameArgument, json: jsonFlag },
  Effect.fnUntraced(function* ({ json, name }) {
    const { folder, path } = yield* place
    const nowMs = yield* Clock.currentTimeMillis
    const revoked = yield* done(revokeToken(path, name, operatorName(), nowMs))
    yield* audit(folder, "token revoke", revoked, `token ${revoked.name} revoked`)
    yield* present(json, shown(revoked, nowMs), () => `revoked ${revoked.name} (${revoked.id})`)
  })
).pipe(Command.withDescription("Revoke a token by its name or id. A running daemon refuses it within a second"))

/** `tickd token`: who may use the HTTP API of the trading daemon. */
export const command = Command.make("token").pipe(
  Command.withDescription("Tokens of the HTTP API of the trading daemon"),
  Command.withSubcommands([create, list, revoke])
)

import type { CommandSpec } from "../control/command-spec.ts"

/**
 * `viewer` reads. The others may read too, and each has commands of its own: who sends orders does not loosen limits,
 * and who restarts the daemon does not send orders. A caller may have several.
 */
export const roles = ["viewer", "trader", "risk", "ops"] as const
export type Role = (typeof roles)[number]

/**
 * How a request looks over HTTP. A name in braces in `path` is a field of the request; of a GET the other fields are
 * its query, of the others its JSON body. `status`: of a success.
 */
export interface HttpRoute {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"
  readonly path: string
  readonly status: number
}

/** An entry of the command table of `tickd trade`. */
export interface TradingSpec extends CommandSpec {
  /** Roles of which a caller must have one. */
  readonly roles: ReadonlyArray<Role>
  readonly http: HttpRoute
}

/** What stops trading: each role that has commands may do that. */
export const closers: ReadonlyArray<Role> = ["trader", "risk", "ops"]

/** Adds roles and route to an entry. `route`: `GET /api/v1/positions`. */
export const routed = <const S extends CommandSpec>(
  allowed: ReadonlyArray<Role>,
  route: `${HttpRoute["method"]} /${string}`,
  spec: S,
  status = 200
): S & { readonly roles: ReadonlyArray<Role>; readonly http: HttpRoute } => {
  const [method, path = ""] = route.split(" ")
  return { ...spec, roles: allowed, http: { method: method as HttpRoute["method"], path, status } }
}

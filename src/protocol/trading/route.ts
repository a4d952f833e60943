import type { CommandSpec } from "../control/command-spec.ts"

/** From the least to the most: each role may do what the roles before it may. */
export const roles = ["viewer", "trader", "risk", "ops"] as const
export type Role = (typeof roles)[number]

export const mayAct = (role: Role, least: Role): boolean => roles.indexOf(role) >= roles.indexOf(least)

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
  /** The least role that may send it. */
  readonly role: Role
  readonly http: HttpRoute
}

/** Adds role and route to an entry. `route`: `GET /api/v1/positions`. */
export const routed = <const S extends CommandSpec>(
  role: Role,
  route: `${HttpRoute["method"]} /${string}`,
  spec: S,
  status = 200
): S & { readonly role: Role; readonly http: HttpRoute } => {
  const [method, path = ""] = route.split(" ")
  return { ...spec, role, http: { method: method as HttpRoute["method"], path, status } }
}

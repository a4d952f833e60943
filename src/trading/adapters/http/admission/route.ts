import type { Role } from "../../../../protocol/trading/route.ts"

export const limitClasses = ["submit", "cancel", "modify", "safety", "read"] as const
export type LimitClass = (typeof limitClasses)[number]

/**
 * One path and method of the API. `open`: without a token. `signed`: without a token, the body is signed. Otherwise one
 * of the roles is needed.
 */
export interface Route {
  readonly name: string
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"
  /** `/api/v1/orders/{id}`: a part in braces is any one part. */
  readonly path: `/${string}`
  readonly access: "open" | "signed" | ReadonlyArray<Role>
  readonly limit: LimitClass
  /** Bytes of a body; 0: it has none. */
  readonly bytesMax: number
}

export type Match<R extends Route> =
  | { readonly type: "route"; readonly route: R }
  | { readonly type: "noPath" }
  | { readonly type: "noMethod"; readonly allowed: ReadonlyArray<string> }

const isText = (path: string): boolean => {
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}

/** The path of a request target, without its query; undefined: it is no path of this server. */
const pathOf = (url: string): string | undefined => {
  if (!url.startsWith("/") || url.length > 2048) return undefined
  const end = url.search(/[?#]/)
  const path = end < 0 ? url : url.slice(0, end)
  return isText(path) ? path : undefined
}

/** Longer than every id; the router behind it takes no longer one. */
const partMax = 100

/** Finds a route by method and path. Parts are compared as they are: no dots, no empty parts, no case. */
export const makeRouteMatch = <R extends Route>(routes: ReadonlyArray<R>) => {
  const parts = routes.map((route) => ({ route, parts: route.path.split("/") }))
  const isThere = (pattern: ReadonlyArray<string>, path: ReadonlyArray<string>): boolean =>
    pattern.length === path.length &&
    pattern.every((part, at) => {
      const given = path[at] as string
      if (!part.startsWith("{")) return part === given
      return given !== "" && given !== "." && given !== ".." && given.length <= partMax
    })
  return (method: string, url: string): Match<R> => {
    const path = pathOf(url)?.split("/")
    if (path === undefined) return { type: "noPath" }
    const there = parts.filter((one) => isThere(one.parts, path))
    if (there.length === 0) return { type: "noPath" }
    // The one with fewer parts in braces: /orders/slices before /orders/{id}.
    const found = there.filter(({ route }) => route.method === method)
    found.sort((one, other) => one.route.path.split("{").length - other.route.path.split("{").length)
    const [best] = found
    return best === undefined
      ? { type: "noMethod", allowed: [...new Set(there.map(({ route }) => route.method))] }
      : { type: "route", route: best.route }
  }
}

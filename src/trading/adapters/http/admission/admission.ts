import { TokenBucket } from "../../../../kernel/limits/token-bucket.ts"
import { type Problem, retryAfter } from "../problem.ts"
import { type Caller, isCaller, type Unauthenticated } from "../tokens/authenticate.ts"
import { makeRateLimiter, type RateLimits } from "./rate-limits.ts"
import { type LimitClass, makeRouteMatch, type Route } from "./route.ts"

/** What is known of a request before its body is read. */
export interface RequestHead {
  readonly method: string
  readonly url: string
  readonly authorization: string | undefined
  readonly contentType: string | undefined
  /** Undefined: the length is not given, or there is no body. */
  readonly contentLength: string | undefined
  readonly chunked: boolean
}

/** `release` is called once, when the answer has ended. `caller` undefined: a route without a token. */
export interface Admitted<R extends Route> {
  readonly route: R
  readonly caller: Caller | undefined
  readonly release: () => void
}

export const isAdmitted = <R extends Route>(found: Admitted<R> | Problem): found is Admitted<R> => "release" in found

/** Requests that are carried out at the same time, by class: commands of safety have a place of their own. */
export type Places = Readonly<Record<LimitClass | "open" | "signed", number>>
export const defaultPlaces: Places = {
  submit: 64,
  cancel: 64,
  modify: 32,
  safety: 32,
  read: 32,
  open: 16,
  signed: 16
}

export interface AdmissionOptions<R extends Route> {
  readonly routes: ReadonlyArray<R>
  readonly authenticate: (authorization: string | undefined) => Caller | Unauthenticated
  readonly limits: RateLimits
  readonly places: Places
  /** Requests without a token: a second, and at once. */
  readonly openPerSecond: number
  /** Webhooks: a second, and at once. */
  readonly signedPerSecond: number
  readonly stopping: () => boolean
  readonly monotonicMs: () => number
}

const tooMany = (waitMs: number, what: string): Problem => ({
  status: 429,
  code: "RATE_LIMITED",
  detail: `Rate limit exceeded: too many ${what}. Wait for the time in Retry-After.`,
  headers: retryAfter(waitMs)
})

const isJson = (contentType: string | undefined): boolean =>
  contentType === undefined || /^application\/(?:[\w.+-]+\+)?json(?:\s*;|$)/i.test(contentType.trim())

/**
 * Decides on a request before its body is read: path, token, role, form, place, rate, in this sequence. It is a plain
 * function that costs microseconds, so that a flood is refused before it costs a fiber.
 */
export const makeAdmission = <R extends Route>(options: AdmissionOptions<R>) => {
  const { monotonicMs, places } = options
  const match = makeRouteMatch(options.routes)
  const takeRate = makeRateLimiter(options.limits)
  const bucket = (perSecond: number) => new TokenBucket({ burst: perSecond * 2, perSecond, nowMs: monotonicMs() })
  const free = { open: bucket(options.openPerSecond), signed: bucket(options.signedPerSecond) }
  const inProgress = new Map<keyof Places, number>()

  const take = (route: R, caller: Caller | undefined, kind: keyof Places): Admitted<R> | Problem => {
    const used = inProgress.get(kind) ?? 0
    if (used >= places[kind]) {
      return {
        status: 503,
        code: "BUSY",
        detail: `${places[kind]} requests of this kind are in progress: try again in a moment.`,
        headers: retryAfter(1000)
      }
    }
    inProgress.set(kind, used + 1)
    let held = true
    const release = () => {
      if (held) inProgress.set(kind, (inProgress.get(kind) ?? 1) - 1)
      held = false
    }
    return { route, caller, release }
  }

  const formProblem = (route: R, head: RequestHead): Problem | undefined => {
    const length = head.contentLength === undefined ? 0 : Number(head.contentLength)
    const { bytesMax } = route
    if (!(length <= bytesMax)) {
      const detail = bytesMax === 0 ? "This request has no body." : `A body has ${bytesMax} bytes at most.`
      return { status: 413, code: "REQUEST_TOO_LARGE", detail }
    }
    if ((length > 0 || head.chunked) && bytesMax > 0 && !isJson(head.contentType)) {
      return { status: 415, code: "NOT_JSON", detail: "Send the body as application/json." }
    }
    return undefined
  }

  /** A token that is given on an open route is honoured, and a wrong one is no fault there. */
  const guestOf = (kind: "open" | "signed", { authorization }: RequestHead): Caller | undefined => {
    if (kind === "signed" || authorization === undefined) return undefined
    const found = options.authenticate(authorization)
    return isCaller(found) ? found : undefined
  }
  const withoutToken = (route: R, kind: "open" | "signed", head: RequestHead) =>
    formProblem(route, head) ??
    (free[kind].take(monotonicMs())
      ? take(route, guestOf(kind, head), kind)
      : tooMany(1000, "requests without a token"))

  return (head: RequestHead): Admitted<R> | Problem => {
    if (options.stopping()) {
      return { status: 503, code: "STOPPING", detail: "The daemon is stopping: ask again when it has started." }
    }
    const found = match(head.method, head.url)
    if (found.type === "noPath") {
      return { status: 404, code: "NOT_FOUND", detail: "There is no such path: GET /api/v1/openapi.json lists them." }
    }
    if (found.type === "noMethod") {
      const allow = found.allowed.join(", ")
      return { status: 405, code: "METHOD_NOT_ALLOWED", detail: `Use ${allow}.`, headers: { allow } }
    }
    const { route } = found
    if (route.access === "open" || route.access === "signed") return withoutToken(route, route.access, head)
    const caller = options.authenticate(head.authorization)
    if (!isCaller(caller)) {
      const { code, message, status } = caller
      return { status, code, detail: message, headers: { "www-authenticate": 'Bearer realm="tickd trade"' } }
    }
    if (!route.access.some((role) => caller.roles.has(role))) {
      const detail = `The token ${caller.name} has the roles ${[...caller.roles].join(", ")}; this needs ${route.access.join(" or ")}.`
      return { status: 403, code: "FORBIDDEN", detail }
    }
    const wrong = formProblem(route, head)
    if (wrong !== undefined) return wrong
    const taken = take(route, caller, route.limit)
    if (!isAdmitted(taken)) return taken
    const waitMs = takeRate(caller.tokenId, route.limit, monotonicMs())
    if (waitMs === undefined) return taken
    taken.release()
    return tooMany(waitMs, `${route.limit} requests`)
  }
}

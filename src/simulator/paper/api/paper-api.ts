import type { InstantNs } from "../../../kernel/time/utc-instant.ts"
import { uuidOf } from "../core/paper-ids.ts"
import type { PaperVenue } from "../core/paper-venue.ts"
import { malformed, notFound, Refusal, unprocessable } from "../core/refusal.ts"
import type { BoardFault, FaultBoard } from "../faults/fault-board.ts"
import { accountRoutes } from "./account-routes.ts"
import { type ApiAnswer, type ApiRequest, jsonAnswer, refusalAnswer } from "./api-message.ts"
import { dataRoutes } from "./data-routes.ts"
import { orderRoutes } from "./order-routes.ts"

export interface PaperKeys {
  readonly keyId: string
  readonly secret: string
}

export interface ApiOptions {
  readonly venue: PaperVenue
  readonly faults: FaultBoard
  readonly keys: PaperKeys
  /** Requests a minute of the account (200). */
  readonly ratePerMinute?: number
  /** What the rate counts instead of a minute, milliseconds: a client waits for its end. */
  readonly rateWindowMs?: number
}

/** The REST interface without its transport: pure, so that virtual time can use it. */
export interface PaperApi {
  readonly answer: (request: ApiRequest) => ApiAnswer
  readonly isAuthorized: (headers: ApiRequest["headers"]) => boolean
}

const minuteMs = 60_000
const slowReplyMs = 50

export const unauthorized = new Refusal(401, 40110000, "unauthorized.")
const html = (status: number): ApiAnswer => ({
  status,
  headers: { "content-type": "text/html" },
  body: `<html>\r\n<head><title>${status}</title></head>\r\n<body>\r\n<center><h1>${status}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`
})

export const makePaperApi = ({
  faults,
  keys,
  ratePerMinute = 200,
  rateWindowMs = minuteMs,
  venue
}: ApiOptions): PaperApi => {
  const { state } = venue
  let requests = 0
  let windowEnds: InstantNs = 0n
  let left = ratePerMinute

  const isAuthorized = (headers: ApiRequest["headers"]): boolean =>
    headers["apca-api-key-id"] === keys.keyId && headers["apca-api-secret-key"] === keys.secret

  /** Counts a request of the running window. */
  const take = (): boolean => {
    if (state.clock >= windowEnds) {
      windowEnds = state.clock + BigInt(rateWindowMs) * 1_000_000n
      left = ratePerMinute
    }
    if (left <= 0) return false
    left--
    return true
  }

  const route = (request: ApiRequest): ApiAnswer =>
    orderRoutes(state, request) ??
    accountRoutes(state, request) ??
    dataRoutes(state, request) ??
    refusalAnswer(notFound("endpoint not found"))

  /** What becomes of an answer after the request had its effect. */
  const afterEffect = (request: ApiRequest, answer: ApiAnswer): ApiAnswer => {
    const changes = request.method !== "GET"
    const due = (fault: BoardFault) => changes && answer.status < 300 && faults.take(fault)
    if (due("reply-lost")) return { ...answer, lost: true }
    if (due("reply-500")) return jsonAnswer(500, { code: 50010000, message: "internal server error occurred" })
    if (due("reply-duplicate")) return refusalAnswer(malformed("client_order_id must be unique"))
    if (due("reply-refused")) return refusalAnswer(unprocessable("the request can not be processed"))
    return faults.take("reply-slow") ? { ...answer, delayMs: slowReplyMs } : answer
  }

  const limited = (): ApiAnswer => {
    const refused = refusalAnswer(new Refusal(429, 42910000, "rate limit exceeded"))
    return faults.take("rate-limit-bare") ? refused : { ...refused, headers: { ...refused.headers, ...rateHeaders() } }
  }

  const rateHeaders = () => ({
    "x-ratelimit-limit": String(ratePerMinute),
    "x-ratelimit-remaining": String(left),
    "x-ratelimit-reset": String(windowEnds / 1_000_000_000n)
  })

  const decide = (request: ApiRequest): ApiAnswer => {
    if (request.headers["apca-api-key-id"] === undefined) return html(401)
    if (!isAuthorized(request.headers)) return refusalAnswer(unauthorized)
    if (!take() || faults.take("rate-limit")) return limited()
    if (faults.take("reply-html")) return html(502)
    const early = state.standing.immediateNext > 0 && request.method === "POST"
    const answer = afterEffect(request, route(request))
    const delayed = early ? { ...answer, delayMs: slowReplyMs } : answer
    return { ...delayed, headers: { ...rateHeaders(), ...delayed.headers } }
  }

  const answer = (request: ApiRequest): ApiAnswer => {
    venue.advance()
    const decided = decide(request)
    const id = uuidOf(`${state.seed}:request:${requests++}`).replaceAll("-", "")
    return { ...decided, headers: { "x-request-id": id, ...decided.headers } }
  }

  return { answer, isAuthorized }
}

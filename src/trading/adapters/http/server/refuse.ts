import type { IncomingMessage, ServerResponse } from "node:http"
import type { Duplex } from "node:stream"
import { TokenBucket } from "../../../../kernel/limits/token-bucket.ts"
import { answerHeaders, type Problem, problemBody, problemType } from "../problem.ts"

/** Refusals that are answered at once: a second, and at once. The others wait, so that a flood slows itself down. */
const promptPerSecond = 100
const promptBurst = 200
const heldMs = 250
/** Refusals that wait. More than these: the connection is cut. */
const heldMax = 1000
/** A body of a refused request that is longer is not read to its end. */
const drainedMax = 1_048_576

/**
 * Answers requests that were not admitted, without a fiber. Each connection waits for its answer, so that ten thousand
 * requests a second from one client become as many as its connections have turns.
 */
export const makeRefuse = (monotonicMs: () => number) => {
  const prompt = new TokenBucket({ burst: promptBurst, perSecond: promptPerSecond, nowMs: monotonicMs() })
  let held = 0

  const send = (request: IncomingMessage, response: ServerResponse, problem: Problem) => {
    const length = Number(request.headers["content-length"] ?? 0)
    const endless = request.headers["transfer-encoding"] !== undefined || !(length <= drainedMax)
    const body = problemBody(problem)
    response.writeHead(problem.status, {
      ...answerHeaders,
      "content-type": problemType,
      "content-length": Buffer.byteLength(body),
      ...problem.headers,
      ...(endless && { connection: "close" })
    })
    response.end(body)
  }

  return (request: IncomingMessage, response: ServerResponse, problem: Problem): void => {
    if (prompt.take(monotonicMs())) return send(request, response, problem)
    if (held >= heldMax) return void request.socket.destroy()
    held++
    const timer = setTimeout(() => {
      if (!response.destroyed) send(request, response, problem)
    }, heldMs)
    response.once("close", () => {
      held--
      clearTimeout(timer)
    })
  }
}

/** What cannot be read as HTTP. */
export const refuseUnreadable = (error: Error & { readonly code?: string }, socket: Duplex): void => {
  if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy()
  const [status, text, code] =
    error.code === "ERR_HTTP_REQUEST_TIMEOUT"
      ? ([408, "Request Timeout", "TOO_SLOW"] as const)
      : error.code === "HPE_HEADER_OVERFLOW"
        ? ([431, "Request Header Fields Too Large", "HEADERS_TOO_LARGE"] as const)
        : ([400, "Bad Request", "NOT_HTTP"] as const)
  const body = problemBody({ status, code, detail: `${text}: the request could not be read.` })
  socket.end(
    `HTTP/1.1 ${status} ${text}\r\ncontent-type: ${problemType}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`
  )
}

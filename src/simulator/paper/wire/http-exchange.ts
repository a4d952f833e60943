import type { IncomingMessage, ServerResponse } from "node:http"
import type { ApiAnswer, ApiRequest } from "../api/api-message.ts"

const bodyMax = 1024 * 1024

export const requestHeaders = ({ headers }: IncomingMessage): ApiRequest["headers"] =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]))

/** Reads a request. `undefined`: its body is too large. */
export const readRequest = async (message: IncomingMessage): Promise<ApiRequest | undefined> => {
  const chunks: Array<Buffer> = []
  let size = 0
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > bodyMax) return undefined
    chunks.push(chunk)
  }
  const url = new URL(message.url ?? "/", "http://venue")
  return {
    method: message.method ?? "GET",
    path: url.pathname,
    query: url.searchParams,
    headers: requestHeaders(message),
    body: Buffer.concat(chunks).toString("utf8")
  }
}

export const writeAnswer = (response: ServerResponse, answer: ApiAnswer): void => {
  if (answer.lost === true) {
    response.destroy()
    return
  }
  const send = () => {
    response.writeHead(answer.status, { ...answer.headers, "content-length": String(Buffer.byteLength(answer.body)) })
    response.end(answer.body)
  }
  if (answer.delayMs === undefined) send()
  else setTimeout(send, answer.delayMs)
}

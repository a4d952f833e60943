import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

export interface Received {
  readonly method: string
  readonly url: URL
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

type Answer = (request: Received, response: ServerResponse) => void

/** A real HTTP server on a free port of this machine that keeps what it received and answers as `answer` says. */
export const startReceiver = async (answer: Answer) => {
  const received: Array<Received> = []
  let current = answer
  const server = createServer((request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => void chunks.push(chunk))
    request.on("end", () => {
      const one = {
        method: request.method ?? "",
        url: new URL(request.url ?? "/", "http://127.0.0.1"),
        headers: request.headers,
        body: Buffer.concat(chunks).toString()
      }
      received.push(one)
      current(one, response)
    })
  })
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening))
  const { port } = server.address() as AddressInfo
  return {
    received,
    port,
    origin: `http://127.0.0.1:${port}`,
    answerWith: (next: Answer) => void (current = next),
    close: () =>
      new Promise<void>((closed) => {
        server.closeAllConnections()
        server.close(() => closed())
      })
  }
}
export type Receiver = Awaited<ReturnType<typeof startReceiver>>

/** An answer with a status, a text and headers. */
export const answer =
  (status: number, text: string, headers: Readonly<Record<string, string>> = {}): Answer =>
  (_, response) => {
    response.writeHead(status, headers)
    response.end(text)
  }

/** Accepts the request and never answers. */
export const silence: Answer = () => undefined

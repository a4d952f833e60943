import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

/** A server on 127.0.0.1 that answers every request with one text, until `close`. */
export const serveText = async (text: string, contentType?: string) => {
  const server = createServer((_, response) => {
    if (contentType !== undefined) response.setHeader("content-type", contentType)
    response.end(text)
  })
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { port, close }
}

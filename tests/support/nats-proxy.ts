import { createConnection, createServer, type Socket } from "node:net"
import { Effect } from "effect"

export interface TcpProxy {
  readonly port: number
  /** Resets every connection, including data on its way. */
  readonly resetAll: () => void
  /** While on, nothing passes in either direction, and neither side is notified. */
  readonly blackhole: (on: boolean) => void
  /** While on, the server's data is lost: messages are stored and their acknowledgements do not arrive. */
  readonly deafen: (on: boolean) => void
}

/**
 * A TCP proxy on a free port of 127.0.0.1 with the faults of a network. `onRequest` gets what a client sends, before
 * the server does. Ends with the scope.
 */
export const startProxy = (targetPort: number, onRequest: (chunk: Buffer) => void = () => {}) =>
  Effect.acquireRelease(
    Effect.promise(
      () =>
        new Promise<TcpProxy & { readonly close: () => void }>((resolve) => {
          const pairs = new Set<readonly [Socket, Socket]>()
          let hole = false
          let deaf = false
          const server = createServer((client) => {
            const upstream = createConnection({ port: targetPort, host: "127.0.0.1" })
            const pair = [client, upstream] as const
            pairs.add(pair)
            const end = () => {
              pairs.delete(pair)
              client.destroy()
              upstream.destroy()
            }
            client.on("data", (chunk) => {
              onRequest(chunk)
              if (!hole) upstream.write(chunk)
            })
            upstream.on("data", (chunk) => {
              if (!hole && !deaf) client.write(chunk)
            })
            for (const socket of pair) socket.on("error", () => {}).on("close", end)
          })
          const resetAll = () => {
            for (const pair of pairs) for (const socket of pair) socket.resetAndDestroy()
            pairs.clear()
          }
          server.listen(0, "127.0.0.1", () => {
            const address = server.address()
            resolve({
              port: typeof address === "object" && address !== null ? address.port : 0,
              resetAll,
              blackhole: (on) => {
                hole = on
              },
              deafen: (on) => {
                deaf = on
              },
              close: () => {
                resetAll()
                server.close()
              }
            })
          })
        })
    ),
    (proxy) => Effect.sync(() => proxy.close())
  )

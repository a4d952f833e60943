import type { IncomingMessage, Server, ServerResponse } from "node:http"
import type { Socket } from "node:net"

export interface ConnectionLimits {
  readonly connectionsMax: number
  /** Requests of one connection that have no answer yet: a client that does not wait for answers is cut. */
  readonly requestsMax: number
}

export const connectionLimits: ConnectionLimits = { connectionsMax: 256, requestsMax: 16 }

/**
 * Bounds connections. When there are too many, the oldest one that carries no admitted request makes room: a client
 * that opens connections and sends nothing does not keep the others out. A request that is carried out is never cut.
 */
export const boundConnections = (server: Server, limits: ConnectionLimits, onCut: () => void) => {
  /** Admitted requests in progress by connection, the oldest connection first. */
  const open = new Map<Socket, number>()
  const waiting = new Map<Socket, number>()
  const cut = (socket: Socket) => {
    open.delete(socket)
    onCut()
    socket.destroy()
  }
  server.on("connection", (socket: Socket) => {
    if (open.size >= limits.connectionsMax) {
      const idle = [...open].find(([, admitted]) => admitted === 0)?.[0]
      if (idle === undefined) {
        onCut()
        return void socket.destroy()
      }
      cut(idle)
    }
    open.set(socket, 0)
    socket.once("close", () => {
      open.delete(socket)
      waiting.delete(socket)
    })
  })
  const add = (counts: Map<Socket, number>, socket: Socket, response: ServerResponse) => {
    counts.set(socket, (counts.get(socket) ?? 0) + 1)
    response.once("close", () => {
      const left = counts.get(socket)
      if (left !== undefined) counts.set(socket, left - 1)
    })
  }
  return {
    /** False: this connection sends more than it takes answers for, and was cut. */
    began: ({ socket }: IncomingMessage, response: ServerResponse): boolean => {
      // Requests that were read before the connection was cut still come.
      if (socket.destroyed) return false
      if ((waiting.get(socket) ?? 0) >= limits.requestsMax) {
        cut(socket)
        return false
      }
      add(waiting, socket, response)
      return true
    },
    /** The request is carried out: its connection is kept until it has its answer. */
    admitted: ({ socket }: IncomingMessage, response: ServerResponse): void => {
      if (open.has(socket)) add(open, socket, response)
    }
  }
}

import type { Server } from "node:http"
import type { Socket } from "node:net"

/** `slow`: has not read its answer in time; `crowded`: the oldest connection made room for a new one. */
export const readerCuts = ["slow", "crowded"] as const
export type ReaderCut = (typeof readerCuts)[number]

/** Bounds of the readers of an HTTP port. */
export interface ReaderLimits {
  /** From the request to the last byte handed to the system. */
  readonly answerMs: number
  readonly connectionsMost: number
}

/** Prometheus itself gives up after 10 s. */
export const readerLimits: ReaderLimits = { answerMs: 10_000, connectionsMost: 64 }

/**
 * Ends connections that would keep an answer in memory: a reader that never finishes, and the oldest of too many. The
 * newest is let in, so that slow readers do not lock out the one that scrapes. A reset frees what the system still
 * holds of the answer.
 */
export const boundReaders = (server: Server, limits: ReaderLimits, onCut: (why: ReaderCut) => void): void => {
  const open = new Set<Socket>()
  const cut = (socket: Socket, why: ReaderCut) => {
    open.delete(socket)
    if (socket.destroyed) return
    onCut(why)
    socket.resetAndDestroy()
  }
  server.on("connection", (socket: Socket) => {
    const [oldest] = open
    if (oldest !== undefined && open.size >= limits.connectionsMost) cut(oldest, "crowded")
    open.add(socket)
    socket.once("close", () => open.delete(socket))
  })
  server.on("request", ({ socket }, response) => {
    const timer = setTimeout(() => cut(socket, "slow"), limits.answerMs)
    response.once("close", () => clearTimeout(timer))
  })
}

import { connect, type Socket } from "node:net"
import { Effect } from "effect"

const bytesPerSecond = 1024

/** What the readers of one run saw. */
interface ReaderCounts {
  opened: number
  /** Connections that the daemon ended. A reader notices it with its next read. */
  ended: number
}

/**
 * Requests `/metrics` on a new connection `perSecond` times a second, and reads each answer at 1 kB/s until its scope
 * closes. A daemon that does not listen yet is asked again with the next one.
 */
export const startSlowReaders = (port: number, perSecond: number) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const counts: ReaderCounts = { opened: 0, ended: 0 }
      const open = new Set<Socket>()
      const add = () => {
        const socket = connect({ port, host: "127.0.0.1" }, () => {
          counts.opened++
          open.add(socket)
          socket.write("GET /metrics HTTP/1.1\r\nhost: bench\r\n\r\n")
        })
        socket.pause()
        socket.on("error", () => undefined)
        socket.once("close", () => void (open.delete(socket) && counts.ended++))
      }
      const adding = setInterval(add, 1000 / perSecond)
      const reading = setInterval(() => {
        for (const socket of open) socket.read(bytesPerSecond)
      }, 1000)
      const stop = () => {
        clearInterval(adding)
        clearInterval(reading)
        for (const socket of open) socket.destroy()
      }
      return { counts, stop }
    }),
    ({ stop }) => Effect.sync(stop)
  ).pipe(Effect.map(({ counts }) => counts))

import { createConnection } from "node:net"
import { Effect } from "effect"

/** Longest wait for one answer; the caller asks again. */
const answerMs = 1000

/**
 * True when the server on this port accepts connections and calls itself `serverName` in its INFO line. The name
 * matters: another program's server on the same port also says INFO while ours is dying of the taken port.
 */
export const acceptsAs = (host: string, port: number, serverName: string): Effect.Effect<boolean> =>
  Effect.callback((resume) => {
    const socket = createConnection({ host, port, timeout: answerMs })
    let text = ""
    const answer = (accepted: boolean) => {
      socket.removeAllListeners()
      socket.on("error", () => {})
      socket.destroy()
      resume(Effect.succeed(accepted))
    }
    socket.setEncoding("utf8")
    socket.on("data", (chunk: string) => {
      text += chunk
      const end = text.indexOf("\r\n")
      if (end < 0 && text.length < 65_536) return
      answer(text.startsWith("INFO ") && text.slice(0, end).includes(`"server_name":${JSON.stringify(serverName)}`))
    })
    socket.on("error", () => answer(false))
    socket.on("timeout", () => answer(false))
    socket.on("close", () => answer(false))
    return Effect.sync(() => {
      socket.removeAllListeners()
      socket.on("error", () => {})
      socket.destroy()
    })
  })

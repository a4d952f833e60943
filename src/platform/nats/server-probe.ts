import { randomBytes } from "node:crypto"
import { createConnection } from "node:net"
import { Effect } from "effect"

/** Longest wait for one answer; the caller asks again. */
const answerMs = 1000
/** An INFO line and an answer are a few kilobytes. */
const textMax = 65_536

/** Opens a connection, hands over all that came at each chunk, and gives the first verdict; false on any end before it. */
const converse = (
  host: string,
  port: number,
  verdictOf: (text: string, say: (line: string) => void) => boolean | undefined
): Effect.Effect<boolean> =>
  Effect.callback((resume) => {
    const socket = createConnection({ host, port, timeout: answerMs })
    let text = ""
    const answer = (verdict: boolean) => {
      socket.removeAllListeners()
      socket.on("error", () => {})
      socket.destroy()
      resume(Effect.succeed(verdict))
    }
    socket.setEncoding("utf8")
    socket.on("data", (chunk: string) => {
      text += chunk
      const verdict = text.length > textMax ? false : verdictOf(text, (line) => void socket.write(line))
      if (verdict !== undefined) answer(verdict)
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

/**
 * True when the server on this port accepts connections and calls itself `serverName` in its INFO line. The name
 * matters: another program's server on the same port also says INFO while ours is dying of the taken port.
 */
export const acceptsAs = (host: string, port: number, serverName: string): Effect.Effect<boolean> =>
  converse(host, port, (text) => {
    const end = text.indexOf("\r\n")
    if (end < 0) return undefined
    return text.startsWith("INFO ") && text.slice(0, end).includes(`"server_name":${JSON.stringify(serverName)}`)
  })

/**
 * True when the server answers a PING, and with `jetstream` a question to the JetStream API too: a server whose store
 * is stuck goes on with PONG. Its own connection each time, so that nothing of the clients' can be what is stuck.
 */
export const answers = (host: string, port: number, jetstream: boolean): Effect.Effect<boolean> => {
  const inbox = `_INBOX.tickd.probe.${randomBytes(8).toString("hex")}`
  let asked = false
  return converse(host, port, (text, say) => {
    if (!asked && text.includes("\r\n")) {
      asked = true
      const question = jetstream ? `SUB ${inbox} 1\r\nPUB $JS.API.INFO ${inbox} 0\r\n\r\n` : ""
      say(`CONNECT {"verbose":false,"pedantic":false,"name":"tickd probe"}\r\n${question}PING\r\n`)
    }
    return text.includes("\r\nPONG\r\n") && (!jetstream || text.includes(`MSG ${inbox} `)) ? true : undefined
  })
}

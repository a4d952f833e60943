import { randomBytes } from "node:crypto"
import { createConnection } from "node:net"
import { Effect } from "effect"

/** Longest wait for one answer; the caller repeats the probe. */
const answerMs = 1000
/** An INFO line and an answer have a few kilobytes. */
const textMax = 65_536

/**
 * Opens a connection, calls `read` with all received text at each chunk, and returns its first verdict; false when
 * the connection ends before.
 */
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
 * True when the server on this port accepts connections and has the name `serverName` in its INFO line. The name
 * matters: another server on the same port also sends INFO while ours dies because the port is taken.
 */
export const acceptsAs = (host: string, port: number, serverName: string): Effect.Effect<boolean> =>
  converse(host, port, (text) => {
    const end = text.indexOf("\r\n")
    if (end < 0) return undefined
    return text.startsWith("INFO ") && text.slice(0, end).includes(`"server_name":${JSON.stringify(serverName)}`)
  })

/**
 * True when the server answers a PING and, with `jetstream`, a request to the JetStream API: a server with a stuck
 * store still answers PING. Uses a new connection each time, so that a stuck client connection does not matter.
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

import { Context } from "effect"
import { errorText } from "../../../../kernel/error-text.ts"
import type { LossKind } from "./pauses.ts"

/** A connection that carries texts. */
export interface TextSocket {
  readonly send: (text: string) => void
  readonly close: () => void
}

export interface SocketEvents {
  readonly opened: () => void
  readonly received: (text: string) => void
  /** Once, and nothing after it. `kind`: `lost` when it is left out. */
  readonly lost: (cause: string, kind?: LossKind) => void
}

/** Connects; what happens comes as events. A simulated venue in virtual time stands here in a simulation. */
export class OpenSocket extends Context.Service<OpenSocket, (url: string, events: SocketEvents) => TextSocket>()(
  "tickd/trading/alpaca/OpenSocket"
) {}

const decoder = new TextDecoder("utf-8", { fatal: true })

/** Text frames, and texts in binary frames, as Alpaca's paper venue sends them. */
const textOf = (data: unknown): string | undefined => {
  if (typeof data === "string") return data
  if (!(data instanceof ArrayBuffer)) return undefined
  try {
    return decoder.decode(data)
  } catch {
    return undefined
  }
}

/** Node's own WebSocket. It cannot send a ping: the conversations ask the venue for an answer instead. */
export const openWebSocket: OpenSocket["Service"] = (url, events) => {
  let isOver = false
  const end = (cause: string) => {
    if (isOver) return
    isOver = true
    events.lost(cause)
  }
  const socket = new WebSocket(url)
  socket.binaryType = "arraybuffer"
  socket.addEventListener("open", () => {
    if (!isOver) events.opened()
  })
  socket.addEventListener("message", ({ data }) => {
    if (isOver) return
    const text = textOf(data)
    if (text === undefined) end("a message is not UTF-8 text")
    else events.received(text)
  })
  socket.addEventListener("error", (event) => {
    const { error, message } = event as { readonly error?: unknown; readonly message?: unknown }
    end(`the connection failed: ${errorText(error ?? message ?? "no reason given").slice(0, 200)}`)
  })
  socket.addEventListener("close", ({ code, reason }) =>
    end(`the venue closed the connection (${code}${reason === "" ? "" : ` ${reason.slice(0, 100)}`})`)
  )
  return {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text)
    },
    close: () => {
      isOver = true
      socket.close()
    }
  }
}

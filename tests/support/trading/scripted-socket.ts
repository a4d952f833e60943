import type { OpenSocket, SocketEvents } from "../../../src/trading/adapters/alpaca/link/text-socket.ts"

/** One connection that a test plays the venue of. */
export interface Played extends SocketEvents {
  readonly url: string
  /** What the client has sent, as JSON. */
  readonly sent: Array<Record<string, unknown>>
  isClosed: boolean
}

/** Sockets in virtual time: a test opens them, speaks, and cuts them. `answer`: what each message gets at once. */
export const scriptedSockets = (
  answer: (played: Played, message: Record<string, unknown>) => void = () => undefined
) => {
  const all: Array<Played> = []
  const open: OpenSocket["Service"] = (url, events) => {
    const played: Played = { ...events, url, sent: [], isClosed: false }
    all.push(played)
    return {
      send: (text) => {
        const message = JSON.parse(text) as Record<string, unknown>
        played.sent.push(message)
        answer(played, message)
      },
      close: () => {
        played.isClosed = true
      }
    }
  }
  return { all, open, last: () => all.at(-1) as Played }
}

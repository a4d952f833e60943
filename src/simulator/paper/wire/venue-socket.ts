import type { RawData } from "ws"

/** What the streams use of a connection: a socket of `ws` has it, and so has one in virtual time. */
export interface VenueSocket {
  readonly bufferedAmount: number
  readonly send: (data: string | Uint8Array) => void
  readonly close: () => void
  readonly terminate: () => void
  on(event: "message", listener: (data: RawData) => void): unknown
  on(event: "close" | "error", listener: () => void): unknown
}

/** Runs something later; returns what cancels it. */
export type Later = (afterMs: number, run: () => void) => () => void

export const realLater: Later = (afterMs, run) => {
  const timer = setTimeout(run, afterMs)
  return () => clearTimeout(timer)
}

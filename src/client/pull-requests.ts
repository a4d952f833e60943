import { nanos } from "@nats-io/transport-node"

/** Time that one request for messages stays open at the server. */
const expiresMs = 30_000

/**
 * Counts requested messages that have not arrived. Requests never exceed the room of a bounded buffer: a caller that
 * does not read stops the server's delivery, and nothing is lost or piles up.
 */
export class PullRequests {
  /** Messages requested and not yet delivered. */
  outstanding = 0
  private readonly capacity: number
  private readonly heartbeatMs: number

  constructor(capacity: number, heartbeatMs: number) {
    this.capacity = capacity
    this.heartbeatMs = heartbeatMs
  }

  /** The next request; undefined while it would be for less than half of the capacity. */
  next(buffered: number): string | undefined {
    const batch = this.capacity - buffered - this.outstanding
    if (batch < this.capacity / 2) return undefined
    this.outstanding += batch
    return JSON.stringify({ batch, expires: nanos(expiresMs), idle_heartbeat: nanos(this.heartbeatMs) })
  }

  /** The server ended a request early: `left` of its messages will not arrive. */
  ended(left: number): void {
    this.outstanding = Math.max(0, this.outstanding - left)
  }
}

import { nanos } from "@nats-io/transport-node"

/** How long one request for messages stays open at the server. */
const expiresMs = 30_000

/**
 * How many messages were asked for and have not come. What is asked for never exceeds the room of a bounded buffer: a
 * user that does not take stops the server's delivery, and nothing is lost or piled up.
 */
export class PullRequests {
  /** Messages asked for and not yet delivered. */
  outstanding = 0
  private readonly capacity: number
  private readonly heartbeatMs: number

  constructor(capacity: number, heartbeatMs: number) {
    this.capacity = capacity
    this.heartbeatMs = heartbeatMs
  }

  /** The next request, or undefined while it would be for less than half of the capacity. */
  next(buffered: number): string | undefined {
    const batch = this.capacity - buffered - this.outstanding
    if (batch < this.capacity / 2) return undefined
    this.outstanding += batch
    return JSON.stringify({ batch, expires: nanos(expiresMs), idle_heartbeat: nanos(this.heartbeatMs) })
  }

  /** The server ended a request early; `left` of its messages will not come. */
  ended(left: number): void {
    this.outstanding = Math.max(0, this.outstanding - left)
  }
}

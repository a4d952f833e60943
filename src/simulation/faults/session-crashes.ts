import type { SessionRequest } from "../../../actors/market/session-actor.ts"
import type { SimTime } from "../world/virtual-time.ts"

/** More than the capacity of a mailbox: a session that cannot keep up ends, and its supervisor restarts it. */
const mailboxEvents = 300

/** The entrances to the sessions' mailboxes. Crashes a session by filling its mailbox. */
export class SessionCrashes {
  private readonly time: SimTime
  private readonly states = new Map<string, string>()
  private readonly asks = new Map<string, (request: SessionRequest) => void>()
  private readonly loops = new Set<() => void>()

  constructor(time: SimTime) {
    this.time = time
  }

  /** A session took this state. */
  noteState(feed: string, state: string): void {
    this.states.set(feed, state)
  }

  connect(feed: string, entrance: (request: SessionRequest) => void): void {
    this.asks.set(feed, entrance)
  }

  ask(feed: string, request: SessionRequest): void {
    this.asks.get(feed)?.(request)
  }

  /** False: there is no session to crash. */
  crash(feed: string): boolean {
    const ask = this.asks.get(feed)
    const state = this.states.get(feed)
    if (ask === undefined || state === "stopped" || state === "draining") return false
    for (let at = 0; at < mailboxEvents; at++) ask({ type: "MADE_STANDBY" })
    return true
  }

  /** Returns a function that ends it. */
  crashEvery(feed: string, everyMs: number): () => void {
    let over = false
    const again = () => {
      if (over) return
      this.crash(feed)
      this.time.later(everyMs, again)
    }
    const stop = () => {
      over = true
      this.loops.delete(stop)
    }
    this.loops.add(stop)
    this.time.later(everyMs, again)
    return stop
  }

  heal(): void {
    for (const stop of this.loops) stop()
  }
}

import type { RegistryChange } from "../../../actors/runtime/registry.ts"

/** Time limits of a session, milliseconds. `longest`: time in one state; `soonest`: before its timeout may fire. */
export interface SessionBounds {
  readonly connectTimeoutMs: number
  readonly loginTimeoutMs: number
  readonly subscribeTimeoutMs: number
}

/** Shortest pause after `n` failures in a row: base 1,250 ms doubled up to 30 s, less a fifth. */
const leastPauseMs = (failures: number) => 0.8 * Math.min(30_000, 1250 * 2 ** (Math.max(1, failures) - 1)) - 1
const healthyAfterMs = 30_000
const slackMs = 50

/** Follows one session by its transitions only: no state outlasts its timeout, no timeout fires early, pauses grow. */
export class SessionWitness {
  checks = 0
  state = ""
  sinceMs = 0
  private failures = 0
  private lastLoginMs = Number.NEGATIVE_INFINITY
  private readonly complain: (sentence: string) => void
  private readonly feed: string
  private readonly longest: Readonly<Record<string, number>>
  private readonly soonest: Readonly<Record<string, number>>

  constructor(feed: string, bounds: SessionBounds, complain: (sentence: string) => void) {
    this.feed = feed
    this.complain = complain
    const { connectTimeoutMs, loginTimeoutMs, subscribeTimeoutMs } = bounds
    this.longest = {
      connecting: connectTimeoutMs,
      awaitingReconnect: connectTimeoutMs,
      awaitingLogin: 1200,
      loggingIn: loginTimeoutMs,
      subscribing: subscribeTimeoutMs,
      backingOff: 36_000,
      draining: 5000
    }
    this.soonest = {
      connecting: connectTimeoutMs,
      awaitingReconnect: connectTimeoutMs,
      loggingIn: loginTimeoutMs,
      subscribing: subscribeTimeoutMs
    }
  }

  note(change: RegistryChange): void {
    if (change.type !== "transition") return
    const { state, lastEvent, context } = change.actor
    if (lastEvent === "xstate.init") this.begin(change.atMs)
    else if (state !== this.state) this.left(state, lastEvent, change.atMs, context["attempts"] as number)
    else return
    this.state = state
    this.sinceMs = change.atMs
  }

  /** A login is sent to the front. */
  login(nowMs: number): void {
    this.checks++
    const sinceMs = nowMs - this.lastLoginMs
    this.lastLoginMs = nowMs
    if (sinceMs >= 1000) return
    this.complain(`${this.feed} sent two logins within ${sinceMs} ms: a front refuses more than one a second`)
  }

  /** Periodic, because a state that is never left makes no transition. */
  look(nowMs: number): void {
    this.checks++
    const longest = this.longest[this.state]
    if (longest === undefined || nowMs - this.sinceMs <= longest + slackMs) return
    this.complain(
      `session ${this.feed} is in ${this.state} for ${nowMs - this.sinceMs} ms: ${longest} ms are its longest`
    )
    this.sinceMs = nowMs
  }

  /** The session's child has ended: it has no state until it restarts. */
  ended(): void {
    this.state = ""
  }

  /** Time that it has been streaming, milliseconds; 0 when it is not. */
  streamingMs(nowMs: number): number {
    return this.state === "streaming" ? nowMs - this.sinceMs : 0
  }

  private begin(nowMs: number): void {
    this.failures = 0
    this.state = ""
    this.sinceMs = nowMs
  }

  private left(next: string, event: string, nowMs: number, attempts: number): void {
    const dwellMs = nowMs - this.sinceMs
    const timedOut = event.startsWith("xstate.after.")
    const soonest = this.soonest[this.state]
    this.checks++
    if (timedOut && soonest !== undefined && dwellMs < soonest) {
      this.complain(`session ${this.feed} left ${this.state} by its timeout after ${dwellMs} ms: ${soonest} ms are due`)
    }
    if (this.state === "streaming" && dwellMs >= healthyAfterMs) this.failures = 0
    if (event === "RETRY_ASKED" || event === "PHASE_CHANGED") this.failures = 0
    // Flow control is not a failure. A pause that begins with a connect follows one that was already counted.
    const isPause = next === "backingOff" && event !== "REQUEST_NOT_SENT" && event !== "FRONT_CONNECTED"
    if (isPause || next === "awaitingReconnect") this.failed(next, attempts)
    if (this.state === "backingOff" && timedOut) this.paused(dwellMs)
  }

  /**
   * The machine's count must equal the observed one: a count that fell without a healthy period was reset too early.
   */
  private failed(next: string, attempts: number): void {
    this.checks++
    const least = this.failures + 1
    if (attempts < least) {
      this.complain(
        `session ${this.feed} entered ${next} counting ${attempts} failures in a row, ${least} were seen: only a healthy stretch may reset them`
      )
    }
    this.failures = attempts
  }

  private paused(dwellMs: number): void {
    this.checks++
    // A pause for flow control has its own count and is never shorter than its base.
    const leastMs = Math.min(leastPauseMs(this.failures), 999)
    if (dwellMs < leastMs) {
      this.complain(`session ${this.feed} paused ${dwellMs} ms: ${Math.round(leastMs)} ms are the least`)
    }
  }
}

/** Reason codes and times as measured on the vendor's library: docs/SIMULATION.md. */
export const reasons = { readFailed: 0x1001, heartbeatTimeout: 0x2001, badMessage: 0x2003 } as const

/** What goes wrong on a front now. Each is set by a fault and taken back by its end. */
export interface FrontTroubles {
  unreachable: boolean
  /** Accepts and hangs up: a Disconnected without a Connected, about once a second. */
  hangsUp: boolean
  /** Answers garbage: pairs of Connected and Disconnected, hundreds a second. */
  garbage: boolean
  loginUnanswered: boolean
  loginError: number
  /** Says nothing any more and does not hang up either. */
  halfOpen: boolean
  ticksStopped: boolean
  acksMissing: number
  subscribeUnanswered: boolean
  /** 0, or what the library returns instead of sending. */
  flowControl: number
  /** Milliseconds after its start at which the worker crashes; 0: it does not. */
  crashAfterMs: number
  /** Milliseconds by which the doorbell is late: the event loop of the daemon stands still. */
  doorbellLateMs: number
  /** Of a pair: what the front sends waits on its way, and comes at once when this ends. */
  behind: boolean
  /** Of a pair: share of the ticks that are lost on their way, which nobody can see. */
  lossShare: number
  /** Of a pair: the link is lost once in so many milliseconds; 0: it is not. */
  flapEveryMs: number
}

export const untroubled: FrontTroubles = {
  unreachable: false,
  hangsUp: false,
  garbage: false,
  loginUnanswered: false,
  loginError: 0,
  halfOpen: false,
  ticksStopped: false,
  acksMissing: 0,
  subscribeUnanswered: false,
  flowControl: 0,
  crashAfterMs: 0,
  doorbellLateMs: 0,
  behind: false,
  lossShare: 0,
  flapEveryMs: 0
}

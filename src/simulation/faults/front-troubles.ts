/** Reason codes and times as measured on the vendor's library: docs/SIMULATION.md. */
export const reasons = { readFailed: 0x1001, heartbeatTimeout: 0x2001, badMessage: 0x2003 } as const

/** Present troubles of a front. A fault sets each, and its end reverts it. */
export interface FrontTroubles {
  unreachable: boolean
  /** Accepts and disconnects: a Disconnected without a Connected, about once a second. */
  hangsUp: boolean
  /** Answers garbage: pairs of Connected and Disconnected, hundreds a second. */
  garbage: boolean
  loginUnanswered: boolean
  loginError: number
  /** Sends nothing any more, and does not disconnect. */
  halfOpen: boolean
  ticksStopped: boolean
  acksMissing: number
  subscribeUnanswered: boolean
  /** 0, or what the library returns instead of sending. */
  flowControl: number
  /** Milliseconds after its start at which the worker crashes; 0: it does not. */
  crashAfterMs: number
  /** Delay of the doorbell in milliseconds: the daemon's event loop is stalled. */
  doorbellLateMs: number
  /** With a pair: the front's messages are held on their way, and arrive at once when this ends. */
  behind: boolean
  /** With a pair: share of the ticks that are lost on their way, which no part can detect. */
  lossShare: number
  /** With a pair: interval of link losses in milliseconds; 0: none. */
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

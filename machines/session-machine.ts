import { assign, setup } from "xstate"
import { type BackoffPolicy, backoffMs } from "./backoff.ts"

/** What a session must know of its front before it starts. Times in milliseconds. */
export interface SessionInput {
  readonly feed: string
  readonly connectTimeoutMs: number
  readonly loginTimeoutMs: number
  readonly subscribeTimeoutMs: number
  /** Streaming for this long makes the session healthy: only then does the backoff start from its base again. */
  readonly healthyAfterMs: number
  readonly backoff: BackoffPolicy
  readonly seed: number
}

/** Facts, in the past tense: what the front or an operator did. */
export type SessionEvent =
  | { readonly type: "FRONT_CONNECTED" }
  | { readonly type: "FRONT_DISCONNECTED"; readonly reason: number }
  | { readonly type: "LOGGED_IN"; readonly tradingDay: string }
  | { readonly type: "LOGIN_REFUSED"; readonly errorId: number; readonly message: string }
  | { readonly type: "REQUEST_NOT_SENT"; readonly request: string; readonly code: number }
  | { readonly type: "ALL_ACKNOWLEDGED" }
  | { readonly type: "TICKS_ARRIVED" }
  | { readonly type: "RETRY_ASKED" }
  | { readonly type: "STOP_ASKED" }

/** Orders, in the imperative: what the actor does for the machine. */
export type SessionCommand = "requestLogin" | "subscribeWanted" | "redialFront" | "closeFront" | "reportRejected"

export interface SessionContext extends SessionInput {
  readonly connected: boolean
  /** Failures in a row since the last healthy stretch. */
  readonly attempts: number
  /** Logins in a row that got no answer: a link that swallows them is dead, and only a new api instance helps. */
  readonly unanswered: number
  readonly tradingDay: string | undefined
  readonly lastError: string | undefined
}

/**
 * Login errors that another attempt cannot cure and that may lock the account: stop and tell.
 * 3 invalid login, 57 one-time password, 75 forbidden after failures, 131 weak password, 140 and 141 password to be
 * changed, 143 and 144 address refused. Source: error.xml of the API documentation 6.7.8; split in `docs/reference/ctp-errors.md`.
 */
export const fatalLoginErrors: ReadonlySet<number> = new Set([3, 57, 75, 131, 140, 141, 143, 144])

const reasonText = (reason: number) => `front disconnected, reason 0x${reason.toString(16)}`

/**
 * One CTP session from dial to stop.
 *
 * The vendor library dials and redials by itself and may say nothing for minutes, may report a disconnect without a connect
 * before it, and may accept a login and never answer. So every wait has a timeout, a disconnect is welcome in every state,
 * and a new api instance is asked for only after logins that got no answer.
 */
export const sessionMachine = setup({
  types: {
    context: {} as SessionContext,
    events: {} as SessionEvent,
    input: {} as SessionInput
  },
  actions: {
    requestLogin: () => undefined,
    subscribeWanted: () => undefined,
    redialFront: () => undefined,
    closeFront: () => undefined,
    reportRejected: () => undefined,
    noteConnected: assign({ connected: true }),
    noteDisconnected: assign({
      connected: false,
      lastError: ({ event, context }) =>
        event.type === "FRONT_DISCONNECTED" ? reasonText(event.reason) : context.lastError
    }),
    noteLogin: assign({
      unanswered: 0,
      tradingDay: ({ event, context }) => (event.type === "LOGGED_IN" ? event.tradingDay : context.tradingDay)
    }),
    noteRefusal: assign({
      unanswered: 0,
      lastError: ({ event, context }) =>
        event.type === "LOGIN_REFUSED" ? `login refused, error ${event.errorId}: ${event.message}` : context.lastError
    }),
    noteNotSent: assign({
      lastError: ({ event, context }) =>
        event.type === "REQUEST_NOT_SENT" ? `${event.request} not sent, code ${event.code}` : context.lastError
    }),
    noteConnectTimeout: assign({ lastError: "the front did not accept a connection in time" }),
    noteLoginTimeout: assign({
      unanswered: ({ context }) => context.unanswered + 1,
      lastError: "the login was not answered in time"
    }),
    noteRedial: assign({ connected: false, unanswered: 0 }),
    noteSubscribeTimeout: assign({ lastError: "neither acknowledgements nor ticks came after subscribing" }),
    countFailure: assign({ attempts: ({ context }) => context.attempts + 1 }),
    clearFailures: assign({ attempts: 0, lastError: undefined })
  },
  guards: {
    isFatal: ({ event }) => event.type === "LOGIN_REFUSED" && fatalLoginErrors.has(event.errorId),
    isConnected: ({ context }) => context.connected,
    linkSwallows: ({ context }) => context.unanswered >= 2
  },
  delays: {
    connectTimeout: ({ context }) => context.connectTimeoutMs,
    loginTimeout: ({ context }) => context.loginTimeoutMs,
    subscribeTimeout: ({ context }) => context.subscribeTimeoutMs,
    healthy: ({ context }) => context.healthyAfterMs,
    pause: ({ context }) => backoffMs(context.backoff, context.attempts, context.seed)
  }
}).createMachine({
  id: "session",
  // XState's transition() runs the context factory without input once: the spread must not throw on undefined.
  context: ({ input }) => ({
    ...(input as SessionInput),
    connected: false,
    attempts: 0,
    unanswered: 0,
    tradingDay: undefined,
    lastError: undefined
  }),
  initial: "connecting",
  on: {
    STOP_ASKED: ".stopped",
    FRONT_CONNECTED: { actions: "noteConnected" },
    FRONT_DISCONNECTED: { actions: "noteDisconnected" }
  },
  states: {
    connecting: {
      on: { FRONT_CONNECTED: { target: "loggingIn", actions: "noteConnected" } },
      after: { connectTimeout: { target: "backingOff", actions: "noteConnectTimeout" } }
    },
    loggingIn: {
      entry: "requestLogin",
      on: {
        LOGGED_IN: { target: "subscribing", actions: "noteLogin" },
        LOGIN_REFUSED: [
          { guard: "isFatal", target: "rejected", actions: "noteRefusal" },
          { target: "backingOff", actions: "noteRefusal" }
        ],
        REQUEST_NOT_SENT: { target: "backingOff", actions: "noteNotSent" },
        FRONT_DISCONNECTED: { target: "backingOff", actions: "noteDisconnected" }
      },
      after: {
        loginTimeout: [
          { guard: "linkSwallows", target: "backingOff", actions: ["noteLoginTimeout", "noteRedial", "redialFront"] },
          { target: "backingOff", actions: "noteLoginTimeout" }
        ]
      }
    },
    subscribing: {
      entry: "subscribeWanted",
      on: {
        ALL_ACKNOWLEDGED: "streaming",
        TICKS_ARRIVED: "streaming",
        REQUEST_NOT_SENT: { target: "backingOff", actions: "noteNotSent" },
        FRONT_DISCONNECTED: { target: "backingOff", actions: "noteDisconnected" }
      },
      after: { subscribeTimeout: { target: "backingOff", actions: "noteSubscribeTimeout" } }
    },
    streaming: {
      on: { FRONT_DISCONNECTED: { target: "connecting", actions: ["noteDisconnected", "countFailure"] } },
      after: { healthy: { actions: "clearFailures" } }
    },
    backingOff: {
      entry: "countFailure",
      after: { pause: [{ guard: "isConnected", target: "loggingIn" }, { target: "connecting" }] }
    },
    rejected: {
      entry: "reportRejected",
      on: { RETRY_ASKED: [{ guard: "isConnected", target: "loggingIn" }, { target: "connecting" }] }
    },
    stopped: { type: "final", entry: "closeFront" }
  }
})

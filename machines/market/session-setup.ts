import { assign, raise, setup, stateIn } from "xstate"
import { lossWords, notSentWords } from "../../src/kernel/instrument/vendor-codes.ts"
import { backoffMs } from "../backoff.ts"
import { command } from "../command.ts"
import { fatalLoginErrors, isFlowControl } from "./login-errors.ts"
import {
  isCovered,
  type SessionContext,
  type SessionEvent,
  type SessionInput,
  sessionTroubles
} from "./session-events.ts"

/** Pause of a request that flow control held back: a second, then longer. */
const throttlePauseMs = { baseMs: 1250, capMs: 10_000 }

/** A recovered session must not request every instrument again each few seconds. */
const repairCapMs = 600_000

const opens = (event: SessionEvent, context: SessionContext) =>
  event.type === "PHASE_CHANGED" && event.phase !== "closed" && context.phase === "closed"

/** Names of the session machine's commands, actions, guards and delays. */
export const sessionSetup = setup({
  types: {
    context: {} as SessionContext,
    events: {} as SessionEvent,
    input: {} as SessionInput
  },
  actions: {
    requestLogin: command,
    subscribeWanted: command,
    redialFront: command,
    releaseFront: command,
    closeFront: command,
    reportRejected: command,
    reportFailed: command,
    reportRole: command,
    closeLoginGate: raise({ type: "LOGIN_ORDERED" }),
    noteLoginRequested: assign({ loginWaitMs: ({ context }) => context.loginSpacingMs }),
    // Late events of a released API instance are not a link.
    noteConnected: assign(({ context }) => (context.released ? {} : { connected: true, frontLate: false })),
    noteDisconnected: assign(({ event, context }) =>
      event.type === "FRONT_DISCONNECTED"
        ? {
            connected: false,
            loggedIn: false,
            disconnects: context.disconnects + (event.times ?? 1),
            cause: event.reason < 0 ? ("own_loss" as const) : ("disconnected" as const),
            lastError: lossWords(event.reason)
          }
        : {}
    ),
    noteLinkLost: assign(({ event, context }) =>
      event.type === "FRONT_DISCONNECTED"
        ? { connected: false, loggedIn: false, disconnects: context.disconnects + (event.times ?? 1) }
        : {}
    ),
    noteLogin: assign(({ event }) =>
      event.type === "LOGGED_IN" ? { loggedIn: true, requestError: 0, throttles: 0, tradingDay: event.tradingDay } : {}
    ),
    noteRefusal: assign(({ event }) =>
      event.type === "LOGIN_REFUSED"
        ? {
            requestError: 0,
            cause: "login_refused" as const,
            lastError: `login refused, error ${event.errorId}: ${event.message}`
          }
        : {}
    ),
    noteLogout: assign({ loggedIn: false, cause: "logged_out", lastError: "the front logged the session out" }),
    /** The front's answers are not valid any more: everything is requested again. */
    noteRelogin: assign({ loggedIn: false, acknowledged: 0, wanted: 0, silent: false, lagging: false, repairs: 0 }),
    noteNotSent: assign(({ event, context }) =>
      event.type === "REQUEST_NOT_SENT"
        ? {
            cause: "not_sent" as const,
            lastError: notSentWords(event.request, event.code),
            connected: context.connected && event.code !== -1,
            loggedIn: context.loggedIn && event.code !== -1
          }
        : {}
    ),
    noteThrottle: assign({ throttled: true, throttles: ({ context }) => context.throttles + 1 }),
    clearThrottle: assign({ throttled: false }),
    noteConnectTimeout: assign({
      frontLate: true,
      cause: "connect_timeout",
      lastError: "no connection to the front was made in time"
    }),
    noteReconnectTimeout: assign({
      frontLate: true,
      cause: "reconnect_timeout",
      lastError: "the front was lost and did not come back in time"
    }),
    noteLoginTimeout: assign({
      requestError: ({ context }) => context.requestError + 1,
      cause: "login_timeout",
      lastError: "the login was not answered in time"
    }),
    noteSubscribeTimeout: assign({
      cause: "subscribe_timeout",
      lastError: "neither acknowledgements nor ticks arrived after subscribing"
    }),
    noteReleased: assign({ released: true, connected: false, loggedIn: false, frontLate: false }),
    noteRedial: assign({ released: false, connected: false, loggedIn: false, requestError: 0 }),
    noteAsked: assign({ acknowledged: 0, wanted: 0 }),
    noteCoverage: assign(({ event }) =>
      event.type === "ALL_ACKNOWLEDGED" || event.type === "COVERAGE_COUNTED"
        ? { acknowledged: event.acknowledged, wanted: event.wanted }
        : {}
    ),
    noteSilent: assign(({ event }) =>
      event.type === "FEED_SILENT"
        ? {
            silent: true,
            cause: "silent" as const,
            lastError: `no tick for ${Math.round(event.silentMs / 1000)} s in trading hours`
          }
        : {}
    ),
    noteTicks: assign({ silent: false, repairs: ({ context }) => (context.silent ? 0 : context.repairs) }),
    noteLag: assign(({ event }) =>
      event.type === "FEED_LAGGED"
        ? { lagging: true, cause: "lagging" as const, lastError: `${event.waiting} unread ticks are in the ring` }
        : {}
    ),
    noteCaughtUp: assign({ lagging: false }),
    countRepair: assign({ repairs: ({ context }) => context.repairs + 1 }),
    clearRepairs: assign({ repairs: 0 }),
    notePhase: assign(({ event, context }) =>
      event.type === "PHASE_CHANGED"
        ? // Silence outside trading hours proves nothing about the link.
          { phase: event.phase, silent: context.silent && event.phase === "trading" }
        : {}
    ),
    countFailure: assign({ attempts: ({ context }) => context.attempts + 1 }),
    clearFailures: assign({ attempts: 0, throttles: 0, lastError: undefined, cause: undefined }),
    beginAnew: assign({ attempts: 0, requestError: 0, throttles: 0, repairs: 0, silent: false })
  },
  guards: {
    isFatal: ({ event }) => event.type === "LOGIN_REFUSED" && fatalLoginErrors.has(event.errorId),
    isConnected: ({ context }) => context.connected,
    /** Flow control held back a subscription, not the login: the login is still valid. */
    needsNoLogin: ({ context }) => context.throttled && context.connected && context.loggedIn,
    /** Two lost logins may be a slow front. The third, or the first on a feed that is silent too, is a dead link. */
    linkSwallows: ({ context }) => context.requestError >= (context.silent ? 0 : 2),
    frontWasLate: ({ context }) => context.frontLate,
    isSilent: ({ context }) => context.silent,
    isThrottled: ({ event }) => event.type === "REQUEST_NOT_SENT" && isFlowControl(event.code),
    isTrading: ({ context }) => context.phase === "trading",
    isFirstSilence: ({ context }) => context.phase === "trading" && context.repairs === 0,
    someAcknowledged: ({ context }) => context.acknowledged > 0,
    isFirstLoss: ({ context }) => context.attempts <= 1,
    retriesExhausted: ({ context }) => context.maxRetries > 0 && context.attempts > context.maxRetries,
    closes: ({ event }) => event.type === "PHASE_CHANGED" && event.phase === "closed",
    closesConnected: ({ event, context }) =>
      event.type === "PHASE_CHANGED" && event.phase === "closed" && context.connected,
    isReleased: ({ context }) => context.released,
    opens: ({ event, context }) => opens(event, context),
    countIsShort: ({ event, context }) =>
      event.type === "ALL_ACKNOWLEDGED" && event.acknowledged < event.wanted * context.coverageMin,
    isTroubled: ({ context }) => sessionTroubles(context).length > 0,
    isWhole: ({ context }) => sessionTroubles(context).length === 0,
    needsLogin: ({ context }) => context.silent && context.repairs === 1,
    needsRedial: ({ context }) => context.silent && context.repairs >= 2,
    needsAsking: ({ context }) => context.silent || !isCovered(context),
    loginGateIsOpen: stateIn({ loginGate: "open" }),
    linkIsStopped: stateIn({ link: "stopped" })
  },
  delays: {
    connectTimeout: ({ context }) => context.connectTimeoutMs,
    reconnectTimeout: ({ context }) => context.connectTimeoutMs,
    loginTimeout: ({ context }) => context.loginTimeoutMs,
    subscribeTimeout: ({ context }) => context.subscribeTimeoutMs,
    coverageTimeout: ({ context }) => context.subscribeTimeoutMs,
    healthy: ({ context }) => context.healthyAfterMs,
    loginSpacing: ({ context }) => context.loginWaitMs,
    drainTimeout: ({ context }) => context.drainTimeoutMs,
    /** A silent feed is repaired at once. Repeated requests for refused instruments become rarer. */
    repairPause: ({ context }) =>
      context.silent
        ? context.repairTimeoutMs
        : Math.min(repairCapMs, context.repairTimeoutMs * 2 ** Math.min(context.repairs, 10)),
    pause: ({ context }) =>
      context.throttled
        ? backoffMs(throttlePauseMs, context.throttles, context.seed)
        : backoffMs(context.backoff, context.attempts, context.seed)
  }
})

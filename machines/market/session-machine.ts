import type { SessionInput } from "./session-events.ts"
import { sessionSetup } from "./session-setup.ts"

const released = ["noteReleased", "releaseFront"] as const
const lost = { target: "backingOff", actions: ["noteDisconnected", "countFailure", ...released] } as const
/** Used where there is nothing to do: a lost link stays down until the session dials. */
const letGo = { actions: ["noteDisconnected", ...released] } as const
/** The same for a session that ended with a cause: many fronts disconnect after a refusal, which stays the cause. */
const letGoSilently = { actions: ["noteLinkLost", ...released] } as const
const loggedOut = { target: "backingOff", actions: ["noteLogout", "countFailure"] } as const
const redialed = ["noteRedial", "redialFront"] as const
const dialled = { guard: "isReleased", target: "connecting", actions: redialed } as const
const retry = [
  { guard: "isConnected", target: "awaitingLogin", actions: "beginAnew" },
  { target: "connecting", actions: ["beginAnew", ...redialed] }
] as const
const notSent = [
  { guard: "isThrottled", target: "backingOff", actions: ["noteNotSent", "noteThrottle"] },
  { target: "backingOff", actions: ["noteNotSent", "countFailure"] }
] as const
const nextSession = [
  // A new trading session begins on a new connection: a link that was idle through the night may be dead, and only a
  // new login returns the new trading day.
  { guard: "opens", target: "connecting", actions: ["notePhase", "beginAnew", ...redialed] },
  { actions: "notePhase" }
] as const

/**
 * One CTP session from dial to stop, in three regions: `link` (state of the session), `loginGate` (keeps logins a
 * second apart over every reconnect) and `role` (whether its ticks count; the failover decides).
 * The vendor library dials and redials by itself and may report nothing for minutes, may report a disconnect without
 * a connect before it, and may accept a login and never answer. So every wait has a timeout, every state accepts a
 * disconnect, and a new API instance needs evidence: logins without an answer, or silence in trading hours that
 * neither a new request nor a new login ends. `resting`, `rejected` and `failed` wait for an event, not for time.
 * A library reconnects at once and forever, 600 times a second when the front closes each connection, and fronts ban
 * clients with frequent connections. So the library handles only the first loss of a session that streamed, which is
 * fastest. Each further loss releases the API instance, and the session dials when its own pause ends. A session that
 * waits for an event keeps an open link (settlement prices arrive after the close), and releases the API instance
 * once it is lost.
 */
export const sessionMachine = sessionSetup.createMachine({
  id: "session",
  description: "One CTP session of one feed, from the first connection to its stop.",
  // XState's transition() runs the context factory without input once: the spread must not throw on undefined.
  context: ({ input }) => ({
    ...(input as SessionInput),
    connected: false,
    loggedIn: false,
    frontLate: false,
    released: false,
    attempts: 0,
    requestError: 0,
    throttles: 0,
    throttled: false,
    repairs: 0,
    acknowledged: 0,
    wanted: 0,
    silent: false,
    lagging: false,
    phase: "trading",
    disconnects: 0,
    tradingDay: undefined,
    lastError: undefined,
    cause: undefined
  }),
  type: "parallel",
  states: {
    link: {
      description: "How far the session has come: connection, login, subscription, ticks.",
      initial: "connecting",
      on: {
        FRONT_CONNECTED: { actions: "noteConnected" },
        COVERAGE_COUNTED: { actions: "noteCoverage" },
        TICKS_ARRIVED: { actions: "noteTicks" },
        FEED_LAGGED: { actions: "noteLag" },
        FEED_CAUGHT_UP: { actions: "noteCaughtUp" },
        PHASE_CHANGED: [
          { guard: "closesConnected", target: ".resting", actions: "notePhase" },
          { guard: "closes", target: ".resting", actions: ["notePhase", ...released] },
          { actions: "notePhase" }
        ],
        STOP_ASKED: [
          { guard: "isConnected", target: ".draining" },
          { target: ".stopped", actions: "closeFront" }
        ]
      },
      states: {
        connecting: {
          description: "Waits for the connection to the front.",
          on: { FRONT_CONNECTED: { target: "awaitingLogin", actions: "noteConnected" }, FRONT_DISCONNECTED: lost },
          after: { connectTimeout: { target: "backingOff", actions: ["noteConnectTimeout", "countFailure"] } }
        },
        awaitingReconnect: {
          description: "Lost the front while ticks came; the vendor library connects again by itself.",
          always: { guard: "retriesExhausted", target: "failed" },
          on: {
            FRONT_CONNECTED: [
              { guard: "isFirstLoss", target: "awaitingLogin", actions: "noteConnected" },
              { target: "backingOff", actions: "noteConnected" }
            ],
            FRONT_DISCONNECTED: lost
          },
          after: { reconnectTimeout: { target: "backingOff", actions: ["noteReconnectTimeout", "countFailure"] } }
        },
        awaitingLogin: {
          description: "Connected; waits until the next login is allowed.",
          always: { guard: "loginGateIsOpen", target: "loggingIn" },
          on: { FRONT_DISCONNECTED: lost }
        },
        loggingIn: {
          description: "Sent the login and waits for the answer.",
          entry: ["requestLogin", "closeLoginGate"],
          on: {
            LOGGED_IN: { target: "subscribing", actions: "noteLogin" },
            LOGIN_REFUSED: [
              { guard: "isFatal", target: "rejected", actions: "noteRefusal" },
              { guard: "isSilent", target: "backingOff", actions: ["noteRefusal", "countFailure", ...redialed] },
              { target: "backingOff", actions: ["noteRefusal", "countFailure"] }
            ],
            REQUEST_NOT_SENT: notSent,
            FRONT_DISCONNECTED: lost
          },
          after: {
            loginTimeout: [
              {
                guard: "linkSwallows",
                target: "backingOff",
                actions: ["noteLoginTimeout", "countFailure", ...redialed]
              },
              { target: "backingOff", actions: ["noteLoginTimeout", "countFailure"] }
            ]
          }
        },
        subscribing: {
          description: "Logged in and subscribed; waits for acknowledgements or ticks.",
          entry: ["noteAsked", "subscribeWanted"],
          on: {
            ALL_ACKNOWLEDGED: [
              { guard: "countIsShort", target: "degraded", actions: "noteCoverage" },
              { target: "streaming", actions: "noteCoverage" }
            ],
            TICKS_ARRIVED: { target: "streaming", actions: "noteTicks" },
            REQUEST_NOT_SENT: notSent,
            LOGGED_OUT: loggedOut,
            FRONT_DISCONNECTED: lost
          },
          after: {
            subscribeTimeout: [
              { guard: "someAcknowledged", target: "degraded" },
              { target: "backingOff", actions: ["noteSubscribeTimeout", "countFailure"] }
            ]
          }
        },
        streaming: {
          description: "Receives ticks.",
          on: {
            ALL_ACKNOWLEDGED: [
              { guard: "countIsShort", target: "degraded", actions: "noteCoverage" },
              { actions: "noteCoverage" }
            ],
            FEED_SILENT: [
              {
                guard: "isFirstSilence",
                target: "degraded",
                actions: ["noteSilent", "countRepair", "subscribeWanted"]
              },
              { guard: "isTrading", target: "degraded", actions: "noteSilent" }
            ],
            FEED_LAGGED: { target: "degraded", actions: "noteLag" },
            RELOGIN_ASKED: { target: "awaitingLogin", actions: "noteRelogin" },
            LOGGED_OUT: loggedOut,
            FRONT_DISCONNECTED: { target: "awaitingReconnect", actions: ["noteDisconnected", "countFailure"] }
          },
          after: {
            coverageTimeout: { guard: "isTroubled", target: "degraded" },
            healthy: { actions: "clearFailures" }
          }
        },
        degraded: {
          description: "Logged in, but instruments are missing, ticks have stopped or are read late; a repair runs.",
          always: { guard: "isWhole", target: "streaming" },
          on: {
            ALL_ACKNOWLEDGED: { actions: "noteCoverage" },
            // Entered again, because the pause of a silent feed is shorter than the running one.
            FEED_SILENT: { guard: "isTrading", target: "degraded", reenter: true, actions: "noteSilent" },
            RELOGIN_ASKED: { target: "awaitingLogin", actions: "noteRelogin" },
            LOGGED_OUT: loggedOut,
            FRONT_DISCONNECTED: { target: "awaitingReconnect", actions: ["noteDisconnected", "countFailure"] }
          },
          after: {
            repairPause: [
              { guard: "needsRedial", target: "backingOff", actions: ["countRepair", "countFailure", ...redialed] },
              { guard: "needsLogin", target: "awaitingLogin", actions: "countRepair" },
              { guard: "needsAsking", target: "degraded", reenter: true, actions: ["countRepair", "subscribeWanted"] },
              { target: "degraded", reenter: true }
            ]
          }
        },
        backingOff: {
          description: "Pauses after a failure before the next attempt.",
          always: { guard: "retriesExhausted", target: "failed" },
          exit: "clearThrottle",
          on: {
            FRONT_CONNECTED: { guard: "frontWasLate", target: "awaitingLogin", actions: "noteConnected" },
            FRONT_DISCONNECTED: letGo,
            RETRY_ASKED: retry
          },
          after: {
            pause: [
              { guard: "needsNoLogin", target: "subscribing" },
              { guard: "isConnected", target: "awaitingLogin" },
              dialled,
              { target: "connecting" }
            ]
          }
        },
        resting: {
          description: "The market is closed; the session connects again before the next trading session.",
          on: {
            FRONT_DISCONNECTED: letGo,
            LOGGED_IN: { actions: "noteLogin" },
            PHASE_CHANGED: nextSession,
            RETRY_ASKED: retry
          }
        },
        rejected: {
          description: "The front rejected the login for good: fix the credentials, then run `tickd retry`.",
          entry: "reportRejected",
          on: { FRONT_DISCONNECTED: letGoSilently, PHASE_CHANGED: { actions: "notePhase" }, RETRY_ASKED: retry }
        },
        failed: {
          description:
            "Too many attempts in a row failed: the next attempt is at the next trading session or with `tickd retry`.",
          entry: "reportFailed",
          on: { FRONT_DISCONNECTED: letGoSilently, PHASE_CHANGED: nextSession, RETRY_ASKED: retry }
        },
        draining: {
          description: "Closes the connection to the front before it stops.",
          entry: "closeFront",
          on: {
            FRONT_DISCONNECTED: { target: "stopped", actions: "noteDisconnected" },
            PHASE_CHANGED: { actions: "notePhase" },
            STOP_ASKED: "stopped"
          },
          after: { drainTimeout: "stopped" }
        },
        stopped: { description: "The session has ended.", type: "final" }
      }
    },
    loginGate: {
      description: "Keeps two logins a minimum time apart.",
      initial: "closed",
      states: {
        closed: {
          description: "The last login is too recent; the next one must wait.",
          always: { guard: "linkIsStopped", target: "removed" },
          after: { loginSpacing: "open" }
        },
        open: {
          description: "A login may be sent now.",
          always: { guard: "linkIsStopped", target: "removed" },
          on: { LOGIN_ORDERED: { target: "closed", actions: "noteLoginRequested" } }
        },
        removed: { description: "The session has ended and sends no more logins.", type: "final" }
      }
    },
    role: {
      description: "The part of this session among the feeds; the failover decides it.",
      initial: "active",
      states: {
        active: {
          description: "This feed is the active one.",
          always: { guard: "linkIsStopped", target: "released" },
          on: {
            MADE_STANDBY: { target: "standby", actions: "reportRole" },
            FENCED_OFF: { target: "fenced", actions: "reportRole" }
          }
        },
        standby: {
          description: "Another feed is the active one.",
          always: { guard: "linkIsStopped", target: "released" },
          on: {
            MADE_ACTIVE: { target: "active", actions: "reportRole" },
            FENCED_OFF: { target: "fenced", actions: "reportRole" }
          }
        },
        // Returns to standby first: a session that lost the lease must be readmitted before it can become active.
        fenced: {
          description: "Another daemon has taken the right to publish.",
          always: { guard: "linkIsStopped", target: "released" },
          on: { MADE_STANDBY: { target: "standby", actions: "reportRole" } }
        },
        released: { description: "The session has ended and has no role.", type: "final" }
      }
    }
  }
})

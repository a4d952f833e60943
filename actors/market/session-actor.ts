import { Clock, Effect } from "effect"
import {
  type SessionEvent,
  type SessionInput,
  sessionLink,
  sessionRole,
  sessionTroubles
} from "../../machines/market/session-events.ts"
import { sessionMachine } from "../../machines/market/session-machine.ts"
import type { RateWindow } from "../../src/kernel/limits/rate-window.ts"
import type { Subscriptions } from "../../src/market/application/subscriptions/subscriptions.ts"
import { MarketFront } from "../../src/market/ports/market-front.ts"
import { type Performers, runMachineActor } from "../runtime/machine-actor.ts"
import type { Registry } from "../runtime/registry.ts"
import type { DaemonStates } from "./daemon-states.ts"
import { LinkFolder } from "./link-folder.ts"
import type { PhaseBoard } from "./market-hours-actor.ts"
import { toSessionEvent } from "./session-facts.ts"
import { type SessionWatch, watchSession } from "./session-watch.ts"

/** Requests of an operator or the failover to a session. */
export type SessionRequest = Extract<
  SessionEvent,
  { readonly type: "RETRY_ASKED" | "RELOGIN_ASKED" | "STOP_ASKED" | "MADE_ACTIVE" | "MADE_STANDBY" | "FENCED_OFF" }
>

/** Login times, kept over crashes of the session: a front counts logins of any session. */
export interface LoginMemory {
  lastLoginMs: number
  /** Logins of the last minute, and their limit. Omit: only the minimum spacing applies. */
  readonly limit?: { readonly window: RateWindow; readonly most: number }
}

export interface SessionOptions {
  readonly input: Omit<SessionInput, "loginWaitMs">
  readonly registry: Registry
  readonly states: Pick<DaemonStates, "noteSession">
  readonly phases: PhaseBoard
  readonly watch: SessionWatch
  readonly logins: LoginMemory
  /** The wanted instruments; they outlive the session. */
  readonly subscriptions: Subscriptions
  readonly onState: (state: string, from: string, event: string, lastError: string | undefined) => void
  /** Called with the mailbox's entrance for operators once it exists. */
  readonly onMailbox: (ask: (request: SessionRequest) => void) => void
  readonly ready: Effect.Effect<void>
}

/** The vendor's code for too many requests a second. */
const tooManyASecond = -3

/**
 * Interprets the session machine over a `MarketFront` until the machine stops. Decides nothing: one performer for
 * each command. After a crash the session starts in the machine's initial state, and the front repeats its link
 * state.
 */
export const runSession = Effect.fnUntraced(function* (options: SessionOptions) {
  const front = yield* MarketFront
  const { feed } = options.input
  const { subscriptions, logins } = options
  const startedMs = yield* Clock.currentTimeMillis
  const quietSince = { atMs: startedMs }
  let asked = 0
  let folder: LinkFolder | undefined

  const report = (event: string, message: string) => Effect.logError(message).pipe(Effect.annotateLogs({ event, feed }))
  const login = (nowMs: number): Effect.Effect<void> => {
    const { limit } = logins
    if (limit !== undefined && !limit.window.admit(nowMs, 1, limit.most)) {
      subscriptions.hits.note("login_per_minute")
      // A login that our own limit holds back is like the front's flow control: a pause, not a failure.
      return Effect.sync(() => take({ type: "REQUEST_NOT_SENT", request: "login", code: tooManyASecond }))
    }
    logins.lastLoginMs = nowMs
    return front.requestLogin
  }
  const performers: Performers<typeof sessionMachine> = {
    requestLogin: () => Effect.flatMap(Clock.currentTimeMillis, login),
    subscribeWanted: ({ context }) =>
      Effect.sync(() => {
        asked++
        subscriptions.ask(context.silent ? "everything" : "missing")
      }),
    // A released API instance reports nothing any more.
    redialFront: () =>
      Effect.andThen(
        Effect.sync(() => subscriptions.end(true)),
        front.redial
      ),
    releaseFront: () =>
      Effect.andThen(
        Effect.sync(() => subscriptions.end(true)),
        front.release
      ),
    closeFront: () => front.close,
    reportRejected: ({ context }) =>
      report(
        "session_rejected",
        `login of ${feed} rejected for good (${context.lastError ?? "no answer"}): fix the credentials, then run \`tickd retry --feed ${feed}\``
      ),
    reportFailed: () =>
      report(
        "session_failed",
        `SESSION FAILED: ${options.input.maxRetries} attempts in a row failed (CTP_MAX_RETRIES); the next attempt is at the next trading session, or with \`tickd retry --feed ${feed}\``
      ),
    reportRole: () => Effect.logInfo("session role changed").pipe(Effect.annotateLogs({ event: "session_role", feed }))
  }

  const take = (event: SessionEvent) => folder?.take(event)
  const beside = Effect.scoped(
    Effect.gen(function* () {
      yield* Effect.acquireRelease(
        Effect.sync(() => [
          options.phases.listen((phase) => take({ type: "PHASE_CHANGED", phase })),
          front.listen((event) => {
            const message = toSessionEvent(event, subscriptions)
            if (message !== undefined) take(message)
          })
        ]),
        (stops) =>
          Effect.sync(() => {
            for (const stop of stops) stop()
            // The subscription events have no listener any more: the front's state of the instruments is unknown from
            // now on.
            subscriptions.end(false)
          })
      )
      options.onMailbox(take)
      yield* options.ready
      const watch = watchSession({
        watch: options.watch,
        subscriptions: () => subscriptions.totals(),
        quietSince,
        asked: () => asked,
        offer: take
      })
      return yield* Effect.raceFirst(watch, subscriptions.run(front))
    })
  )

  return yield* runMachineActor(sessionMachine, {
    actor: `session-${feed}`,
    input: {
      ...options.input,
      loginWaitMs: Math.max(0, options.logins.lastLoginMs + options.input.loginSpacingMs - startedMs)
    },
    registry: options.registry,
    performers,
    follow: (standing) => options.states.noteSession(feed, standing),
    nameOf: sessionLink,
    stoppedAs: "stopped",
    contextOf: ({ context, value }) => ({
      role: sessionRole(value),
      phase: context.phase,
      troubles: sessionTroubles(context),
      attempts: context.attempts,
      requestError: context.requestError,
      repairs: context.repairs,
      disconnects: context.disconnects,
      tradingDay: context.tradingDay,
      lastError: context.lastError,
      cause: context.cause
    }),
    onTransition: ({ atMs, event, from, to, snapshot }) => {
      folder?.stepped()
      if (to !== from || event.type === "PHASE_CHANGED") quietSince.atMs = atMs
      if (to !== from) options.onState(to, from, event.type, snapshot.context.lastError)
    },
    onMailbox: (offer, waiting) => {
      folder = new LinkFolder(offer, waiting)
    },
    beside
  })
})

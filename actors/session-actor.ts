import { Deferred, Effect, Queue } from "effect"
import {
  type SessionCommand,
  type SessionEvent,
  type SessionInput,
  sessionMachine
} from "../machines/session-machine.ts"
import { type FrontEvent, MarketFront } from "../src/ports/outbound/market-front.ts"
import { runMachine } from "./machine-actor.ts"
import type { Registry } from "./registry.ts"

/** Control events are coalesced before they come here: a full mailbox is a fault, and its overflow is counted. */
export const sessionMailboxCapacity = 256

/** What an operator may ask of a session. */
export type SessionRequest = Extract<SessionEvent, { readonly type: "RETRY_ASKED" | "STOP_ASKED" }>

const toSessionEvent = (event: FrontEvent): SessionEvent | undefined => {
  switch (event.type) {
    case "connected":
      return { type: "FRONT_CONNECTED" }
    case "disconnected":
      return { type: "FRONT_DISCONNECTED", reason: event.reason }
    case "loggedIn":
      return { type: "LOGGED_IN", tradingDay: event.tradingDay }
    case "loginRefused":
      return { type: "LOGIN_REFUSED", errorId: event.errorId, message: event.message }
    case "notSent":
      return { type: "REQUEST_NOT_SENT", request: event.request, code: event.code }
    case "allAcknowledged":
      return { type: "ALL_ACKNOWLEDGED" }
    case "ticksArrived":
      return { type: "TICKS_ARRIVED" }
    default:
      return undefined
  }
}

/**
 * Interprets the session machine over a `MarketFront` until the machine stops. It decides nothing: one performer for
 * each command. After a crash the session begins again from the machine's initial state; the front replays its link state.
 */
export const runSession = Effect.fnUntraced(function* (options: {
  readonly input: SessionInput
  readonly registry: Registry
  readonly onState: (state: string, from: string, event: string, lastError: string | undefined) => void
  /** Gives the operator's entrance to the mailbox once it exists. */
  readonly onMailbox: (ask: (request: SessionRequest) => void) => void
  readonly ready: Effect.Effect<void>
}) {
  const front = yield* MarketFront
  const mailbox = yield* Queue.bounded<SessionEvent>(sessionMailboxCapacity)
  const overflow = yield* Deferred.make<never>()
  const offer = (event: SessionEvent) => {
    if (!Queue.offerUnsafe(mailbox, event))
      Deferred.doneUnsafe(
        overflow,
        Effect.die(new Error(`mailbox of session ${options.input.feed} overflowed at ${event.type}`))
      )
  }
  const perform = (command: string): Effect.Effect<void> => {
    switch (command as SessionCommand) {
      case "requestLogin":
        return front.requestLogin
      case "subscribeWanted":
        return front.subscribeWanted
      case "redialFront":
        return front.redial
      case "closeFront":
        return front.close
      case "reportRejected":
        return Effect.logError("login rejected for good: mend the credentials, then ask for a retry").pipe(
          Effect.annotateLogs({ event: "session_rejected", feed: options.input.feed })
        )
      default:
        return Effect.die(new Error(`no performer for command ${command}`))
    }
  }
  yield* Effect.acquireRelease(
    Effect.sync(() =>
      front.listen((event) => {
        const message = toSessionEvent(event)
        if (message !== undefined) offer(message)
      })
    ),
    (stop) => Effect.sync(stop)
  )
  options.onMailbox(offer)
  yield* options.ready
  yield* Effect.raceFirst(
    runMachine(sessionMachine, {
      input: options.input,
      mailbox,
      perform,
      onTransition: ({ atMs, event, from, to, snapshot }) => {
        const { attempts, unanswered, tradingDay, lastError } = snapshot.context
        options.registry.noteTransition(`session-${options.input.feed}`, {
          state: to,
          event: event.type,
          atMs,
          context: { attempts, unanswered, tradingDay, lastError }
        })
        if (to !== from) options.onState(to, from, event.type, lastError)
      }
    }),
    Deferred.await(overflow)
  )
})

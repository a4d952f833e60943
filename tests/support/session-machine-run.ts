import { Clock, Effect, Queue } from "effect"
import { TestClock } from "effect/testing"
import { runMachine } from "../../actors/runtime/machine-actor.ts"
import {
  type SessionContext,
  type SessionEvent,
  type SessionInput,
  sessionLink
} from "../../machines/market/session-events.ts"
import { sessionMachine } from "../../machines/market/session-machine.ts"

export const sessionInput: SessionInput = {
  feed: "primary",
  connectTimeoutMs: 30_000,
  loginTimeoutMs: 10_000,
  subscribeTimeoutMs: 15_000,
  healthyAfterMs: 30_000,
  loginSpacingMs: 1000,
  loginWaitMs: 0,
  repairTimeoutMs: 10_000,
  drainTimeoutMs: 5000,
  maxRetries: 0,
  coverageMin: 1,
  backoff: { baseMs: 1250, capMs: 8000 },
  seed: 7
}

export const connected: SessionEvent = { type: "FRONT_CONNECTED" }
export const disconnected: SessionEvent = { type: "FRONT_DISCONNECTED", reason: 0x1001 }
export const loggedIn: SessionEvent = { type: "LOGGED_IN", tradingDay: "20261123" }
export const allAcknowledged: SessionEvent = { type: "ALL_ACKNOWLEDGED", acknowledged: 10, wanted: 10 }

/** The session machine in virtual time. Records all its commands with their times. */
export const startSession = Effect.fnUntraced(function* (input: Partial<SessionInput> = {}) {
  const commands: Array<string> = []
  const loginsAtMs: Array<number> = []
  const states: Array<string> = []
  let context: SessionContext | undefined
  const mailbox = yield* Queue.unbounded<SessionEvent>()
  const fiber = yield* runMachine(sessionMachine, {
    input: { ...sessionInput, ...input },
    mailbox,
    nameOf: sessionLink,
    perform: (command) =>
      Effect.map(Clock.currentTimeMillis, (nowMs) => {
        commands.push(command)
        if (command === "requestLogin") loginsAtMs.push(nowMs)
      }),
    onTransition: ({ from, to, snapshot }) => {
      context = snapshot.context
      if (from !== to) states.push(to)
    }
  }).pipe(Effect.delay(1), Effect.forkChild)
  yield* TestClock.adjust(2)
  const send = (...events: ReadonlyArray<SessionEvent>) =>
    Effect.forEach(events, (event) => Effect.andThen(Queue.offer(mailbox, event), TestClock.adjust(1)), {
      discard: true
    })
  return {
    fiber,
    commands,
    loginsAtMs,
    states,
    send,
    state: () => states.at(-1),
    context: () => context as SessionContext,
    count: (command: string) => commands.filter((name) => name === command).length
  }
})

/** A session that streams every wanted instrument. */
export const startStreaming = Effect.fnUntraced(function* (input: Partial<SessionInput> = {}) {
  const session = yield* startSession(input)
  yield* session.send(connected, loggedIn, allAcknowledged)
  return session
})

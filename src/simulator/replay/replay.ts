import { Effect, Exit, type Scope } from "effect"
import type { FrontError } from "../front/front-error.ts"
import type { FrontSession } from "../front/front-session.ts"
import type { FrontState } from "../front/front-state.ts"
import { nextTurn } from "../front/signal.ts"
import { nextBatch, openRecording } from "./recording-reader.ts"
import { ReplayCursor, type ReplaySpeed } from "./replay-cursor.ts"

/** Interval of the check whether a silence has ended: it ends by the clock, without an event. */
const silenceLookMs = 50

/**
 * Sends a recording, from its first row, to one session: the first one that is logged in and subscribed. When that
 * session dies, the replay continues with the next row on the next such session; rows that the dead session's socket
 * had not accepted are counted and not repeated.
 * A row of an instrument that is not subscribed is counted, not sent, once the session's last SUBSCRIBE is `settleMs`
 * old: clients send long lists in several requests.
 * Completes when every row is counted and the last one has been passed to the operating system.
 * Errors: the damage of the recording, after every row before it is sent.
 */
export const replay = Effect.fnUntraced(function* (
  front: FrontState,
  options: { readonly file: string; readonly speed: ReplaySpeed; readonly settleMs: number }
): Effect.fn.Return<void, FrontError, Scope.Scope> {
  const paced = options.speed === "max"
  const { batches, parser } = yield* openRecording(options.file)
  const cursor = new ReplayCursor(front, parser.symbols, options)
  front.lastTick = (instrumentId) => cursor.lastTick(instrumentId)
  let current: FrontSession | undefined

  /** The receiver, kept while it is open and logged in. The only place that waits for a session. */
  const receiver = Effect.gen(function* () {
    let waited = false
    while (true) {
      if (current === undefined || !current.alive || !current.loggedIn) {
        current = [...front.sessions].find((session) => session.streaming)
        waited = true
      }
      if (current?.streaming === true) {
        // The recorded time stops while there is no receiver.
        if (waited) cursor.resume(front.nowMs())
        if (!(paced && current.blocked)) return current
      }
      waited = true
      yield* current?.silent === true ? front.changed.waitAtMost(silenceLookMs) : front.changed.wait
    }
  })

  const sendBatch = Effect.gen(function* () {
    while (cursor.pending) {
      const session = yield* receiver
      const dueInMs = cursor.waitMs(front.nowMs())
      if (dueInMs > 0) {
        // A session that dies meanwhile is noticed when the row is due.
        yield* Effect.sleep(dueInMs)
        continue
      }
      const subscribingMs = cursor.take(session, front.nowMs())
      yield* subscribingMs > 0 ? front.changed.waitAtMost(subscribingMs) : nextTurn
    }
  })

  const rows = Effect.gen(function* () {
    while (true) {
      const batch = yield* nextBatch(batches)
      if (batch === undefined) return
      cursor.load(batch)
      yield* sendBatch
    }
  })

  // Also after damage: the rows before it must be sent before the error is reported.
  const exit = yield* Effect.exit(rows)
  while (front.tally.unflushed > 0) yield* front.changed.wait
  front.tally.finished = Exit.isSuccess(exit)
  return yield* exit
})

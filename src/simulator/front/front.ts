import { Cause, Clock, Deferred, Effect, Exit, type Scope } from "effect"
import { Market } from "../market/market.ts"
import { pumpMarket } from "../market/market-pump.ts"
import { pumpTimetable } from "../market/market-timetable.ts"
import { firstTradingDay } from "../replay/recording-reader.ts"
import { replay } from "../replay/replay.ts"
import type { FrontCounts } from "./front-counts.ts"
import { FrontError } from "./front-error.ts"
import type { FrontFault } from "./front-fault.ts"
import { applyFault } from "./front-faults.ts"
import { FrontListener } from "./front-listener.ts"
import { heartbeat } from "./front-message.ts"
import { checkOptions, type FrontOptions } from "./front-options.ts"
import { FrontSession, type SessionHandlers } from "./front-session.ts"
import { FrontState } from "./front-state.ts"
import { answer } from "./session-requests.ts"

/** Each side sends a heartbeat after this long without other frames. Source: docs/reference/front-protocol.md. */
const heartbeatMs = 15_000
const heartbeatLookMs = 1_000

/** A running front. */
export interface FrontHandle {
  readonly port: number
  /** The address for a library's `RegisterFront`: `tcp://127.0.0.1:PORT`. */
  readonly address: string
  readonly counts: () => FrontCounts
  /** Applies a fault to the front or its open sessions. Errors: `refuse off` when the port was taken meanwhile. */
  readonly command: (fault: FrontFault) => Effect.Effect<void, FrontError>
  /**
   * Completes when the whole recording has been sent to a subscribed session; a generated market never ends.
   * Errors: the damage of a recording, after the rows before it were sent. The front stays up in any case.
   */
  readonly done: Effect.Effect<void, FrontError>
}

/**
 * Starts a simulated exchange front. Server, connections, timers and files close with the scope.
 * Errors: FRONT_OPTION_INVALID, FRONT_PORT_IN_USE, FRONT_ADDRESS_UNUSABLE, and for a recording the faults at its
 * beginning (RECORDING_MISSING, _UNREADABLE, _EMPTY, _HEADER, damaged first rows).
 */
export const startFront = Effect.fnUntraced(function* (
  options: FrontOptions
): Effect.fn.Return<FrontHandle, FrontError, Scope.Scope> {
  yield* checkOptions(options)
  const { host = "127.0.0.1", source } = options
  const clock = yield* Clock.Clock
  const scope = yield* Effect.scope
  const done = yield* Deferred.make<void, FrontError>()
  const front = new FrontState({
    clock,
    sendingListSize: options.sendingListSize ?? 10_000,
    paced: source.type === "recording" && source.speed === "max",
    staleSnapshot: options.staleSnapshot ?? false,
    onEvent: options.onEvent ?? (() => undefined)
  })

  // Parallel work is scoped, and `done` reports its failure. Its interruption by the scope's end is not reported.
  const fork = <E extends FrontError>(effect: Effect.Effect<void, E, Scope.Scope>) =>
    Effect.scoped(effect).pipe(
      Effect.onExit((exit) =>
        Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause) ? Effect.void : Deferred.done(done, exit)
      ),
      Effect.forkIn(scope),
      Effect.asVoid
    )

  const start = yield* prepareSource(front, options)
  const handlers: SessionHandlers = {
    onFrame: (session, type, body) => answer(front, session, type, body),
    onShutdown: (session) => {
      front.sessions.delete(session)
      front.touch()
    }
  }
  const listener = new FrontListener({
    host,
    port: options.port ?? 0,
    onConnection: (socket) => front.sessions.add(new FrontSession(front, socket, handlers))
  })
  yield* Effect.acquireRelease(listener.open, () =>
    Effect.andThen(
      listener.close,
      Effect.sync(() => {
        for (const session of front.sessions) session.drop()
      })
    )
  )
  yield* fork(Effect.andThen(start, Deferred.succeed(done, undefined)))
  yield* fork(sendHeartbeats(front))

  return {
    port: listener.port,
    address: `tcp://${host}:${listener.port}`,
    counts: () => {
      const sessions = [...front.sessions]
      return front.tally.read(
        sessions.length,
        sessions.reduce((sum, session) => sum + session.subscribed.size, 0)
      )
    },
    command: (fault) => Effect.suspend(() => applyFault(front, listener, fork, fault)),
    done: Deferred.await(done)
  }
})

/** Opens the source, so that its faults are known before a client connects; returns its pump. */
const prepareSource = Effect.fnUntraced(function* (
  front: FrontState,
  options: FrontOptions
): Effect.fn.Return<Effect.Effect<void, FrontError, Scope.Scope>, FrontError> {
  const { source } = options
  if (source.type === "recording") {
    const tradingDay = options.tradingDay ?? (yield* firstTradingDay(source.file))
    front.tradingDay = () => tradingDay
    return replay(front, { file: source.file, speed: source.speed, settleMs: source.settleMs ?? 1_500 })
  }
  const market = new Market({
    contracts: source.contracts,
    seed: source.seed ?? 1,
    nowMs: source.sinceMs ?? front.nowMs(),
    tradingDay: options.tradingDay
  })
  front.tradingDay = () => market.tradingDay(front.nowMs())
  front.lastTick = (instrumentId) => {
    const index = market.indexOf.get(instrumentId)
    return index === undefined ? undefined : market.snapshot(index)
  }
  const pace = { ratePerSecond: source.ratePerSecond, bursts: source.bursts ?? true }
  return source.sinceMs === undefined
    ? pumpMarket(front, market, pace)
    : pumpTimetable(front, market, { ...pace, sinceMs: source.sinceMs })
})

const sendHeartbeats = Effect.fnUntraced(function* (front: FrontState): Effect.fn.Return<never> {
  while (true) {
    yield* Effect.sleep(heartbeatLookMs)
    const nowMs = front.nowMs()
    for (const session of front.sessions) if (nowMs - session.lastSentMs >= heartbeatMs) session.send(heartbeat)
  }
})

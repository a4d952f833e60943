import { Clock, Effect } from "effect"
import { type MarketHoursEvent, marketHoursMachine } from "../../machines/market/market-hours-machine.ts"
import type { MarketPhase } from "../../src/kernel/calendar/market-phase.ts"
import type { MarketHours } from "../../src/market/ports/market-hours.ts"
import { runMachineActor } from "../runtime/machine-actor.ts"
import type { Registry } from "../runtime/registry.ts"

/** The current phase of the market for all listeners. A new listener is called at once. */
export class PhaseBoard {
  private current: MarketPhase | undefined
  private readonly listeners = new Set<(phase: MarketPhase) => void>()

  phase(): MarketPhase | undefined {
    return this.current
  }

  announce(phase: MarketPhase): void {
    if (phase === this.current) return
    this.current = phase
    for (const listener of this.listeners) listener(phase)
  }

  /** Returns a function that stops it. */
  listen(listener: (phase: MarketPhase) => void): () => void {
    this.listeners.add(listener)
    if (this.current !== undefined) listener(this.current)
    return () => void this.listeners.delete(listener)
  }
}

/** Maximum interval of calendar reads: clocks are set, machines are suspended, and the wanted instruments change. */
const lookAgainMs = 60_000

/** Interprets the market-hours machine over a calendar and publishes each phase on the board. */
export const runMarketHours = Effect.fnUntraced(function* (options: {
  readonly hours: MarketHours
  readonly board: PhaseBoard
  readonly registry: Registry
}) {
  const { hours, board } = options
  let tell: (event: MarketHoursEvent) => void = () => undefined
  const readCalendar = Effect.map(Clock.currentTimeMillis, (nowMs) =>
    tell({
      type: "PHASE_CHANGED",
      phase: hours.phaseAt(nowMs),
      leftMs: hours.nextChangeMs(nowMs) - nowMs,
      certain: hours.certainAt(nowMs)
    })
  )
  yield* runMachineActor(marketHoursMachine, {
    actor: "market-hours",
    input: { lookAgainMs },
    registry: options.registry,
    stoppedAs: "stopped",
    contextOf: ({ context }) => ({
      leftMs: Number.isFinite(context.leftMs) ? context.leftMs : undefined,
      certain: context.certain
    }),
    performers: {
      readCalendar: () => readCalendar,
      announcePhase: (snapshot) => Effect.sync(() => board.announce(snapshot.value as MarketPhase)),
      warnUncertain: () =>
        Effect.logWarning(
          "the trading calendar does not cover today: every weekday counts as a trading day, also a holiday"
        ).pipe(Effect.annotateLogs({ event: "calendar_uncertain" }))
    },
    onMailbox: (offer) => {
      tell = offer
    }
  })
})

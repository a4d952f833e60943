import { assign, setup } from "xstate"
import type { MarketPhase } from "../../src/kernel/calendar/market-phase.ts"
import { command } from "../command.ts"

export interface MarketHoursInput {
  /**
   * Longest time between two reads of the calendar, milliseconds: a clock that was set must not leave a wrong phase.
   */
  readonly lookAgainMs: number
}

export type MarketHoursEvent =
  /** `leftMs`: until the next change, `Infinity` when none is known. `certain`: the calendar covers this day. */
  { readonly type: "PHASE_CHANGED"; readonly phase: MarketPhase; readonly leftMs: number; readonly certain: boolean }

export interface MarketHoursContext extends MarketHoursInput {
  readonly leftMs: number
  readonly certain: boolean
}

const is =
  (phase: MarketPhase) =>
  ({ event }: { event: MarketHoursEvent }) =>
    event.phase === phase

/** Waits for the end of a phase; then the calendar is read again. */
const phase = { entry: "announcePhase", after: { phaseOver: { actions: "readCalendar" } } } as const

/**
 * The phase of the market, from the calendar. The actor reads it on command and answers with the phase and its
 * remaining time. An unchanged phase is answered too, because each answer schedules the next read.
 */
export const marketHoursMachine = setup({
  types: {
    context: {} as MarketHoursContext,
    events: {} as MarketHoursEvent,
    input: {} as MarketHoursInput
  },
  actions: {
    readCalendar: command,
    announcePhase: command,
    warnUncertain: command,
    notePhase: assign(({ event }) => ({ leftMs: event.leftMs, certain: event.certain }))
  },
  guards: {
    isPreOpen: is("preOpen"),
    isAuction: is("auction"),
    isTrading: is("trading"),
    isBreak: is("break"),
    isClosed: is("closed"),
    turnsUncertain: ({ event, context }) => context.certain && !event.certain
  },
  delays: {
    calendarTimeout: ({ context }) => context.lookAgainMs,
    // One millisecond late, not early: the new phase begins at the boundary itself.
    phaseOver: ({ context }) => Math.min(context.lookAgainMs, Math.max(1, context.leftMs))
  }
}).createMachine({
  id: "marketHours",
  description: "The phase of the market by the trading calendar.",
  context: ({ input }) => ({ ...(input as MarketHoursInput), leftMs: Number.POSITIVE_INFINITY, certain: true }),
  initial: "unknown",
  states: {
    unknown: {
      description: "The phase is not known yet; the calendar is being read.",
      entry: "readCalendar",
      after: { calendarTimeout: { target: "unknown", reenter: true } }
    },
    preOpen: { description: "The market opens soon.", ...phase },
    auction: { description: "The call auction takes place.", ...phase },
    trading: { description: "Continuous trading.", ...phase },
    break: { description: "A break between two stretches of trading.", ...phase },
    closed: { description: "The market is closed.", ...phase }
  },
  on: {
    // Entered again each time, which schedules the next read.
    PHASE_CHANGED: [
      { guard: "turnsUncertain", target: ".unknown", actions: ["notePhase", "warnUncertain"] },
      { guard: "isPreOpen", target: ".preOpen", reenter: true, actions: "notePhase" },
      { guard: "isAuction", target: ".auction", reenter: true, actions: "notePhase" },
      { guard: "isTrading", target: ".trading", reenter: true, actions: "notePhase" },
      { guard: "isBreak", target: ".break", reenter: true, actions: "notePhase" },
      { guard: "isClosed", target: ".closed", reenter: true, actions: "notePhase" }
    ]
  }
})

import { assign, setup } from "xstate"
import { command } from "../command.ts"

/** Times in milliseconds. */
export interface PublisherInput {
  /** Interval of reports about an outage or a blocked stream. */
  readonly alarmAfterMs: number
  readonly drainTimeoutMs: number
}

export type PublisherMachineEvent =
  | { readonly type: "LINK_UP" }
  | { readonly type: "LINK_DOWN"; readonly code: string; readonly message: string }
  | { readonly type: "PUBLISH_REFUSED"; readonly code: string; readonly description: string }
  /** The oldest unconfirmed tick is `oldestMs` old: the broker accepts ticks and confirms none. */
  | { readonly type: "ACKS_OVERDUE"; readonly oldestMs: number }
  | { readonly type: "ACKS_CAUGHT_UP" }
  | { readonly type: "STORE_LOST"; readonly gone: number }
  /** Another writer has the stream. Nothing is published until that writer leaves. */
  | { readonly type: "FENCED"; readonly message: string }
  /** The other writer is gone, and this daemon writes the stream again. */
  | { readonly type: "TAKEN_BACK" }
  /** Ticks are written to disk first, until `SPOOL_EMPTIED`: all of them are stored. */
  | { readonly type: "SPOOL_ENGAGED" }
  | { readonly type: "SPOOL_EMPTIED" }
  | { readonly type: "DRAIN_ASKED" }
  /** No more ticks are accepted; `left` ticks are not confirmed. */
  | { readonly type: "DRAIN_ENDED"; readonly left: number }

export interface PublisherContext extends PublisherInput {
  readonly outages: number
  /** Ticks that the broker had confirmed and then lost. */
  readonly storeLost: number
  readonly left: number
  /** The spool on disk holds ticks. */
  readonly spooled: boolean
  readonly lastProblem: string | undefined
}

/**
 * State of publishing. `spooling`: the broker is away, and ticks are held in memory and then on disk. `replaying`: it
 * is connected and gets the ticks on disk, new ticks behind them. `blocked`: it is connected and refuses ticks or
 * does not confirm them. `fenced`: another writer has the stream, until that one leaves. The publisher itself ends
 * each state; the machine shows which it is, its duration, and its end.
 */
export const publisherMachine = setup({
  types: {
    context: {} as PublisherContext,
    events: {} as PublisherMachineEvent,
    input: {} as PublisherInput
  },
  actions: {
    reportOutage: command,
    reportBlocked: command,
    reportStoreLost: command,
    reportUnfinished: command,
    reportFenced: command,
    noteFenced: assign(({ event }) => (event.type === "FENCED" ? { lastProblem: event.message } : {})),
    noteDown: assign(({ event, context }) =>
      event.type === "LINK_DOWN" ? { outages: context.outages + 1, lastProblem: `${event.code}: ${event.message}` } : {}
    ),
    noteRefused: assign(({ event }) =>
      event.type === "PUBLISH_REFUSED" ? { lastProblem: `the stream refuses ticks: ${event.description}` } : {}
    ),
    noteOverdue: assign(({ event }) =>
      event.type === "ACKS_OVERDUE" ? { lastProblem: `a tick is unconfirmed for ${event.oldestMs} ms` } : {}
    ),
    noteStoreLost: assign(({ event, context }) =>
      event.type === "STORE_LOST" ? { storeLost: context.storeLost + event.gone } : {}
    ),
    noteSpooled: assign({ spooled: true }),
    noteEmptied: assign({ spooled: false }),
    noteLeft: assign(({ event }) => (event.type === "DRAIN_ENDED" ? { left: event.left } : {})),
    clearProblem: assign({ lastProblem: undefined })
  },
  guards: {
    spoolHolds: ({ context }) => context.spooled,
    somethingLeft: ({ event }) => event.type === "DRAIN_ENDED" && event.left > 0
  },
  delays: {
    outageAlarm: ({ context }) => context.alarmAfterMs,
    blockedAlarm: ({ context }) => context.alarmAfterMs,
    drainTimeout: ({ context }) => context.drainTimeoutMs
  }
}).createMachine({
  id: "publisher",
  description: "How ticks get from the daemon into the stream.",
  context: ({ input }) => ({
    ...(input as PublisherInput),
    outages: 0,
    storeLost: 0,
    left: 0,
    spooled: false,
    lastProblem: undefined
  }),
  initial: "spooling",
  on: {
    STORE_LOST: { actions: ["noteStoreLost", "reportStoreLost"] },
    SPOOL_ENGAGED: { actions: "noteSpooled" },
    SPOOL_EMPTIED: { actions: "noteEmptied" }
  },
  states: {
    spooling: {
      description: "The broker is away; ticks are kept in memory and then on disk.",
      on: {
        LINK_UP: [
          { guard: "spoolHolds", target: "replaying", actions: "clearProblem" },
          { target: "connected", actions: "clearProblem" }
        ],
        LINK_DOWN: { actions: "noteDown" },
        FENCED: { target: "fenced", actions: ["noteFenced", "reportFenced"] },
        DRAIN_ASKED: "draining"
      },
      after: { outageAlarm: { target: "spooling", reenter: true, actions: "reportOutage" } }
    },
    connected: {
      description: "The broker stores ticks as they come.",
      on: {
        SPOOL_ENGAGED: { target: "replaying", actions: "noteSpooled" },
        LINK_DOWN: { target: "spooling", actions: "noteDown" },
        PUBLISH_REFUSED: { target: "blocked", actions: "noteRefused" },
        ACKS_OVERDUE: { target: "blocked", actions: "noteOverdue" },
        FENCED: { target: "fenced", actions: ["noteFenced", "reportFenced"] },
        DRAIN_ASKED: "draining"
      }
    },
    replaying: {
      description: "The broker is back and gets the ticks from the disk; new ticks wait behind them.",
      on: {
        SPOOL_EMPTIED: { target: "connected", actions: "noteEmptied" },
        LINK_DOWN: { target: "spooling", actions: "noteDown" },
        PUBLISH_REFUSED: { target: "blocked", actions: "noteRefused" },
        ACKS_OVERDUE: { target: "blocked", actions: "noteOverdue" },
        FENCED: { target: "fenced", actions: ["noteFenced", "reportFenced"] },
        DRAIN_ASKED: "draining"
      }
    },
    blocked: {
      description: "The broker is connected, but refuses ticks or does not confirm them.",
      on: {
        ACKS_CAUGHT_UP: [
          { guard: "spoolHolds", target: "replaying", actions: "clearProblem" },
          { target: "connected", actions: "clearProblem" }
        ],
        LINK_UP: [
          { guard: "spoolHolds", target: "replaying", actions: "clearProblem" },
          { target: "connected", actions: "clearProblem" }
        ],
        FENCED: { target: "fenced", actions: ["noteFenced", "reportFenced"] },
        LINK_DOWN: { target: "spooling", actions: "noteDown" },
        DRAIN_ASKED: "draining"
      },
      after: { blockedAlarm: { target: "blocked", reenter: true, actions: "reportBlocked" } }
    },
    fenced: {
      description: "Another daemon writes the stream; this one publishes nothing until that one leaves.",
      on: { TAKEN_BACK: { target: "spooling", actions: "clearProblem" }, DRAIN_ASKED: "draining" },
      after: { outageAlarm: { target: "fenced", reenter: true, actions: "reportFenced" } }
    },
    draining: {
      description: "Stops; waits until the last ticks are confirmed.",
      on: {
        DRAIN_ENDED: [
          { guard: "somethingLeft", target: "closed", actions: ["noteLeft", "reportUnfinished"] },
          { target: "closed", actions: "noteLeft" }
        ]
      },
      after: { drainTimeout: { target: "closed", actions: "reportUnfinished" } }
    },
    closed: { description: "Publishing has ended.", type: "final" }
  }
})

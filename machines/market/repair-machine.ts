import { assign, setup } from "xstate"
import { command } from "../command.ts"

/** Time of each rung before the next one, milliseconds. */
export interface RepairInput {
  readonly feed: string
  readonly instrumentMs: number
  readonly batchMs: number
  readonly loginMs: number
  /** Time for the session's own repairs of a silent feed: a new request, a new login, a new API instance. */
  readonly sessionMs: number
  readonly workerMs: number
  readonly switchMs: number
  /** Time after an escalation before the ladder is climbed again. */
  readonly againMs: number
}

export type RepairEvent =
  /**
   * `stalled` instruments should tick and do not. `severe`: the fault justifies a new login, which interrupts all
   * others.
   */
  | { readonly type: "INSTRUMENTS_STALLED"; readonly stalled: number; readonly severe: boolean }
  | { readonly type: "FEED_SILENT"; readonly silentMs: number }
  | { readonly type: "TICKS_BACK" }
  /**
   * Nothing to repair any more: trading ended, the instruments are not wanted, or their ticks are late, not missing.
   */
  | { readonly type: "TRADING_ENDED" }
  | { readonly type: "SESSION_LOST" }
  /** A rung was not possible: no budget left, no other feed. */
  | { readonly type: "RUNG_REFUSED"; readonly why: string }

export interface RepairContext extends RepairInput {
  readonly stalled: number
  readonly severe: boolean
  readonly wholeFeed: boolean
  readonly escalations: number
  readonly lastRefusal: string | undefined
}

const aside = { target: "idle", actions: "forget" } as const
const afterBatch = [{ guard: "isSevere", target: "askingLogin" }, { target: "escalated" }] as const

/**
 * The repair ladder of one feed. One climb at a time, for any number of instruments: those that stall later join it.
 * The session repairs a silent feed first, and its rungs are not repeated. It ends as soon as ticks arrive.
 */
export const repairMachine = setup({
  types: { context: {} as RepairContext, events: {} as RepairEvent, input: {} as RepairInput },
  actions: {
    resubscribeInstruments: command,
    resubscribeBatches: command,
    askLogin: command,
    restartWorker: command,
    switchFeed: command,
    escalate: command,
    noteStalled: assign(({ event }) =>
      event.type === "INSTRUMENTS_STALLED" ? { stalled: event.stalled, severe: event.severe } : {}
    ),
    noteSilent: assign({ wholeFeed: true, severe: true }),
    noteRefused: assign(({ event }) => (event.type === "RUNG_REFUSED" ? { lastRefusal: event.why } : {})),
    countEscalation: assign({ escalations: ({ context }) => context.escalations + 1 }),
    forget: assign({ stalled: 0, severe: false, wholeFeed: false, lastRefusal: undefined })
  },
  guards: {
    isSevere: ({ context }) => context.severe,
    isWholeFeed: ({ context }) => context.wholeFeed
  },
  delays: {
    instrument: ({ context }) => context.instrumentMs,
    batch: ({ context }) => context.batchMs,
    login: ({ context }) => context.loginMs,
    session: ({ context }) => context.sessionMs,
    worker: ({ context }) => context.workerMs,
    switching: ({ context }) => context.switchMs,
    again: ({ context }) => context.againMs
  }
}).createMachine({
  id: "repair",
  description: "The repair ladder of one feed: what is done, step by step, when ticks stop.",
  context: ({ input }) => ({
    ...(input as RepairInput),
    stalled: 0,
    severe: false,
    wholeFeed: false,
    escalations: 0,
    lastRefusal: undefined
  }),
  initial: "idle",
  states: {
    idle: {
      description: "Nothing is to be repaired.",
      on: {
        INSTRUMENTS_STALLED: { target: "resubscribing", actions: "noteStalled" },
        FEED_SILENT: { target: "sessionRepairs", actions: "noteSilent" }
      }
    },
    resubscribing: {
      description: "Subscribes to the silent instruments again.",
      entry: "resubscribeInstruments",
      on: {
        INSTRUMENTS_STALLED: { actions: "noteStalled" },
        FEED_SILENT: { target: "sessionRepairs", actions: "noteSilent" },
        RUNG_REFUSED: { target: "resubscribingBatch", actions: "noteRefused" },
        TICKS_BACK: aside,
        TRADING_ENDED: aside,
        SESSION_LOST: aside
      },
      after: { instrument: "resubscribingBatch" }
    },
    resubscribingBatch: {
      description: "Subscribes to the batches of the silent instruments again.",
      entry: "resubscribeBatches",
      on: {
        INSTRUMENTS_STALLED: { actions: "noteStalled" },
        FEED_SILENT: { target: "sessionRepairs", actions: "noteSilent" },
        RUNG_REFUSED: [
          { guard: "isSevere", target: "askingLogin", actions: "noteRefused" },
          { target: "escalated", actions: "noteRefused" }
        ],
        TICKS_BACK: aside,
        TRADING_ENDED: aside,
        SESSION_LOST: aside
      },
      after: { batch: afterBatch }
    },
    askingLogin: {
      description: "Asks the session for a new login.",
      entry: "askLogin",
      on: {
        INSTRUMENTS_STALLED: { actions: "noteStalled" },
        FEED_SILENT: { target: "sessionRepairs", actions: "noteSilent" },
        RUNG_REFUSED: { target: "restartingWorker", actions: "noteRefused" },
        TICKS_BACK: aside,
        TRADING_ENDED: aside
      },
      after: { login: "restartingWorker" }
    },
    sessionRepairs: {
      description: "The whole feed is silent; the session repairs it first.",
      on: { TICKS_BACK: aside, TRADING_ENDED: aside },
      after: { session: "restartingWorker" }
    },
    restartingWorker: {
      description: "Restarts the feed worker.",
      entry: "restartWorker",
      on: {
        INSTRUMENTS_STALLED: { actions: "noteStalled" },
        RUNG_REFUSED: { target: "switchingFeed", actions: "noteRefused" },
        TICKS_BACK: aside,
        TRADING_ENDED: aside
      },
      after: { worker: "switchingFeed" }
    },
    switchingFeed: {
      description: "Requests a switch to the other feed.",
      entry: "switchFeed",
      on: {
        INSTRUMENTS_STALLED: { actions: "noteStalled" },
        RUNG_REFUSED: { target: "escalated", actions: "noteRefused" },
        TICKS_BACK: aside,
        TRADING_ENDED: aside
      },
      after: { switching: "escalated" }
    },
    escalated: {
      description: "No repair helped: check the front and the line to the broker.",
      entry: ["countEscalation", "escalate"],
      on: {
        INSTRUMENTS_STALLED: { target: "resubscribing", actions: "noteStalled" },
        FEED_SILENT: { target: "sessionRepairs", actions: "noteSilent" },
        TICKS_BACK: aside,
        TRADING_ENDED: aside
      },
      after: { again: [{ guard: "isWholeFeed", target: "restartingWorker" }, { target: "resubscribing" }] }
    }
  }
})

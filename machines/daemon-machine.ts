import { assign, setup } from "xstate"
import { command } from "./command.ts"

/** Times in milliseconds. */
export interface DaemonInput {
  /** A daemon that is not ready this long after its start is degraded, not booting. */
  readonly bootTimeoutMs: number
  /** Interval of reports about a degraded daemon. */
  readonly alarmAfterMs: number
  readonly drainTimeoutMs: number
}

export type DaemonEvent =
  /** Reasons why the daemon is not ready, as sentences; none: it streams and publishes. */
  | { readonly type: "REASONS_CHANGED"; readonly reasons: ReadonlyArray<string> }
  | { readonly type: "STOP_ASKED" }
  | { readonly type: "TREE_STOPPED" }

export interface DaemonContext extends DaemonInput {
  readonly reasons: ReadonlyArray<string>
}

const stop = { target: "draining", actions: "noteStopping" } as const

/** The daemon as `/readyz` reports it: 200 in `ready`, 503 with the reasons in any other state. */
export const daemonMachine = setup({
  types: {
    context: {} as DaemonContext,
    events: {} as DaemonEvent,
    input: {} as DaemonInput
  },
  actions: {
    reportReady: command,
    reportDegraded: command,
    noteReasons: assign(({ event }) => (event.type === "REASONS_CHANGED" ? { reasons: event.reasons } : {})),
    noteStopping: assign({ reasons: ["daemon draining"] }),
    noteStopped: assign({ reasons: ["daemon stopped"] })
  },
  guards: {
    nothingMissing: ({ event }) => event.type === "REASONS_CHANGED" && event.reasons.length === 0
  },
  delays: {
    bootTimeout: ({ context }) => context.bootTimeoutMs,
    degradedAlarm: ({ context }) => context.alarmAfterMs,
    drainTimeout: ({ context }) => context.drainTimeoutMs
  }
}).createMachine({
  id: "daemon",
  description: "The daemon as `/readyz` reports it.",
  context: ({ input }) => ({ ...(input as DaemonInput), reasons: ["daemon booting"] }),
  initial: "booting",
  states: {
    booting: {
      description: "Starts; some parts are not ready yet.",
      on: {
        REASONS_CHANGED: [
          { guard: "nothingMissing", target: "ready", actions: "noteReasons" },
          { actions: "noteReasons" }
        ],
        STOP_ASKED: stop
      },
      after: { bootTimeout: "degraded" }
    },
    ready: {
      description: "All parts work.",
      entry: "reportReady",
      on: {
        REASONS_CHANGED: [
          { guard: "nothingMissing", actions: "noteReasons" },
          { target: "degraded", actions: "noteReasons" }
        ],
        STOP_ASKED: stop
      }
    },
    degraded: {
      description: "A part is missing; `/readyz` gives the reasons.",
      entry: "reportDegraded",
      on: {
        REASONS_CHANGED: [
          { guard: "nothingMissing", target: "ready", actions: "noteReasons" },
          { actions: "noteReasons" }
        ],
        STOP_ASKED: stop
      },
      after: { degradedAlarm: { target: "degraded", reenter: true } }
    },
    draining: {
      description: "Stops; the last ticks are being stored.",
      on: { TREE_STOPPED: "stopped" },
      after: { drainTimeout: "stopped" }
    },
    stopped: { description: "The daemon has ended.", type: "final", entry: "noteStopped" }
  }
})

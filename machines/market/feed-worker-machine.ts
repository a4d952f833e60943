import { assign, setup } from "xstate"
import { command } from "../command.ts"

/** Times in milliseconds. */
export interface FeedWorkerInput {
  readonly feed: string
  readonly startTimeoutMs: number
  /** Delay of a restart after which it is reported. */
  readonly restartGraceMs: number
  readonly stopTimeoutMs: number
}

export type FeedWorkerEvent =
  | { readonly type: "WORKER_STARTED" }
  | { readonly type: "WORKER_READY"; readonly pid: number }
  | { readonly type: "WORKER_HUNG"; readonly message: string }
  | { readonly type: "WORKER_DIED"; readonly code: string; readonly message: string }
  | { readonly type: "RESTART_SCHEDULED"; readonly inMs: number }
  | { readonly type: "STOP_ASKED" }
  | { readonly type: "WORKER_ENDED" }
  | { readonly type: "GIVEN_UP" }

export interface FeedWorkerContext extends FeedWorkerInput {
  readonly pid: number
  readonly starts: number
  readonly crashes: number
  readonly restartInMs: number
  readonly lastError: string | undefined
}

const ends = {
  WORKER_HUNG: { target: "hung", actions: "noteEnd" },
  WORKER_DIED: { target: "crashed", actions: "noteEnd" },
  WORKER_ENDED: "stopped",
  STOP_ASKED: "stopping"
} as const
const restarts = {
  RESTART_SCHEDULED: { target: "backingOff", actions: "noteRestart" },
  WORKER_STARTED: { target: "starting", actions: "noteStart" },
  GIVEN_UP: { target: "givenUp", actions: "reportGivenUp" },
  STOP_ASKED: "stopped"
} as const

/**
 * The process that hosts the vendor's library, as reported by the supervisor and the process itself. It restarts
 * nothing; the supervisor does. `hung`: a method of the library did not return in time, and the worker ended itself.
 */
export const feedWorkerMachine = setup({
  types: {
    context: {} as FeedWorkerContext,
    events: {} as FeedWorkerEvent,
    input: {} as FeedWorkerInput
  },
  actions: {
    reportLateStart: command,
    reportLateRestart: command,
    reportGivenUp: command,
    noteStart: assign({ starts: ({ context }) => context.starts + 1 }),
    noteReady: assign(({ event }) => (event.type === "WORKER_READY" ? { pid: event.pid } : {})),
    noteEnd: assign(({ event, context }) =>
      event.type === "WORKER_HUNG"
        ? { pid: 0, crashes: context.crashes + 1, lastError: event.message }
        : event.type === "WORKER_DIED"
          ? { pid: 0, crashes: context.crashes + 1, lastError: `${event.code}: ${event.message}` }
          : {}
    ),
    noteRestart: assign(({ event }) => (event.type === "RESTART_SCHEDULED" ? { restartInMs: event.inMs } : {})),
    noteStopped: assign({ pid: 0 })
  },
  delays: {
    startTimeout: ({ context }) => context.startTimeoutMs,
    restartOverdue: ({ context }) => context.restartInMs + context.restartGraceMs,
    verdictOverdue: ({ context }) => context.restartGraceMs,
    hangOverdue: ({ context }) => context.restartGraceMs,
    stopTimeout: ({ context }) => context.stopTimeoutMs
  }
}).createMachine({
  id: "feedWorker",
  description: "The process that hosts the vendor library of one feed.",
  context: ({ input }) => ({
    ...(input as FeedWorkerInput),
    pid: 0,
    starts: 0,
    crashes: 0,
    restartInMs: 0,
    lastError: undefined
  }),
  initial: "stopped",
  states: {
    starting: {
      description: "The process has been started and is not ready yet.",
      on: { ...ends, WORKER_READY: { target: "running", actions: "noteReady" } },
      after: { startTimeout: { target: "starting", reenter: true, actions: "reportLateStart" } }
    },
    running: { description: "The process is ready.", on: ends },
    hung: {
      description: "A call into the vendor library did not return, and the process ended itself.",
      on: restarts,
      after: { hangOverdue: { target: "hung", reenter: true, actions: "reportLateRestart" } }
    },
    crashed: {
      description: "The process ended unexpectedly.",
      on: restarts,
      after: { verdictOverdue: { target: "crashed", reenter: true, actions: "reportLateRestart" } }
    },
    backingOff: {
      description: "Waits for the restart that the supervisor has scheduled.",
      on: restarts,
      after: { restartOverdue: { target: "backingOff", reenter: true, actions: "reportLateRestart" } }
    },
    stopping: {
      description: "The process has been asked to stop.",
      on: { WORKER_ENDED: "stopped", WORKER_DIED: "stopped", WORKER_HUNG: "stopped" },
      after: { stopTimeout: "stopped" }
    },
    // Not final: an operator or the supervisor may start the worker again.
    stopped: {
      description: "No process runs.",
      entry: "noteStopped",
      on: { WORKER_STARTED: { target: "starting", actions: "noteStart" } }
    },
    givenUp: {
      description: "The supervisor gave up after too many restarts.",
      on: { WORKER_STARTED: { target: "starting", actions: "noteStart" }, STOP_ASKED: "stopped" }
    }
  }
})

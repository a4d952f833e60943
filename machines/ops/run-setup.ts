import { assign, setup } from "xstate"
import type { RunbookExitName } from "../../src/ops/domain/exit-codes.ts"
import type { Stage, StageName } from "../../src/ops/domain/plan.ts"
import type { RunFacts } from "../../src/ops/domain/run-facts.ts"
import type { RunbookCommand } from "../../src/ops/domain/runbook-words.ts"
import { command } from "../command.ts"

/** A plan and the deadlines around its stages, milliseconds. `stages` is not empty. */
export interface RunInput {
  readonly command: RunbookCommand
  readonly stages: ReadonlyArray<Stage>
  readonly lockMs: number
  /** For what a run that was killed has left. It may start or stop every program. */
  readonly recoverMs: number
  readonly observeMs: number
  /** Pause between two attempts of a stage. */
  readonly pauseMs: number
  readonly restoreMs: number
  readonly recordMs: number
}

/** An attempt of a stage is named by its stage and number, so that an attempt that was given up is not taken for it. */
interface OfAttempt {
  readonly stage: StageName
  readonly attempt: number
}

export type RunEvent =
  | { readonly type: "LOCK_TAKEN" }
  /** `held`: another run has it, and `why` names who. Otherwise this machine cannot give it. */
  | { readonly type: "LOCK_REFUSED"; readonly why: string; readonly held: boolean }
  /** Nothing is left of a run that was killed: there was none, or it is complete or undone, and is in the audit. */
  | { readonly type: "RECOVERED" }
  | { readonly type: "RECOVERY_FAILED"; readonly why: string }
  /** What runs before the first stage is known, so that it can be restored. */
  | { readonly type: "STATE_OBSERVED" }
  | { readonly type: "OBSERVATION_FAILED"; readonly why: string }
  /** The proof of the stage holds. `changed` false: it held before anything was done. */
  | ({ readonly type: "STAGE_PROVED"; readonly changed: boolean; readonly facts: RunFacts } & OfAttempt)
  /** `exit`: one of the stage's exits. `isFinal`: another attempt would find the same. */
  | ({
      readonly type: "STAGE_FAILED"
      readonly why: string
      readonly exit: RunbookExitName
      readonly isFinal?: boolean
    } & OfAttempt)
  /** The calendar has no trading session for this window today. */
  | ({ readonly type: "SESSION_MISSED"; readonly why: string } & OfAttempt)
  | { readonly type: "STATE_RESTORED" }
  | { readonly type: "RESTORE_FAILED"; readonly why: string }
  | { readonly type: "RUN_RECORDED" }
  | { readonly type: "RECORD_FAILED"; readonly why: string }
  /** A signal arrived: SIGINT or SIGTERM. */
  | { readonly type: "INTERRUPTED"; readonly exit: "interrupted" | "terminated" }

export interface RunContext extends RunInput {
  /** Index of the current stage. */
  readonly index: number
  /** 1 for the first attempt of the current stage. */
  readonly attempt: number
  /** A stage that may change something has begun: only a rollback leads back. */
  readonly touched: boolean
  /** Something was started, stopped or switched. */
  readonly changed: boolean
  readonly facts: RunFacts
  readonly outcome: "succeeded" | "noSession" | "refused" | "failed" | "interrupted"
  readonly exit: RunbookExitName
  readonly why: string
  /** Why the last attempt failed: of a stage that is tried again, or of the rollback. */
  readonly lastFault: string
  readonly rollback: "none" | "succeeded" | "failed"
  /** Why the audit line is missing. */
  readonly recordFault: string | undefined
}

export const runContext = (input: RunInput): RunContext => ({
  ...input,
  index: 0,
  attempt: 1,
  touched: false,
  changed: false,
  facts: {},
  outcome: "succeeded",
  exit: "ok",
  why: "",
  lastFault: "",
  rollback: "none",
  recordFault: undefined
})

export const stageOf = ({ index, stages }: RunContext): Stage => stages[index] as Stage

const isCurrent = (context: RunContext, event: RunEvent): boolean =>
  "attempt" in event && event.stage === stageOf(context).name && event.attempt === context.attempt
const overdue = (context: RunContext): string => {
  const { deadlineMs, name } = stageOf(context)
  return `Stage ${name} was not proved within ${deadlineMs / 1000} s`
}
const mayRetry = (context: RunContext): boolean => context.attempt < stageOf(context).attemptsMax

/** Commands, notes, guards and delays of the two machines that run a plan. */
export const runSetup = setup({
  types: { context: {} as RunContext, events: {} as RunEvent, input: {} as RunInput },
  actions: {
    takeLock: command,
    recoverRun: command,
    observeState: command,
    runStage: command,
    /** Ends what the state that is left has begun; without effect when that has ended by itself. */
    cancelWork: command,
    /** Reports an attempt that failed and is followed by another one. */
    reportAttempt: command,
    escalate: command,
    /** From here on alerts are expected that report nothing but the run itself. */
    silenceAlerts: command,
    restoreState: command,
    recordRun: command,
    noteTouched: assign({ touched: ({ context }) => context.touched || stageOf(context).changes }),
    noteProof: assign(({ context, event }) =>
      event.type === "STAGE_PROVED"
        ? { changed: context.changed || event.changed, facts: { ...context.facts, ...event.facts } }
        : {}
    ),
    /** After the last stage the index stays. */
    advance: assign({ index: ({ context }) => Math.min(context.index + 1, context.stages.length - 1), attempt: 1 }),
    tryAgain: assign({ attempt: ({ context }) => context.attempt + 1 }),
    noteHeld: assign(({ event }) =>
      event.type === "LOCK_REFUSED"
        ? {
            outcome: event.held ? ("refused" as const) : ("failed" as const),
            exit: event.held ? ("locked" as const) : ("preflight" as const),
            why: event.why
          }
        : {}
    ),
    noteLockTimeout: assign({ outcome: "refused", exit: "locked", why: "The lock did not answer in time" }),
    noteNotRecovered: assign(({ context, event }) => ({
      outcome: "failed" as const,
      exit: "preflight" as const,
      why: `What a killed run has left could not be undone: ${
        event.type === "RECOVERY_FAILED" ? event.why : `nothing was restored within ${context.recoverMs / 1000} s`
      }`
    })),
    noteUnknown: assign(({ event }) => ({
      outcome: "failed" as const,
      exit: "preflight" as const,
      why: event.type === "OBSERVATION_FAILED" ? event.why : "What runs here could not be read in time"
    })),
    noteFailure: assign(({ event }) =>
      event.type === "STAGE_FAILED" ? { outcome: "failed" as const, exit: event.exit, why: event.why } : {}
    ),
    noteTimeout: assign(({ context }) => ({
      outcome: "failed" as const,
      exit: stageOf(context).exits[0],
      why: overdue(context)
    })),
    noteAttempt: assign(({ context, event }) => ({
      lastFault: event.type === "STAGE_FAILED" ? event.why : overdue(context)
    })),
    noteNoSession: assign(({ event }) =>
      event.type === "SESSION_MISSED" ? { outcome: "noSession" as const, why: event.why } : {}
    ),
    noteNoDrill: assign(({ event }) =>
      event.type === "SESSION_MISSED"
        ? { outcome: "failed" as const, exit: "drillRefused" as const, why: event.why }
        : {}
    ),
    noteInterrupt: assign(({ event }) =>
      event.type === "INTERRUPTED"
        ? {
            outcome: "interrupted" as const,
            exit: event.exit,
            why: `Interrupted by ${event.exit === "interrupted" ? "SIGINT" : "SIGTERM"}`
          }
        : {}
    ),
    noteRestored: assign({ rollback: "succeeded" }),
    noteNotRestored: assign(({ context, event }) => ({
      rollback: "failed" as const,
      lastFault:
        event.type === "RESTORE_FAILED" ? event.why : `Nothing was restored within ${context.restoreMs / 1000} s`
    })),
    noteRecordFault: assign(({ event }) => ({
      recordFault: event.type === "RECORD_FAILED" ? event.why : "The audit line was not written in time"
    }))
  },
  guards: {
    isReadOnly: ({ context }) => context.stages.every(({ changes }) => !changes),
    isLastStage: ({ context, event }) => isCurrent(context, event) && context.index === context.stages.length - 1,
    isCurrent: ({ context, event }) => isCurrent(context, event),
    isCurrentAndRetried: ({ context, event }) =>
      isCurrent(context, event) && mayRetry(context) && !(event.type === "STAGE_FAILED" && event.isFinal === true),
    isCurrentAndTouched: ({ context, event }) => isCurrent(context, event) && context.touched,
    isCurrentAndUntouched: ({ context, event }) => isCurrent(context, event) && !context.touched,
    isRetried: ({ context }) => mayRetry(context),
    isTouched: ({ context }) => context.touched,
    rollbackFailed: ({ context }) => context.rollback === "failed",
    rollbackSucceeded: ({ context }) => context.rollback === "succeeded",
    hasNoSession: ({ context }) => context.outcome === "noSession",
    isRefused: ({ context }) => context.outcome === "refused",
    isFailed: ({ context }) => context.outcome === "failed",
    isInterrupted: ({ context }) => context.outcome === "interrupted"
  },
  delays: {
    lock: ({ context }) => context.lockMs,
    recover: ({ context }) => context.recoverMs,
    observe: ({ context }) => context.observeMs,
    stage: ({ context }) => stageOf(context).deadlineMs,
    pause: ({ context }) => context.pauseMs,
    restore: ({ context }) => context.restoreMs,
    record: ({ context }) => context.recordMs
  }
})

/** The states before the first stage, which is state `first`. */
export const beginningWith = <const First extends string>(first: First) =>
  ({
    locking: {
      description: "Takes the lock, so that two runs never change the same machine.",
      entry: "takeLock",
      exit: "cancelWork",
      on: {
        LOCK_TAKEN: "recovering",
        LOCK_REFUSED: { target: "recording", actions: "noteHeld" },
        INTERRUPTED: { target: "recording", actions: "noteInterrupt" }
      },
      after: { lock: { target: "recording", actions: "noteLockTimeout" } }
    },
    recovering: {
      description: "Completes or undoes what a killed run has left; a signal does not interrupt this.",
      entry: "recoverRun",
      exit: "cancelWork",
      on: {
        RECOVERED: [{ guard: "isInterrupted", target: "recording" }, { target: "observing" }],
        RECOVERY_FAILED: { target: "recording", actions: ["noteNotRecovered", "escalate"] },
        INTERRUPTED: { actions: "noteInterrupt" }
      },
      after: { recover: { target: "recording", actions: ["noteNotRecovered", "escalate"] } }
    },
    observing: {
      description: "Reads what runs now: a rollback leads back to it.",
      entry: "observeState",
      exit: "cancelWork",
      on: {
        STATE_OBSERVED: first,
        OBSERVATION_FAILED: { target: "recording", actions: ["noteUnknown", "escalate"] },
        INTERRUPTED: { target: "recording", actions: "noteInterrupt" }
      },
      after: { observe: { target: "recording", actions: ["noteUnknown", "escalate"] } }
    }
  }) as const

/** The states after the last stage. A signal no longer counts there: what was begun is completed. */
export const ending = {
  restoring: {
    description: "Restores what ran before; a signal does not interrupt this.",
    entry: "restoreState",
    exit: "cancelWork",
    on: {
      STATE_RESTORED: { target: "recording", actions: "noteRestored" },
      RESTORE_FAILED: { target: "recording", actions: ["noteNotRestored", "escalate"] }
    },
    after: { restore: { target: "recording", actions: ["noteNotRestored", "escalate"] } }
  },
  recording: {
    description: "Writes the one audit line of this run.",
    entry: "recordRun",
    exit: "cancelWork",
    on: {
      RUN_RECORDED: "ending",
      RECORD_FAILED: { target: "ending", actions: "noteRecordFault" }
    },
    after: { record: { target: "ending", actions: "noteRecordFault" } }
  },
  rolledBack: { description: "A stage failed or was interrupted, and what ran before runs again.", type: "final" },
  rollbackFailed: { description: "What ran before could not be restored: a person must look.", type: "final" },
  failed: { description: "A stage failed before anything was changed.", type: "final" },
  interrupted: { description: "A signal ended the run before anything was changed.", type: "final" },
  refused: { description: "Another run holds the lock; nothing was changed.", type: "final" },
  succeeded: { description: "Every stage is proved.", type: "final" }
} as const

/** What both decisions after the audit line begin with. */
export const endings = [
  { guard: "rollbackFailed", target: "rollbackFailed" },
  { guard: "rollbackSucceeded", target: "rolledBack" },
  { guard: "isRefused", target: "refused" },
  { guard: "isFailed", target: "failed" },
  { guard: "isInterrupted", target: "interrupted" }
] as const

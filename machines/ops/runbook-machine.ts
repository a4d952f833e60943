import { beginningWith, ending, endings, type RunInput, runContext, runSetup } from "./run-setup.ts"

/**
 * Runs a plan stage by stage. A stage that fails is tried again; one that fails for the last time is escalated, and
 * what ran before is restored. It ends in exactly one final state, after one audit line.
 */
export const runbookMachine = runSetup.createMachine({
  id: "runbook",
  description: "One run of a runbook: lock, stages with retries, rollback, audit line.",
  context: ({ input }) => runContext(input as RunInput),
  initial: "arriving",
  states: {
    arriving: {
      description: "A plan that only looks needs no lock and no rollback.",
      always: [{ guard: "isReadOnly", target: "runningStage" }, { target: "locking" }]
    },
    ...beginningWith("runningStage"),
    runningStage: {
      description: "Carries out one stage and waits for its proof.",
      entry: ["noteTouched", "runStage"],
      exit: "cancelWork",
      on: {
        STAGE_PROVED: [
          { guard: "isLastStage", target: "recording", actions: "noteProof" },
          { guard: "isCurrent", target: "runningStage", reenter: true, actions: ["noteProof", "advance"] }
        ],
        STAGE_FAILED: [
          { guard: "isCurrentAndRetried", target: "pausing", actions: ["noteAttempt", "reportAttempt"] },
          { guard: "isCurrentAndTouched", target: "restoring", actions: ["noteFailure", "escalate"] },
          { guard: "isCurrent", target: "recording", actions: ["noteFailure", "escalate"] }
        ],
        SESSION_MISSED: { guard: "isCurrentAndUntouched", target: "recording", actions: "noteNoSession" },
        INTERRUPTED: [
          { guard: "isTouched", target: "restoring", actions: "noteInterrupt" },
          { target: "recording", actions: "noteInterrupt" }
        ]
      },
      after: {
        stage: [
          { guard: "isRetried", target: "pausing", actions: ["noteAttempt", "reportAttempt"] },
          { guard: "isTouched", target: "restoring", actions: ["noteTimeout", "escalate"] },
          { target: "recording", actions: ["noteTimeout", "escalate"] }
        ]
      }
    },
    pausing: {
      description: "An attempt failed; waits before the next one.",
      on: {
        INTERRUPTED: [
          { guard: "isTouched", target: "restoring", actions: "noteInterrupt" },
          { target: "recording", actions: "noteInterrupt" }
        ]
      },
      after: { pause: { target: "runningStage", actions: "tryAgain" } }
    },
    ...ending,
    ending: {
      description: "Decides how the run has ended.",
      always: [...endings, { guard: "hasNoSession", target: "noSession" }, { target: "succeeded" }]
    },
    noSession: { description: "The window has no trading session today; nothing was changed.", type: "final" }
  }
})

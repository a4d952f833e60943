import { beginningWith, ending, endings, type RunInput, runContext, runSetup } from "./run-setup.ts"

/** A step before the first switch: its failure leaves nothing to restore. */
const look = <const Next extends string>(description: string, next: Next) => step(description, next, "recording")

/** A step from the first switch on: its failure restores the feed that was active before. */
const act = <const Next extends string>(description: string, next: Next) => step(description, next, "restoring")

/** Each step runs once: a drill measures, and a repetition would hide what it measures. */
function step<const Next extends string, const Back extends string>(description: string, next: Next, back: Back) {
  return {
    description,
    entry: ["noteTouched", "runStage"],
    exit: "cancelWork",
    on: {
      STAGE_PROVED: { guard: "isCurrent", target: next, actions: ["noteProof", "advance"] },
      STAGE_FAILED: { guard: "isCurrent", target: back, actions: ["noteFailure", "escalate"] },
      INTERRUPTED: { target: back, actions: "noteInterrupt" }
    },
    after: { stage: { target: back, actions: ["noteTimeout", "escalate"] } }
  } as const
}

const checkMachine = look("Checks this machine, and that the window has a session today.", "checkingRefusals")

/**
 * A failover drill: checks, switch to the backup feed, checks, switch back, checks. Its stages are those of the plan of
 * `drill`, in the same sequence. Whatever fails after the first switch leads back to the feed that was active before,
 * and keeps its own exit code.
 */
export const drillMachine = runSetup.createMachine({
  id: "drill",
  description: "One failover drill: checks before, between and after two switches, rollback, audit line.",
  context: ({ input }) => runContext(input as RunInput),
  initial: "locking",
  states: {
    ...beginningWith("validating"),
    validating: look("Checks the configuration, and that the backup login is complete.", "preflight"),
    preflight: {
      ...checkMachine,
      on: {
        ...checkMachine.on,
        SESSION_MISSED: { guard: "isCurrent", target: "recording", actions: "noteNoDrill" }
      }
    },
    checkingRefusals: look(
      "Refuses near the start or end of a section, and with an unhealthy backup feed.",
      "startHealth"
    ),
    startHealth: look("Enforced health check on the feed that is active.", "startConsumers"),
    startConsumers: look("Compares the backlog of the consumers with its threshold.", "failingOver"),
    failingOver: {
      ...act("Silences the alerts that a drill causes, and switches to the backup feed.", "backupConsumers"),
      entry: ["noteTouched", "silenceAlerts", "runStage"]
    },
    backupConsumers: act("Compares the backlog of the consumers on the backup feed.", "backupHealth"),
    backupHealth: act("Enforced health check on the backup feed.", "failingBack"),
    failingBack: act("Switches back to the primary feed.", "primaryConsumers"),
    primaryConsumers: act("Compares the backlog of the consumers after the failback.", "primaryHealth"),
    primaryHealth: act("Enforced health check after the failback.", "recording"),
    ...ending,
    ending: {
      description: "Decides how the drill has ended.",
      always: [...endings, { target: "succeeded" }]
    }
  }
})

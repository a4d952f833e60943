import type { AnyMachineSnapshot, AnyStateMachine } from "xstate"
import type { RunContext, RunEvent, RunInput } from "../../machines/ops/run-setup.ts"
import { everyPart, planOf } from "../../src/ops/domain/plan.ts"
import type { RunbookCommand } from "../../src/ops/domain/runbook-words.ts"
import { makeStep } from "./machine-step.ts"

const runInput = (command: RunbookCommand): RunInput => ({
  command,
  stages: planOf({ command, skipLive: false }, everyPart),
  lockMs: 1000,
  recoverMs: 200_000,
  observeMs: 10_000,
  pauseMs: 2000,
  restoreMs: 120_000,
  recordMs: 5000
})

/** A machine that runs the plan of a command, step by step, with the commands that it gives. */
export const startPlanRun = (machine: AnyStateMachine, name: RunbookCommand) => {
  const step = makeStep(machine, runInput(name) as never)
  const commands: Array<string> = []
  const states: Array<string> = []
  let [snapshot, actions] = step.initial() as unknown as [AnyMachineSnapshot, ReadonlyArray<{ type: string }>]
  const note = () => {
    commands.push(...actions.map(({ type }) => type).filter((type) => !type.startsWith("xstate.")))
    states.push(String(snapshot.value))
  }
  note()
  const context = () => snapshot.context as RunContext
  const take = (event: { readonly type: string }) => {
    if (snapshot.status !== "active") return
    const taken = step.next(snapshot as never, event as never) as unknown as [AnyMachineSnapshot, typeof actions]
    ;[snapshot, actions] = taken
    note()
  }
  const attempt = () => ({ stage: context().stages[context().index]?.name, attempt: context().attempt })
  return {
    commands,
    states,
    context,
    state: () => String(snapshot.value),
    isOver: () => snapshot.status === "done",
    send: (...events: ReadonlyArray<RunEvent>) => events.forEach(take),
    begin: () => [{ type: "LOCK_TAKEN" }, { type: "RECOVERED" }, { type: "STATE_OBSERVED" }].forEach(take),
    prove: (changed = true) => take({ type: "STAGE_PROVED", ...attempt(), changed, facts: {} } as RunEvent),
    fail: (exit: string, isFinal = false) =>
      take({ type: "STAGE_FAILED", ...attempt(), exit, why: "not ready", isFinal } as RunEvent),
    /** The calendar has no session today. */
    miss: () => take({ type: "SESSION_MISSED", ...attempt(), why: "holiday" } as RunEvent),
    /** The deadline of the state passes; false when it has none. */
    expire: (): boolean => {
      const timer = snapshot._nodes
        .flatMap((node) => [...node.transitions.keys()])
        .find((type) => type.startsWith("xstate.after."))
      if (timer !== undefined) take({ type: timer })
      return timer !== undefined
    }
  }
}

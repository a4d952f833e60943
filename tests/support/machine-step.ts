import type { AnyStateMachine, EventFromLogic, InputFrom, SnapshotFrom } from "xstate"
import { firstStep, nextStep } from "../../actors/runtime/xstate-internals.ts"

/** A machine's steps as the actors take them, without mailbox and performers. */
export const makeStep = <M extends AnyStateMachine>(machine: M, input: InputFrom<M>) => {
  firstStep(machine, input)
  return {
    initial: () => firstStep(machine, input),
    next: (snapshot: SnapshotFrom<M>, event: EventFromLogic<M>) => nextStep(machine, snapshot, event)
  }
}

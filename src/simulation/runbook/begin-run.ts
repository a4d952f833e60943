import { Clock, Context, Effect, Exit, Layer, Scheduler } from "effect"
import { runRunbook } from "../../../actors/ops/runbook-actor.ts"
import { everyPart } from "../../ops/domain/plan.ts"
import { ProcessClock } from "../process-clock.ts"
import type { VirtualTime } from "../world/virtual-time.ts"
import { type RunRecords, recordPorts, requestText } from "./run-records.ts"
import type { SimRun } from "./sim-run.ts"
import type { StackMachine } from "./stack-machine.ts"
import { stackPorts } from "./stack-ports.ts"

interface SimRunOptions {
  readonly run: SimRun
  readonly time: VirtualTime
  readonly machine: StackMachine
  readonly records: RunRecords
  /** The next run has ended what the run that it found has left. */
  readonly onRecovered: (run: SimRun) => void
  readonly onEnd: (run: SimRun) => void
}

/** States in which a run undoes something. */
const undoing: ReadonlySet<string> = new Set(["recovering", "restoring"])

/** Begins a run; it goes on with the virtual time. */
export const beginRun = ({ machine, onEnd, onRecovered, records, run, time }: SimRunOptions): void => {
  const { draw, operator } = run
  const { killMs, request, signalMs } = draw
  machine.note("RUN", `${operator.name} ${requestText(request)}`)
  const clock = new ProcessClock(time)
  const services = Context.make(Clock.Clock, clock.clock).pipe(Context.add(Scheduler.Scheduler, clock.scheduler))
  let state = ""
  const layer = Layer.provideMerge(stackPorts({ machine, run }), recordPorts({ machine, records, run }))
  const signal = signalMs === undefined ? Effect.never : Effect.as(Effect.sleep(signalMs), "interrupted" as const)
  const program = runRunbook({
    request,
    managed: everyPart,
    signal,
    onStep: ({ context: { attempt, index, stages }, state: next }) => {
      machine.note("step", `${operator.name} ${next} ${stages[index]?.name ?? ""} ${attempt}`)
      operator.isUndoing = undoing.has(next)
      if (state === "recovering" && next !== "recovering" && next !== "recording") onRecovered(run)
      if (next === "backupConsumers" && draw.alertmanager === "works" && !machine.isSilenced()) {
        machine.complain(`${operator.name} has switched, and its alerts are not silent`)
      }
      if (next === "observing") run.before = machine.state()
      state = next
    }
  })
  const fiber = Effect.runForkWith(services)(Effect.provide(program, layer))
  fiber.addObserver((exit) => {
    operator.isOver = true
    if (Exit.isSuccess(exit)) {
      run.outcome = exit.value
      machine.note(
        "END",
        `${operator.name} ${exit.value.result.end} ${exit.value.exitCode}: ${exit.value.lines.join("; ")}`
      )
    } else machine.complain(`${operator.name} ended with a defect: ${String(exit.cause)}`)
    onEnd(run)
  })
  if (killMs === undefined) return
  time.later(killMs, () => {
    if (operator.isOver) return
    machine.note("FAULT", `${operator.name} is killed in ${state}`)
    clock.alive = false
    operator.isOver = true
    run.isKilled = true
    // The kernel frees the lock of a dead process.
    if (machine.holder === operator) machine.holder = undefined
    onEnd(run)
  })
}

import { Clock, Context, Effect, Exit, Scheduler } from "effect"
import { runRunbook } from "../../../actors/ops/runbook-actor.ts"
import { type MemoryHostOptions, makeMemoryHost } from "../../ops/adapters/memory/memory-host.ts"
import type { LiveRequest } from "../../ops/domain/live-flags.ts"
import type { ManagedParts } from "../../ops/domain/plan.ts"
import type { RunResult } from "../../ops/domain/run-result.ts"
import type { AuditEntry } from "../../ops/ports/audit-line.ts"
import type { RunningState } from "../../ops/ports/runtime.ts"
import { VirtualTime } from "../world/virtual-time.ts"

/** A run that is not over after a day of virtual time never ends. */
const neverMs = 86_400_000

interface RehearsalOptions {
  readonly request: LiveRequest
  readonly managed: ManagedParts
  readonly host: MemoryHostOptions
  /** Virtual time of a signal after the start, milliseconds. */
  readonly interruptAtMs?: number
}

/** A step of the machine. `stage` is the current one; `atMs` counts from the start. */
interface RehearsalStep {
  readonly atMs: number
  readonly state: string
  readonly stage: string
  readonly attempt: number
}

export interface Rehearsal {
  readonly result: RunResult
  readonly exitCode: number
  readonly lines: ReadonlyArray<string>
  readonly steps: ReadonlyArray<RehearsalStep>
  readonly audit: ReadonlyArray<AuditEntry>
  readonly log: ReadonlyArray<string>
  readonly before: RunningState
  readonly after: RunningState
  readonly lockHolder: string | undefined
}

/** Runs a plan with the actor that a real run uses, over ports in memory and in virtual time. */
export const rehearseRun = async ({
  host: options,
  interruptAtMs,
  managed,
  request
}: RehearsalOptions): Promise<Rehearsal> => {
  const time = new VirtualTime(0)
  const services = Context.make(Clock.Clock, time.clock).pipe(Context.add(Scheduler.Scheduler, time.scheduler))
  const host = makeMemoryHost(options)
  const steps: Array<RehearsalStep> = []
  const signal =
    interruptAtMs === undefined ? Effect.never : Effect.as(Effect.sleep(interruptAtMs), "interrupted" as const)
  const run = runRunbook({
    request,
    managed,
    signal,
    onStep: ({ atMs, context: { attempt, index, stages }, state }) =>
      void steps.push({ atMs, state, stage: stages[index]?.name ?? "", attempt })
  })
  const fiber = Effect.runForkWith(services)(Effect.provide(run, host.layer))
  let exit: Exit.Exit<Effect.Success<typeof run>> | undefined
  fiber.addObserver((ended) => {
    exit = ended
  })
  await time.advance(neverMs, () => exit !== undefined)
  if (exit === undefined) throw new Error("the rehearsal did not end within a day of virtual time")
  if (Exit.isFailure(exit)) throw new Error(`the rehearsal failed: ${String(exit.cause)}`)
  const { exitCode, lines, result } = exit.value
  const { audit, log } = host
  return {
    result,
    exitCode,
    lines,
    steps,
    audit,
    log,
    before: options.state,
    after: host.state(),
    lockHolder: host.holder()
  }
}

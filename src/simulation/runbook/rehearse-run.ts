import { Clock, Context, Effect, Exit, Scheduler } from "effect"
import { runRunbook } from "../../../actors/ops/runbook-actor.ts"
import { type MemoryHostOptions, makeMemoryHost } from "../../ops/adapters/memory/memory-host.ts"
import type { LiveRequest } from "../../ops/domain/live-flags.ts"
import type { ManagedParts } from "../../ops/domain/plan.ts"
import type { RunResult } from "../../ops/domain/run-result.ts"
import type { AuditEntry } from "../../ops/ports/audit-line.ts"
import type { PushedValues } from "../../ops/ports/metrics-push.ts"
import type { OperatorNews } from "../../ops/ports/operators.ts"
import type { EndedRun } from "../../ops/ports/run-events.ts"
import type { RunningState } from "../../ops/ports/runtime.ts"
import type { ProvedRun } from "../../ops/ports/snapshots.ts"
import { ProcessClock } from "../process-clock.ts"
import { VirtualTime } from "../world/virtual-time.ts"

/** A run that is not over after a day of virtual time never ends. */
const neverMs = 86_400_000

interface RehearsalOptions {
  readonly request: LiveRequest
  readonly managed: ManagedParts
  readonly host: MemoryHostOptions
  /** Virtual time of a signal after the start, milliseconds. */
  readonly interruptAtMs?: number
  /** A run before this one on the same machine, whose tool is killed at this virtual time. */
  readonly killed?: { readonly request: LiveRequest; readonly atMs: number }
}

/** A step of the machine. `stage` is the current one; `atMs` counts from the start. */
interface RehearsalStep {
  readonly atMs: number
  readonly state: string
  readonly stage: string
  readonly attempt: number
}

interface LeftSilence {
  readonly reason: string
  readonly lastsMs: number
}

export interface Rehearsal {
  readonly result: RunResult
  readonly exitCode: number
  readonly lines: ReadonlyArray<string>
  readonly steps: ReadonlyArray<RehearsalStep>
  readonly audit: ReadonlyArray<AuditEntry>
  readonly log: ReadonlyArray<string>
  readonly pushed: ReadonlyArray<PushedValues>
  readonly events: ReadonlyArray<EndedRun>
  readonly called: ReadonlyArray<OperatorNews>
  /** Runs whose start was kept as a snapshot. */
  readonly proved: ReadonlyArray<ProvedRun>
  readonly before: RunningState
  readonly after: RunningState
  readonly lockHolder: string | undefined
  /** Silences of alerts that hold when the tool is killed, and at the end. `lastsMs`: until its own end. */
  readonly silences: { readonly atKill: ReadonlyArray<LeftSilence>; readonly atEnd: ReadonlyArray<LeftSilence> }
  /** The command of the run that the journal holds at the end; undefined: nothing is left to recover. */
  readonly journalOf: string | undefined
}

/** Runs a plan with the actor that a real run uses, over ports in memory and in virtual time. */
export const rehearseRun = async ({
  host: options,
  interruptAtMs,
  killed,
  managed,
  request
}: RehearsalOptions): Promise<Rehearsal> => {
  const time = new VirtualTime(0)
  const servicesOf = ({ clock, scheduler }: Pick<ProcessClock, "clock" | "scheduler">) =>
    Context.make(Clock.Clock, clock).pipe(Context.add(Scheduler.Scheduler, scheduler))
  // The calendar of the run that is rehearsed: one that is killed before it has a session.
  const machine = { ...options, hasSession: options.hasSession || killed !== undefined }
  const host = makeMemoryHost(machine)
  const silencesNow = () =>
    host.silences.active(time.nowMs).map(({ endMs, reason }) => ({ reason, lastsMs: endMs - time.nowMs }))
  let atKill: ReadonlyArray<LeftSilence> = []
  if (killed !== undefined) {
    // A killed process runs nothing any more, no finalizer either; the kernel frees its lock.
    const dyingClock = new ProcessClock(time)
    const dying = runRunbook({ request: killed.request, managed, signal: Effect.never })
    Effect.runForkWith(servicesOf(dyingClock))(Effect.provide(dying, host.layer))
    await time.advance(killed.atMs)
    dyingClock.alive = false
    atKill = silencesNow()
    host.freeLock()
    machine.hasSession = options.hasSession
  }
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
  const fiber = Effect.runForkWith(servicesOf(time))(Effect.provide(run, host.layer))
  let exit: Exit.Exit<Effect.Success<typeof run>> | undefined
  fiber.addObserver((ended) => {
    exit = ended
  })
  await time.advance(neverMs, () => exit !== undefined)
  if (exit === undefined) throw new Error("the rehearsal did not end within a day of virtual time")
  if (Exit.isFailure(exit)) throw new Error(`the rehearsal failed: ${String(exit.cause)}`)
  const { exitCode, lines, result } = exit.value
  const { audit, called, events, log, proved, pushed } = host
  return {
    result,
    exitCode,
    lines,
    steps,
    audit,
    log,
    pushed,
    events,
    called,
    proved,
    before: options.state,
    after: host.state(),
    lockHolder: host.holder(),
    silences: { atKill, atEnd: silencesNow() },
    journalOf: host.journal()?.request.command
  }
}

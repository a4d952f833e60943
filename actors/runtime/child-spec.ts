import type { Effect, Scope } from "effect"

/** permanent: always restarted. transient: after an abnormal end. temporary: never. */
export type Restart = "permanent" | "transient" | "temporary"

/** Milliseconds that a stop may take; `brutal_kill`: not waited for; `infinity`: waited for until it ends. */
export type Shutdown = number | "brutal_kill" | "infinity"

/** Whether significant children end their supervisor when they end by themselves. */
export type AutoShutdown = "never" | "any_significant" | "all_significant"

/**
 * One child. `start` runs for as long as the child lives, in a scope of its own: finalizers have run before its end is
 * reported. It runs `ready` once it serves: the next child starts only then.
 * Source: Erlang/OTP supervisor, child specification; where tickd differs, see docs/SUPERVISION.md.
 */
export interface ChildSpec<R = never> {
  readonly id: string
  readonly start: (ready: Effect.Effect<void>) => Effect.Effect<unknown, unknown, R | Scope.Scope>
  /** Default: permanent. */
  readonly restart?: Restart
  /** Its own end may end the supervisor, see `autoShutdown`. Default: false. */
  readonly significant?: boolean
  /** How long its stop may take before it is abandoned. Default: 5000 ms, `infinity` for a supervisor. */
  readonly shutdownMs?: Shutdown
  /** Default: worker. */
  readonly kind?: "worker" | "supervisor"
  /** How long it may take to be ready. Default: as long as it likes. */
  readonly startDeadlineMs?: number
  /** What a failed first start does: end the supervisor (default, as in OTP), or count as a restart. */
  readonly onStartFailure?: "escalate" | "restart"
  /** The word for where its machine stands, kept with each of its restarts. */
  readonly state?: () => string | undefined
}

/** What of a specification does not depend on what its body needs. */
type Settings = Omit<ChildSpec, "start">

export const restartOf = (spec: Settings): Restart => spec.restart ?? "permanent"

export const shutdownOf = (spec: Settings): Shutdown =>
  spec.shutdownMs ?? (spec.kind === "supervisor" ? "infinity" : 5000)

/** What is wrong with a specification, as one sentence; undefined when nothing is. Source: supervisor.erl, `validSignificant/3`. */
export const faultOf = (spec: Settings, autoShutdown: AutoShutdown): string | undefined => {
  if (spec.significant !== true) return undefined
  if (autoShutdown === "never")
    return `Child ${spec.id} is significant, but its supervisor has autoShutdown never: set it to any_significant or all_significant.`
  if (restartOf(spec) === "permanent")
    return `Child ${spec.id} is significant and permanent, so it never ends for good: make it transient or temporary.`
  return undefined
}

/** The first fault of a list of specifications. */
export const faultOfAll = (specs: ReadonlyArray<Settings>, autoShutdown: AutoShutdown) => {
  const ids = new Set<string>()
  for (const spec of specs) {
    const fault = ids.has(spec.id)
      ? `Two children are named ${spec.id}: give each an id of its own.`
      : faultOf(spec, autoShutdown)
    if (fault !== undefined) return { child: spec.id, message: fault }
    ids.add(spec.id)
  }
  return undefined
}

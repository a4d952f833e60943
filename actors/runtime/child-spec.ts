import type { Effect, Scope } from "effect"

/** permanent: always restarted. transient: after an abnormal end. temporary: never. */
export type Restart = "permanent" | "transient" | "temporary"

/** Time limit of a stop in milliseconds; `brutal_kill`: not waited for; `infinity`: waited for until it ends. */
export type Shutdown = number | "brutal_kill" | "infinity"

/** Whether significant children end their supervisor when they end by themselves. */
export type AutoShutdown = "never" | "any_significant" | "all_significant"

/**
 * One child. `start` runs until the child ends, in its own scope: finalizers have run before its end is reported. It
 * runs `ready` once it serves; only then does the next child start. Source: Erlang/OTP supervisor, child
 * specification; differences are in docs/SUPERVISION.md.
 */
export interface ChildSpec<R = never> {
  readonly id: string
  readonly start: (ready: Effect.Effect<void>) => Effect.Effect<unknown, unknown, R | Scope.Scope>
  /** Default: permanent. */
  readonly restart?: Restart
  /** Its own end may end the supervisor, see `autoShutdown`. Default: false. */
  readonly significant?: boolean
  /** Time limit of its stop, after which it is abandoned. Default: 5000 ms, `infinity` for a supervisor. */
  readonly shutdownMs?: Shutdown
  /** Default: worker. */
  readonly kind?: "worker" | "supervisor"
  /** Time limit until it is ready. Default: none. */
  readonly startDeadlineMs?: number
  /** Effect of a failed first start: end the supervisor (default, as in OTP), or count as a restart. */
  readonly onStartFailure?: "escalate" | "restart"
  /** State of its machine, recorded with each of its restarts. */
  readonly state?: () => string | undefined
}

/** The part of a specification that does not depend on the body's requirements. */
type Settings = Omit<ChildSpec, "start">

export const restartOf = (spec: Settings): Restart => spec.restart ?? "permanent"

export const shutdownOf = (spec: Settings): Shutdown =>
  spec.shutdownMs ?? (spec.kind === "supervisor" ? "infinity" : 5000)

/**
 * The fault of a specification as one sentence; undefined when it has none. Source: supervisor.erl,
 * `validSignificant/3`.
 */
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
      ? `Two children are named ${spec.id}: give each its own id.`
      : faultOf(spec, autoShutdown)
    if (fault !== undefined) return { child: spec.id, message: fault }
    ids.add(spec.id)
  }
  return undefined
}

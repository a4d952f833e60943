import { Context } from "effect"
import type { HowEnded } from "./child-end.ts"

/** Why a child is restarted or given up: all that an operator asks about a restart, in one record. */
export interface RestartCause {
  readonly how: HowEnded
  readonly reason: string
  /** What had happened below it, from the child that began it up, one line a supervisor. */
  readonly chain: ReadonlyArray<string>
  /** Where its machine stood, or `starting`, `running`. */
  readonly lastState: string
  /** How long it had served; 0 when it was never ready. */
  readonly servedMs: number
  /** Restarts within the period, this one included, and the limit. */
  readonly restarts: number
  readonly restartsMax: number
  readonly periodMs: number
}

export type SupervisorEvent = { readonly supervisor: string; readonly child: string; readonly atMs: number } & (
  | { readonly type: "started"; readonly generation: number }
  | { readonly type: "ready"; readonly generation: number }
  | { readonly type: "stopping" }
  | { readonly type: "ended"; readonly generation: number; readonly how: HowEnded; readonly reason: string }
  /** `next`: the children that start again after the pause, in order. */
  | ({ readonly type: "restarting"; readonly inMs: number; readonly next: ReadonlyArray<string> } & RestartCause)
  | { readonly type: "abandoned"; readonly afterMs: number }
  /** An abandoned child ended after all. */
  | { readonly type: "endedLate"; readonly how: HowEnded; readonly reason: string }
  | { readonly type: "removed" }
  /** The last significant child ended by itself, and with it its supervisor, without a failure. */
  | { readonly type: "shutDown" }
  | ({ readonly type: "gaveUp"; readonly why: "intensity" | "fatal" | "start" } & RestartCause)
)

/** Where supervisors report what they do. The composition root provides the real one; without it nothing is reported. */
export const SupervisorEvents = Context.Reference<(event: SupervisorEvent) => void>("tickd/actors/SupervisorEvents", {
  defaultValue: () => () => undefined
})

import { Context } from "effect"
import type { HowEnded } from "./child-end.ts"

/** Why a child is restarted or given up: all that an operator needs about a restart, in one record. */
export interface RestartCause {
  readonly how: HowEnded
  readonly reason: string
  /** Events below it, from the child that caused it upwards, one line for each supervisor. */
  readonly chain: ReadonlyArray<string>
  /** State of its machine, or `starting`, `running`. */
  readonly lastState: string
  /** How long it had served; 0 when it was never ready. */
  readonly servedMs: number
  /** Restarts within the period, including this one, and the limit. */
  readonly restarts: number
  readonly restartsMax: number
  readonly periodMs: number
}

export type SupervisorEvent = { readonly supervisor: string; readonly child: string; readonly atMs: number } & (
  | { readonly type: "started"; readonly generation: number }
  | { readonly type: "ready"; readonly generation: number }
  | { readonly type: "stopping" }
  | { readonly type: "ended"; readonly generation: number; readonly how: HowEnded; readonly reason: string }
  /** `next`: the children that start again after the pause, in sequence. */
  | ({ readonly type: "restarting"; readonly inMs: number; readonly next: ReadonlyArray<string> } & RestartCause)
  | { readonly type: "abandoned"; readonly afterMs: number }
  /** An abandoned child ended later. */
  | { readonly type: "endedLate"; readonly how: HowEnded; readonly reason: string }
  | { readonly type: "removed" }
  /** The last significant child ended by itself, and its supervisor with it, without a failure. */
  | { readonly type: "shutDown" }
  | ({ readonly type: "gaveUp"; readonly why: "intensity" | "fatal" | "start" } & RestartCause)
)

/** Receives the reports of supervisors. The composition root provides it; the default discards them. */
export const SupervisorEvents = Context.Reference<(event: SupervisorEvent) => void>("tickd/actors/SupervisorEvents", {
  defaultValue: () => () => undefined
})

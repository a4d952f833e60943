import { Context, type Effect } from "effect"
import type { RuntimeError } from "./runtime.ts"

/** The parts of a stack, in the sequence of a start; a stop goes the other way. */
export const parts = ["nats", "tickd", "monitoring", "console"] as const
export type Part = (typeof parts)[number]

/**
 * Runs the parts of a stack on one machine: detached processes, systemd units or containers. Every adapter promises:
 * - it adopts what runs already and never starts a second copy;
 * - it signals only what it has identified as its own, never by a process id alone;
 * - a part that one call leaves half-started is completed by the next `start` and removed by the next `stop`.
 */
export class ProgramHost extends Context.Service<
  ProgramHost,
  {
    /**
     * A run begins, and what a killed one has left is ended: from now on `before` is what runs now. Until then it is
     * what ran before the killed run, also for the runs that come after this one.
     */
    readonly begin: Effect.Effect<void, RuntimeError>
    /** The instance of each part; undefined: nothing of it runs. A part that runs in part has a text that says so. */
    readonly observe: Effect.Effect<Readonly<Record<Part, string | undefined>>, RuntimeError>
    /**
     * Starts what does not run of a part; it does not wait until the part is ready. False: all of it ran.
     * `settings`: those of this run, or, for a rollback, those with which the part ran when the run began; a part that
     * runs with other ones is then stopped and started again.
     */
    readonly start: (
      part: Part,
      options: { readonly settings: "current" | "before"; readonly debug: boolean }
    ) => Effect.Effect<boolean, RuntimeError>
    /**
     * Asks a part to end and waits until it is gone. False: nothing of it ran. Fails when it did not end with 0,
     * also when it is asked again: it is not taken for one that ended well until it is started.
     */
    readonly stop: (part: Part) => Effect.Effect<boolean, RuntimeError>
  }
>()("tickd/ops/ProgramHost") {}

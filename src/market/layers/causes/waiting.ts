import type { Effect } from "effect"
import { type LastingOptions, lasting, untilIt } from "../../../../actors/market/lasting-child.ts"
import type { Body } from "../../../../actors/runtime/tree.ts"
import { monotonicMs } from "../../../platform/process/clock.ts"
import type { DaemonLog } from "../log/daemon-log.ts"
import { makeVerdict, type Part, parts, type Verdict } from "./causes.ts"
import { WaitBoard } from "./wait-board.ts"

/** What one life of the daemon does about causes: waits and reports, or ends (src/market/layers/causes/causes.ts). */
export interface Waiting {
  readonly verdict: Verdict
  readonly board: WaitBoard
  /** A child of the tree that no cause ends which can be waited for. `atOnce`: what starts after it does not wait. */
  readonly child: (part: Part, body: Body, options?: ChildOptions & { readonly atOnce?: boolean }) => Body
  /** A child that no cause ends and that nothing waits for: what is beside the ticks. */
  readonly beside: (part: Part, body: Body, options?: ChildOptions) => Body
  /** Repeats a step of the start until it succeeds; for what is done before there is a tree. */
  readonly until: <A, E, R>(part: Part, step: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** `part` failed and is tried again by its own means. */
  readonly failed: (part: Part, name: string, error: unknown) => void
  /** `part` works; `name` where there are several of it. */
  readonly worked: (part: Part, name?: string) => void
}

/** Reports of restarts: what had served ended, and serves again. */
type ChildOptions = Pick<LastingOptions, "onLost" | "onBack">

/** `waits` false: every cause ends a start, for a person who looks at it (the demo). */
export const makeWaiting = (
  log: Pick<DaemonLog, "write">,
  options: {
    readonly waits: boolean
    /** Monotonic; default: of this process. */
    readonly nowMs?: () => number
  }
): Waiting => {
  const nowMs = options.nowMs ?? monotonicMs
  const verdict = makeVerdict(options)
  const board = new WaitBoard(log, nowMs)
  const lastingOptions = (part: Part) => ({
    reports: board.of(part, { blocks: parts[part].blocks, onWorked: () => verdict.worked(part) }),
    isFatal: verdict.endsDaemon,
    monotonicMs: nowMs
  })
  return {
    verdict,
    board,
    child: (part, body, { atOnce = false, ...rest } = {}) =>
      lasting({ ...lastingOptions(part), ...rest, readyAtOnce: atOnce && options.waits }, body),
    beside: (part, body, rest) =>
      lasting({ ...lastingOptions(part), ...rest, isFatal: () => false, readyAtOnce: true }, body),
    until: (part, step) => untilIt(lastingOptions(part), step),
    failed: (part, name, error) => board.failed(name, error, { blocks: parts[part].blocks }),
    worked: (part, name = part) => {
      verdict.worked(part)
      board.worked(name)
    }
  }
}

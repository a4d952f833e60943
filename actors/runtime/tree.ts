import { Effect, type Scope } from "effect"
import type { FeedGate } from "./feed-gate.ts"
import { type ChildSpec, type Strategy, type SupervisorOptions, supervise, supervisorChild } from "./supervisor.ts"
import type { SupervisorControl } from "./supervisor-control.ts"

/** A child's body: runs `ready` once it serves, and continues until it ends or is interrupted. */
export type Body<R = never> = (ready: Effect.Effect<void>) => Effect.Effect<unknown, unknown, R | Scope.Scope>

/** A child that does something. */
export interface Worker<R = never>
  extends Pick<ChildSpec<R>, "restart" | "significant" | "shutdownMs" | "startDeadlineMs" | "onStartFailure"> {
  readonly name: string
  readonly body: Body<R>
  /** The actor whose machine shows where this child stands: its state is kept with each restart. */
  readonly machine?: string
}

/** A supervisor of further children. */
interface Branch<R = never> extends Pick<SupervisorOptions, "readyAtOnce" | "autoShutdown"> {
  readonly name: string
  readonly strategy: Strategy
  readonly children: ReadonlyArray<TreePart<R> | undefined>
  /** Holds the children back while they are not to run; omit: they always run. */
  readonly gate?: Pick<FeedGate, "whileOpen"> | undefined
}

/** One child of a tree. A role of tickd (market, trading) is a list of them. */
export type TreePart<R = never> = Worker<R> | Branch<R>

export interface TreeOptions<R> {
  /** In the order of their start; an `undefined` one is left out. */
  readonly children: ReadonlyArray<TreePart<R> | undefined>
  /** Errors that no restart fixes: they end the tree at once. */
  readonly isFatal: (error: unknown) => boolean
  /** State of an actor's machine, recorded with each restart. */
  readonly stateOf?: (actor: string) => string | undefined
  /** The entrance by which operators restart children of the named supervisor. */
  readonly entrance?: ((supervisor: string) => SupervisorControl<R>) | undefined
}

const settings = (
  { autoShutdown, name, readyAtOnce, strategy }: Pick<Branch, "name" | "strategy" | "readyAtOnce" | "autoShutdown">,
  isFatal: TreeOptions<never>["isFatal"]
): SupervisorOptions => ({
  name,
  strategy,
  // A child that ends every few seconds needs an operator; one that ends once an hour does not.
  limit: { restartsMax: 10, periodMs: 60_000 },
  backoff: { baseMs: 200, capMs: 30_000 },
  healthyAfterMs: 30_000,
  isFatal,
  ...(readyAtOnce !== undefined && { readyAtOnce }),
  ...(autoShutdown !== undefined && { autoShutdown })
})

const specOf = <R>(part: TreePart<R>, tree: TreeOptions<R>): ChildSpec<R> => {
  if ("body" in part) {
    const { body, machine, name, ...rest } = part
    return {
      id: name,
      start: body,
      ...rest,
      ...(machine !== undefined && { state: () => tree.stateOf?.(machine) })
    }
  }
  const { gate } = part
  const branch = supervisorChild<R>(
    settings(part, tree.isFatal),
    specsOf(part.children, tree),
    {},
    tree.entrance?.(part.name)
  )
  if (gate === undefined) return branch
  // Ready at once, so that a branch that is held back delays nothing that starts after it.
  return {
    ...branch,
    start: (ready) => Effect.andThen(ready, gate.whileOpen(branch.start(Effect.void)))
  }
}

const specsOf = <R>(parts: TreeOptions<R>["children"], tree: TreeOptions<R>): ReadonlyArray<ChildSpec<R>> =>
  parts.flatMap((part) => (part === undefined ? [] : [specOf(part, tree)]))

/**
 * Runs a tree: children start top to bottom and stop bottom to top, and a child's stop empties its input first, so the
 * stop order is the drain order. It fails when the root gives up; then the process exits and systemd or compose
 * decides.
 */
export const runTree = <R>(tree: TreeOptions<R>, ready: Effect.Effect<void>) =>
  Effect.andThen(
    supervise(
      settings({ name: "root", strategy: "one_for_one" }, tree.isFatal),
      specsOf(tree.children, tree),
      ready,
      tree.entrance?.("root")
    ),
    Effect.die(new Error("the root ended without giving up, although no child of it is significant"))
  )

import { Effect } from "effect"
import { shanghaiIso } from "../../kernel/time/shanghai-time.ts"
import { refuse } from "../../protocol/control/control.ts"
import { publicContext, type StateReply, type StateSnapshot, type TreeReply } from "../../protocol/control/state.ts"

// What replies read of a registry of actors and children (actors/runtime/registry.ts).

interface ActorView {
  readonly actor: string
  readonly state: string
  readonly value: unknown
  readonly sinceMs: number
  readonly lastEvent: string
  readonly transitions: number
  readonly restarts: number
  readonly context: Readonly<Record<string, unknown>>
}
interface ChildView {
  readonly path: string
  readonly state: string
  readonly sinceMs: number
  readonly restarts: number
  readonly lastReason: string | undefined
}
export interface RegistryView {
  readonly actors: () => ReadonlyArray<ActorView>
  readonly actor: (name: string) => ActorView | undefined
  readonly children: () => ReadonlyArray<ChildView>
  readonly restarts: () => number
}

/** A machine's state as it leaves the process. */
export const snapshotOf = (instance: string, actor: ActorView, nowMs: number): StateSnapshot => ({
  version: 1,
  instance,
  actor: actor.actor,
  state: actor.state,
  value: actor.value,
  since: shanghaiIso(actor.sinceMs),
  last_event: actor.lastEvent,
  transitions: actor.transitions,
  restarts: actor.restarts,
  context: publicContext(actor.context),
  at: shanghaiIso(nowMs)
})

/** One machine, or all of them. */
export const stateReply = (registry: RegistryView, instance: string, asked: string | undefined, nowMs: number) => {
  const actors = registry.actors().filter(({ actor }) => asked === undefined || actor === asked)
  if (asked !== undefined && actors.length === 0) {
    const names = registry.actors().map(({ actor }) => actor)
    return refuse(
      "UNKNOWN_ACTOR",
      `${instance} has no machine ${JSON.stringify(asked.slice(0, 60))}: ${names.length === 0 ? "none has started yet" : `it has ${names.join(", ")}`}.`
    )
  }
  const reply: StateReply = {
    version: 1,
    instance,
    at: shanghaiIso(nowMs),
    actors: actors.map((actor) => snapshotOf(instance, actor, nowMs))
  }
  return Effect.succeed(reply)
}

/** Name of the machine that shows how a child stands: a feed's machines are named after the feed. */
const machineName = (path: string): string => {
  const [supervisor = "", child = ""] = path.split("/").slice(-2)
  return supervisor.startsWith("front-") ? `${child}-${supervisor.slice("front-".length)}` : child
}

const machineOf = (registry: RegistryView, child: ChildView) => {
  const actor = registry.actor(machineName(child.path))
  return actor === undefined ? null : { actor: actor.actor, state: actor.state, last_event: actor.lastEvent }
}

/** The tree as it stands. */
export const treeReply = (registry: RegistryView, instance: string, startedMs: number, nowMs: number): TreeReply => ({
  version: 1,
  instance,
  at: shanghaiIso(nowMs),
  uptime_ms: Math.round(nowMs - startedMs),
  restarts: registry.restarts(),
  children: registry.children().map((child) => ({
    path: child.path,
    state: child.state,
    since: shanghaiIso(child.sinceMs),
    uptime_ms: child.state === "running" ? Math.max(0, Math.round(nowMs - child.sinceMs)) : 0,
    restarts: child.restarts,
    last_reason: child.lastReason ?? null,
    machine: machineOf(registry, child)
  }))
})

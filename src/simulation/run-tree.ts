import { Effect, Logger, References } from "effect"
import { type Body, runTree, type TreeParts } from "../../actors/market/supervision-tree.ts"
import type { Registry } from "../../actors/runtime/registry.ts"
import { type SupervisorEvent, SupervisorEvents } from "../../actors/runtime/supervisor.ts"
import type { PublishOptions } from "../market/application/publish/publish-ticks.ts"
import { makeVerdict } from "../market/layers/causes/causes.ts"
import { closeIntegrity, publisherBody } from "../market/layers/feeds/child-bodies.ts"
import type { makeIntegrityLine } from "../market/layers/integrity/integrity-line.ts"
import type { makeDaemonMachines } from "../market/layers/journal/daemon-machines.ts"
import { underFence } from "../market/layers/publish/publisher.ts"
import type { Trace } from "./trace.ts"
import type { AliveChildren, makeRunWitnesses } from "./witnesses/run-witnesses.ts"
import { feedNames } from "./world/scale.ts"
import type { makeSimPublisher } from "./world/sim-publisher.ts"

const stayUp: Body = (ready) => Effect.andThen(ready, Effect.never)

/** The daemon's tree over the parts of one life; every transition and every news of a supervisor goes to the witnesses. */
export const runProcess = (options: {
  readonly registry: Registry
  readonly machines: ReturnType<typeof makeDaemonMachines>
  readonly integrity: Effect.Success<ReturnType<typeof makeIntegrityLine>>
  readonly publishing: PublishOptions
  readonly ticks: Effect.Success<ReturnType<typeof makeSimPublisher>>
  readonly fronts: TreeParts["fronts"]
  readonly failover: Body | undefined
  readonly alive: AliveChildren
  readonly witnesses: ReturnType<typeof makeRunWitnesses>
  readonly trace: Trace
  readonly nowMs: () => number
}) => {
  const { registry, machines, integrity, publishing, ticks, trace } = options
  const { sessions, silence, restarts } = options.witnesses
  registry.onChange((change) => {
    if (change.type !== "transition") return
    const { actor } = change
    trace.note("machine", `${actor.actor} ${change.from} -> ${actor.state} (${actor.lastEvent})`)
    const at = feedNames.findIndex((feed) => actor.actor === `session-${feed}`)
    if (at < 0) return
    sessions[at]?.note(change)
    silence.noteTroubles(at, actor.context["troubles"] as ReadonlyArray<string>, options.nowMs())
  })
  const verdict = makeVerdict({ waits: true })
  const onSupervisor = (event: SupervisorEvent) => {
    if (event.type === "ready" && event.child === "feed-worker") verdict.worked("feed worker")
    const { atMs: _atMs, supervisor, child, ...rest } = event
    trace.note("tree", `${supervisor}/${child} ${JSON.stringify(rest)}`)
    options.alive.note(event)
    if (child === "session" && event.type === "ended") {
      sessions[feedNames.findIndex((feed) => supervisor === `front-${feed}`)]?.ended()
    }
    restarts.note(event)
    registry.noteSupervisor(event)
    integrity.onSupervisor(event)
    machines.onSupervisor(event)
  }
  return runTree(
    {
      machines: machines.body,
      telemetry: stayUp,
      broker: undefined,
      journal: stayUp,
      natsLink: (ready) => Effect.andThen(ready, Effect.raceFirst(ticks.run, underFence(ticks.fence, integrity.run))),
      control: stayUp,
      publisher: integrity.stopAfter(publisherBody(publishing, ticks.publisher)),
      fronts: options.fronts,
      failover: options.failover,
      isFatal: verdict.endsDaemon
    },
    Effect.void
  ).pipe(
    closeIntegrity(publishing),
    integrity.closeAfter,
    Effect.provideService(SupervisorEvents, onSupervisor),
    Effect.provide(Logger.layer([trace.logger])),
    Effect.provideService(References.MinimumLogLevel, "Warn")
  )
}

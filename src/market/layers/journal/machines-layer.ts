import { Context, Effect, Layer } from "effect"
import { DaemonEvents } from "../events/daemon-events.ts"
import { DaemonRegistry, FeedLines, MarketTime, States } from "../lowest.ts"
import { Publish } from "../publish/publish-layer.ts"
import { Readiness } from "../status/readiness-layer.ts"
import { makeDaemonMachines } from "./daemon-machines.ts"

/** The machines beside the sessions: market hours, publisher, feed workers and the daemon itself. */
export class Machines extends Context.Service<
  Machines,
  Pick<ReturnType<typeof makeDaemonMachines>, "phases" | "body">
>()("tickd/market/Machines") {}

export const machinesLayer = Layer.effect(
  Machines,
  Effect.gen(function* () {
    const { feeds } = yield* FeedLines
    const { hours } = yield* MarketTime
    const { counts, spool, unfinished } = yield* Publish
    const { missing } = yield* Readiness
    const registry = yield* DaemonRegistry
    const machines = makeDaemonMachines({
      registry,
      states: yield* States,
      hours,
      feeds: feeds.map(({ feed }) => feed),
      counts,
      workerPid: (name) => feeds.find(({ feed }) => feed === name)?.ctp.workerPid() ?? 0,
      reasons: missing,
      spooled: () => (spool?.spoolCounts().ticks ?? 0) > 0,
      left: unfinished
    })
    const events = yield* DaemonEvents
    events.subscribe("machines", machines.hear)
    return machines
  })
)

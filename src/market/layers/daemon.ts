import { Context, Effect, Layer, type Scope } from "effect"
import { effectLoggerLayer } from "../../platform/log/effect-logger.ts"
import { daemonLayers } from "./daemon-layers.ts"
import type { Daemon, DaemonOptions } from "./daemon-options.ts"
import { DaemonEvents } from "./events/daemon-events.ts"
import { Log } from "./log/log-layer.ts"
import { DaemonRegistry, FeedLines, TickBuffers } from "./lowest.ts"
import { runWorld } from "./run-world.ts"
import { Telemetry } from "./status/beside-layer.ts"
import { Status } from "./status/status-layer.ts"
import { Tree } from "./tree-layer.ts"

/**
 * Puts the daemon together: the layers of daemon-layers.ts over this host. Nothing runs yet, but the ring exists; it
 * belongs to the scope.
 */
export const makeDaemon = Effect.fnUntraced(function* (
  options: DaemonOptions
): Effect.fn.Return<Daemon, unknown, Scope.Scope> {
  const built = yield* Layer.build(daemonLayers(runWorld(options)))
  const log = Context.get(built, Log)
  const registry = Context.get(built, DaemonRegistry)
  const telemetry = Context.get(built, Telemetry)
  const { feeds } = Context.get(built, FeedLines)
  const { latency } = Context.get(built, TickBuffers)
  const { run } = Context.get(built, Tree)
  const named = (name: string) => feeds.find(({ feed }) => feed === name)
  let healthy = true
  Context.get(built, DaemonEvents).subscribe("surroundings", (event) => {
    if (event.type !== "supervisor" || event.event.type !== "gaveUp" || event.event.supervisor !== "root") return
    healthy = false
    options.onGivingUp?.()
  })
  return {
    run: (ready) =>
      run(ready).pipe(Effect.ensuring(Effect.sync(() => log.flush())), Effect.provide(effectLoggerLayer(log))),
    status: Context.get(built, Status).read,
    latency,
    askSession: (feed, request) => named(feed)?.ask(request),
    httpPort: telemetry.port,
    workerPid: (feed) => (feed === undefined ? feeds[0] : named(feed))?.ctp.workerPid() ?? 0,
    stillStopping: () => registry.stopping(),
    isHealthy: () => healthy
  }
})

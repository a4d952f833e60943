import { Deferred, Effect } from "effect"
import type { Daemon } from "../../market/layers/daemon-options.ts"
import type { Broker } from "../../market/layers/publish/broker.ts"

const workerWaitMs = 10_000

/**
 * Prints where the demo can be looked at, once its tree serves. Its workers may start later: it waits up to 10 s for
 * them.
 */
export const demoAnnouncement = (daemon: Daemon, broker: Broker, say: (line: string) => void) => {
  const workers = () => daemon.status().sessions.map(({ feed }) => daemon.workerPid(feed))
  const served = Deferred.makeUnsafe<void>()
  return {
    served: Effect.sync(() => void Deferred.doneUnsafe(served, Effect.void)),
    /** Never ends. */
    announce: Effect.gen(function* () {
      yield* Deferred.await(served)
      for (let waitedMs = 0; workers().includes(0) && waitedMs < workerWaitMs; waitedMs += 20) yield* Effect.sleep(20)
      say(
        `telemetry http://127.0.0.1:${daemon.httpPort()}/status  broker ${broker.url()}  worker ${workers().join(" ")}  (npm run -s tickd -- tail --server ${broker.url()})`
      )
      return yield* Effect.never
    })
  }
}

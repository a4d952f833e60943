import { Effect, type Scope } from "effect"
import { serviceNotifier } from "./notify.ts"

/** Reports to the service manager during the run of the daemon; without a socket, none. */
export interface ServiceReports {
  /**
   * The tree runs: units that wait for this one may start. Independent of `/readyz`: at night a session rests, which
   * is normal.
   */
  readonly ready: () => void
  readonly stopping: () => void
}

const nothing: ServiceReports = { ready: () => undefined, stopping: () => undefined }

/**
 * READY, STOPPING and the watchdog of systemd. A timer of the event loop feeds the watchdog at half its interval
 * while `isHealthy`: a stalled event loop, or a root that has given up and cannot end, is killed and restarted.
 */
export const startServiceReports = Effect.fnUntraced(function* (options: {
  /** Undefined: not started by systemd. `watchdogMs` is set only when the watchdog is meant for this process. */
  readonly systemd: { readonly socket: string; readonly watchdogMs: number | undefined } | undefined
  readonly isHealthy: () => boolean
  readonly onTrouble: (message: string) => void
  readonly open?: Parameters<typeof serviceNotifier>[0]["open"]
}): Effect.fn.Return<ServiceReports, never, Scope.Scope> {
  const { systemd, isHealthy } = options
  if (systemd === undefined) return nothing
  const { socket, watchdogMs } = systemd
  const { onTrouble, open } = options
  const notifier = yield* Effect.acquireRelease(
    Effect.sync(() => serviceNotifier({ socket, onTrouble, ...(open === undefined ? {} : { open }) })),
    ({ close }) => Effect.sync(close)
  )
  const feed = () => {
    if (isHealthy()) notifier.send("WATCHDOG=1")
  }
  if (watchdogMs !== undefined) {
    yield* Effect.acquireRelease(
      Effect.sync(() => setInterval(feed, watchdogMs / 2)),
      (timer) => Effect.sync(() => clearInterval(timer))
    )
  }
  let reported = false
  return {
    ready: () => notifier.send("READY=1", "STATUS=up, see /readyz for what is missing"),
    stopping: () => {
      if (!reported) notifier.send("STOPPING=1", "STATUS=draining")
      reported = true
    }
  }
})

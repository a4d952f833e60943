import { Effect, type Scope } from "effect"
import { serviceNotifier } from "./notify.ts"

/** What is told to the service manager over the life of the daemon; without a socket, nothing. */
export interface ServiceReports {
  /** The tree serves: units that wait for this one may start. Not `/readyz`: at night a session rests, and that is well. */
  readonly ready: () => void
  readonly stopping: () => void
}

const nothing: ServiceReports = { ready: () => undefined, stopping: () => undefined }

/**
 * READY, STOPPING and the watchdog of systemd. The watchdog is fed at half its time from a timer of the event loop, while
 * `isHealthy`: a loop that stands still, or a root that has given up and cannot end, is killed and started again.
 */
export const startServiceReports = Effect.fnUntraced(function* (options: {
  /** Undefined: not started by systemd. `watchdogMs`: only when the watchdog is meant for this process. */
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
  let told = false
  return {
    ready: () => notifier.send("READY=1", "STATUS=up, /readyz tells what is missing"),
    stopping: () => {
      if (!told) notifier.send("STOPPING=1", "STATUS=draining")
      told = true
    }
  }
})

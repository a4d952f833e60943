import { Effect } from "effect"
import { NatsServerError, runNatsServer } from "../adapters/nats/embedded-server.ts"
import { findNatsServer } from "../adapters/nats/find-nats-server.ts"
import { boundToThisProcess } from "./bound-child.ts"

/** Where the ticks go. `url` is known once the server runs. */
export interface Broker {
  readonly url: () => string
  /** Undefined when the server is somebody else's. */
  readonly run:
    | ((ready: Effect.Effect<void>) => Effect.Effect<unknown, unknown, import("effect").Scope.Scope>)
    | undefined
  readonly pid: () => number | undefined
}

/** A server that runs already. */
export const externalBroker = (url: string): Broker => ({ url: () => url, run: undefined, pid: () => undefined })

/** nats-server as a child of this daemon, on `port` (0 = a free one that is kept over restarts). */
export const embeddedBroker = Effect.fnUntraced(function* (options: {
  readonly root: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly storeDir: string
  readonly port: number
  readonly say: (line: string) => void
  readonly onLine: (line: string) => void
}) {
  const found = yield* findNatsServer({ env: options.env, root: options.root, log: options.say })
  let port = options.port
  let pid: number | undefined
  const broker: Broker = {
    url: () => `nats://127.0.0.1:${port}`,
    pid: () => pid,
    run: (ready) =>
      Effect.suspend(() =>
        runNatsServer({
          binary: found.path,
          storeDir: options.storeDir,
          port,
          syncInterval: "1s",
          bind: (program, args) => boundToThisProcess("SIGTERM", program, args),
          log: options.onLine,
          onReady: (server) => {
            port = server.port
            pid = server.pid
            return ready
          }
        }).pipe(
          // A server that cannot start at all ends the daemon; one that was there is waited for.
          Effect.mapError((error) =>
            error instanceof NatsServerError && pid !== undefined
              ? new NatsServerError({ ...error, again: true })
              : error
          )
        )
      )
  }
  return broker
})

import { Deferred, Effect, Result, type Scope } from "effect"
import { NatsConnectError } from "../../../platform/nats/connect.ts"
import { runNatsServer } from "../../../platform/nats/embedded-server.ts"
import { findNatsServer } from "../../../platform/nats/find-nats-server.ts"
import { boundStreams } from "../../../platform/nats/store-bounds.ts"
import { boundToThisProcess } from "../../../platform/process/bound-child.ts"
import type { StreamShape } from "../../../protocol/control/stream-shape.ts"
import { declaredStreams } from "../../../protocol/market/streams.ts"
import { makeTickSubjects } from "../../../protocol/market/subjects.ts"
import type { Config } from "../../config/config.ts"

/** Where the ticks go. `url` is known once the server runs. */
export interface Broker {
  readonly url: () => string
  /** Undefined when the server is not ours. */
  readonly run: ((ready: Effect.Effect<void>) => Effect.Effect<unknown, unknown, Scope.Scope>) | undefined
  readonly pid: () => number | undefined
  /** Folder of its store; omit: it is not on this host, or not known. */
  readonly storeDir?: string
  /**
   * Succeeds while a server of ours runs at `url`, and soon when one is starting. A port of ours that another program
   * holds must not be taken for our server.
   */
  readonly whenUp: Effect.Effect<void, NatsConnectError>
}

/** A server that runs already. */
export const externalBroker = (url: string): Broker => ({
  url: () => url,
  run: undefined,
  pid: () => undefined,
  whenUp: Effect.void
})

/**
 * Every stream and bucket of a configuration. A subject template that does not parse has none: the publisher says so.
 */
export const shapesOf = (tick: Config["tick"]): ReadonlyArray<StreamShape> =>
  Result.match(makeTickSubjects(tick.subjectTemplate), {
    onFailure: () => [],
    onSuccess: (subjects) => declaredStreams(tick, subjects).map(({ shape }) => shape)
  })

/** How long one attempt to connect waits for the embedded server; then it is one more failed attempt. */
const upDeadlineMs = 1500

/**
 * nats-server as a child of this daemon, on `port` (0 = a free one that is kept over restarts). It is found at its
 * first start.
 */
export const embeddedBroker = (options: {
  readonly root: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly storeDir: string
  readonly port: number
  /** What the daemon stores there: each gets a bound in bytes, together what the disk allows. */
  readonly shapes: ReadonlyArray<StreamShape>
  readonly say: (line: string) => void
  readonly onLine: (line: string) => void
  /** A start takes long because the server reads a large store (every 10 s), or a stream has no bound. */
  readonly onTrouble: (message: string) => void
}): Broker => {
  let binary: string | undefined
  let port = options.port
  let pid: number | undefined
  let up = Deferred.makeUnsafe<void>()
  const down = Effect.sync(() => {
    pid = undefined
    up = Deferred.makeUnsafe()
  })
  const find = Effect.suspend(() =>
    binary === undefined
      ? Effect.map(findNatsServer({ env: options.env, root: options.root, log: options.say }), ({ path }) => {
          binary = path
          return path
        })
      : Effect.succeed(binary)
  )
  return {
    url: () => `nats://127.0.0.1:${port}`,
    pid: () => pid,
    storeDir: options.storeDir,
    whenUp: Effect.suspend(() => Deferred.await(up)).pipe(
      Effect.timeoutOrElse({
        duration: upDeadlineMs,
        orElse: () =>
          Effect.fail(
            new NatsConnectError({
              code: "NATS_UNREACHABLE",
              message: "The embedded nats-server does not run yet: see its lines in the log."
            })
          )
      })
    ),
    run: (ready) =>
      Effect.flatMap(find, (path) =>
        runNatsServer({
          binary: path,
          storeDir: options.storeDir,
          port,
          syncInterval: "1s",
          bind: (program, args) => boundToThisProcess("SIGTERM", program, args),
          log: options.onLine,
          sizeStore: true,
          onSlowStart: options.onTrouble,
          onReady: (server) =>
            Effect.gen(function* () {
              port = server.port
              pid = server.pid
              const { url, storeBytes } = server
              const { shapes, onTrouble } = options
              if (storeBytes !== undefined) yield* boundStreams({ url, shapes, storeBytes, onTrouble })
              Deferred.doneUnsafe(up, Effect.void)
              yield* ready
            })
        })
      ).pipe(Effect.onExit(() => down))
  }
}

import { connect, errors, type NatsConnection, type NodeConnectionOptions } from "@nats-io/transport-node"
import { Effect, type Scope } from "effect"
import { publicUrl } from "../../protocol/public-url.ts"
import { TickClientError, textOf } from "./client-error.ts"

/** A connection of the caller's, which stays open, or where to open one. */
export type ConnectionSource =
  | { readonly connection: NatsConnection }
  | {
      /** `nats://` or `tls://`, several with commas; user and password may stand in it. */
      readonly url: string
      /** Further options of the official client: credentials, TLS, name, inbox prefix. */
      readonly connectionOptions?: NodeConnectionOptions
    }

const serverOf = (url: string) => {
  const parsed = new URL(/^[a-z+]+:\/\//i.test(url) ? url : `nats://${url}`)
  return { parsed, server: `${parsed.hostname}:${parsed.port === "" ? "4222" : parsed.port}` }
}

/** Throws when the URL is none. The official client reads host and port only, so user and password are taken out here. */
const optionsOf = (url: string, more: NodeConnectionOptions | undefined): NodeConnectionOptions => {
  const servers = url.split(",").map((one) => serverOf(one.trim()))
  const first = servers[0]?.parsed
  return {
    servers: servers.map(({ server }) => server),
    name: "tickd client",
    ...(first !== undefined && first.username !== "" && { user: decodeURIComponent(first.username) }),
    ...(first !== undefined && first.password !== "" && { pass: decodeURIComponent(first.password) }),
    ...(servers.some(({ parsed }) => parsed.protocol === "tls:") && { tls: {} }),
    timeout: 1500,
    pingInterval: 5000,
    maxPingOut: 2,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 500,
    noAsyncTraces: true,
    ...more
  }
}

const dial = (url: string, more: NodeConnectionOptions | undefined) =>
  Effect.gen(function* () {
    // For a caller without types, and for one whose variable is not set.
    if (typeof url !== "string" || url.trim() === "")
      return yield* new TickClientError({
        code: "CLIENT_OPTIONS_INVALID",
        message: 'Neither url nor connection is given: write url: "nats://HOST:PORT", or hand over a connection.'
      })
    const options = yield* Effect.try({
      try: () => optionsOf(url, more),
      catch: () =>
        new TickClientError({
          code: "CLIENT_OPTIONS_INVALID",
          message: `${publicUrl(url)} is no NATS URL: write nats://HOST:PORT or tls://HOST:PORT.`
        })
    })
    return yield* Effect.tryPromise({
      try: (signal) =>
        connect(options).then((connection) => {
          if (signal.aborted) void connection.close()
          return connection
        }),
      catch: (cause) =>
        cause instanceof errors.AuthorizationError
          ? new TickClientError({
              code: "NATS_DENIED",
              message: `NATS at ${publicUrl(url)} refuses these credentials (${cause.message}): use those of a reader.`
            })
          : new TickClientError({
              code: "NATS_UNREACHABLE",
              message: `NATS at ${publicUrl(url)} does not answer (${textOf(cause)}): start it, or give the URL of one that runs.`
            })
    })
  })

/** Closes a connection, and waits a second for it at most. */
export const closeConnection = (connection: NatsConnection) =>
  // Closing waits for a flush, which a server that hangs never answers.
  Effect.promise(() => connection.close().catch(() => undefined)).pipe(Effect.interruptible, Effect.timeoutOption(1000))

/** The caller's connection, or an own one that is closed with the scope. */
export const openConnection = (
  source: ConnectionSource
): Effect.Effect<NatsConnection, TickClientError, Scope.Scope> =>
  "connection" in source
    ? Effect.succeed(source.connection)
    : Effect.acquireRelease(dial(source.url, source.connectionOptions), closeConnection)

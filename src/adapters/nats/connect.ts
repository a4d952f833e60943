import { readFileSync } from "node:fs"
import {
  connect,
  credsAuthenticator,
  errors,
  type NatsConnection,
  type NodeConnectionOptions
} from "@nats-io/transport-node"
import { Effect, Schema } from "effect"

/** How to reach a NATS server. Secrets may stand in the URL (`nats://user:pass@host`) or beside it. */
export interface NatsConnectionOptions {
  /** One or more `nats://` or `tls://` URLs, separated by commas. */
  readonly url: string
  /** Shown by the server's connection list. */
  readonly name: string
  readonly user?: string
  readonly pass?: string
  /** Path of a credentials file (JWT and seed). */
  readonly credsFile?: string
  readonly tls?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string }
  /** Under per-role permissions each role has an inbox prefix of its own. */
  readonly inboxPrefix?: string
  readonly connectTimeoutMs?: number
  readonly pingIntervalMs?: number
  /** False (the publisher's choice): a lost connection closes for good and its owner opens the next one. */
  readonly reconnect?: boolean
}

/**
 * A connection that did not come about.
 * `NATS_UNREACHABLE`: nobody answers, or not in time; another attempt may succeed.
 * `NATS_AUTH_REJECTED`: the server refuses these credentials; they stay wrong until someone changes them.
 * `NATS_OPTIONS_INVALID`: the URL or a file named by the options cannot be used.
 */
export class NatsConnectError extends Schema.TaggedError<NatsConnectError>()("NatsConnectError", {
  code: Schema.Literals(["NATS_UNREACHABLE", "NATS_AUTH_REJECTED", "NATS_OPTIONS_INVALID"]),
  message: Schema.String
}) {
  get retryable(): boolean {
    return this.code === "NATS_UNREACHABLE"
  }
}

/** The URL as it may be shown: what stands before `@` is a secret. */
export const publicUrl = (url: string): string =>
  url
    .split(",")
    .map((one) => one.trim().replace(/^([a-z+]+:\/\/)?.*@/i, "$1"))
    .join(",")

interface ServerAddress {
  readonly server: string
  readonly user?: string
  readonly pass?: string
}

/** The client library reads host and port only: user and password of a URL are taken out of it here. */
const addressOf = (url: string): ServerAddress => {
  const parsed = new URL(/^[a-z+]+:\/\//i.test(url) ? url : `nats://${url}`)
  if (parsed.hostname === "") throw new Error("it names no host")
  return {
    server: `${parsed.hostname}:${parsed.port === "" ? "4222" : parsed.port}`,
    ...(parsed.username !== "" && { user: decodeURIComponent(parsed.username) }),
    ...(parsed.password !== "" && { pass: decodeURIComponent(parsed.password) })
  }
}

/** Options of the official client. Throws when the URL or the credentials file cannot be read. */
export const clientOptions = (options: NatsConnectionOptions): NodeConnectionOptions => {
  const addresses = options.url.split(",").map((url) => addressOf(url.trim()))
  const user = options.user ?? addresses[0]?.user
  const pass = options.pass ?? addresses[0]?.pass
  const wantsTls = options.tls !== undefined || /(^|,)\s*tls:\/\//i.test(options.url)
  return {
    servers: addresses.map((address) => address.server),
    name: options.name,
    ...(options.credsFile !== undefined
      ? { authenticator: credsAuthenticator(readFileSync(options.credsFile)) }
      : user !== undefined && { user, ...(pass !== undefined && { pass }) }),
    ...(wantsTls && { tls: { ...options.tls } }),
    ...(options.inboxPrefix !== undefined && { inboxPrefix: options.inboxPrefix }),
    // without it a dial begun while the path was dead stays stuck after the path has healed
    timeout: options.connectTimeoutMs ?? 1500,
    pingInterval: options.pingIntervalMs ?? 5000,
    maxPingOut: 2,
    reconnect: options.reconnect ?? true,
    maxReconnectAttempts: -1,
    // two stack captures per request otherwise: half of a publish's cost
    noAsyncTraces: true
  }
}

const textOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

/** Opens one connection. The caller closes it. Fails with `NatsConnectError`; credentials never reach its text. */
export const connectNats = (options: NatsConnectionOptions): Effect.Effect<NatsConnection, NatsConnectError> =>
  Effect.gen(function* () {
    const shown = publicUrl(options.url)
    const settings = yield* Effect.try({
      try: () => clientOptions(options),
      catch: (cause) =>
        new NatsConnectError({
          code: "NATS_OPTIONS_INVALID",
          message: `NATS connection "${options.name}" to ${shown} cannot be set up (${textOf(cause)}): correct the URL or the credentials file.`
        })
    })
    return yield* Effect.tryPromise({
      // an attempt given up half-way must not leave a connection that nobody owns
      try: (signal) =>
        connect(settings).then((connection) => {
          if (signal.aborted) void connection.close()
          return connection
        }),
      catch: (cause) =>
        cause instanceof errors.AuthorizationError || cause instanceof errors.UserAuthenticationExpiredError
          ? new NatsConnectError({
              code: "NATS_AUTH_REJECTED",
              message: `NATS at ${shown} refuses the credentials of "${options.name}" (${textOf(cause)}): set the right user, password or credentials file.`
            })
          : new NatsConnectError({
              code: "NATS_UNREACHABLE",
              message: `NATS at ${shown} does not answer (${textOf(cause)}): start it, or set the URL of one that runs.`
            })
    })
  })

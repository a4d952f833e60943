import { accessSync, constants, readFileSync } from "node:fs"
import {
  connect,
  errors,
  type NatsConnection,
  type NodeConnectionOptions,
  nkeyAuthenticator
} from "@nats-io/transport-node"
import { Effect, type Scope } from "effect"
import { errorText } from "../kernel/error-text.ts"
import { isDistrust, nkeySeedIn } from "../protocol/control/nats-refusal.ts"
import { publicUrl } from "../protocol/control/public-url.ts"
import { TickClientError } from "./client-error.ts"
import { readEnvironment } from "./environment-source.ts"
import type { ConnectionSource, ServerSource } from "./options.ts"

const serverOf = (url: string) => {
  const parsed = new URL(/^[a-z+]+:\/\//i.test(url) ? url : `nats://${url}`)
  if (parsed.hostname === "") throw new Error("it has no host")
  return { parsed, server: `${parsed.hostname}:${parsed.port === "" ? "4222" : parsed.port}` }
}

/** Credentials of the reader. Throws when a file cannot be read; its text is a secret and is in no message. */
const credentialsOf = (source: ServerSource, inUrl: URL | undefined) => {
  if (source.nkeyFile !== undefined) {
    const seed = nkeySeedIn(readFileSync(source.nkeyFile, "utf8"))
    if (seed === undefined) throw new Error(`nkeyFile ${source.nkeyFile} holds no nkey seed of a user`)
    return { authenticator: nkeyAuthenticator(new TextEncoder().encode(seed)) }
  }
  const user = source.user ?? decodeURIComponent(inUrl?.username ?? "")
  const pass = source.password ?? decodeURIComponent(inUrl?.password ?? "")
  return { ...(user !== "" && { user }), ...(pass !== "" && { pass }) }
}

const tlsOf = (source: ServerSource, wanted: boolean): Pick<NodeConnectionOptions, "tls"> => {
  const files = {
    ...(source.tlsCa !== undefined && { caFile: source.tlsCa }),
    ...(source.tlsCert !== undefined && { certFile: source.tlsCert }),
    ...(source.tlsKey !== undefined && { keyFile: source.tlsKey })
  }
  const named = Object.values(files)
  // The official client would report this only after the dial, and as another failure.
  for (const file of named) accessSync(file, constants.R_OK)
  return wanted || named.length > 0 ? { tls: files } : {}
}

/** Throws when the URL is invalid or a file cannot be read. The official client reads host and port of a URL only. */
const optionsOf = (source: ServerSource, inboxPrefix: string | undefined): NodeConnectionOptions => {
  const servers = source.url.split(",").map((one) => serverOf(one.trim()))
  return {
    servers: servers.map(({ server }) => server),
    name: "tickd client",
    ...credentialsOf(source, servers[0]?.parsed),
    ...tlsOf(
      source,
      servers.some(({ parsed }) => parsed.protocol === "tls:")
    ),
    ...(inboxPrefix !== undefined && { inboxPrefix }),
    timeout: 1500,
    pingInterval: 5000,
    maxPingOut: 2,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 500,
    noAsyncTraces: true,
    ...source.connectionOptions
  }
}

/** The server refuses the credentials, at the first dial or at a later one. */
export const isAuthRefusal = (cause: unknown): cause is Error =>
  cause instanceof errors.AuthorizationError || cause instanceof errors.UserAuthenticationExpiredError

const refusalOf = (cause: unknown, shown: string): TickClientError => {
  const text = errorText(cause)
  if (isAuthRefusal(cause))
    return new TickClientError({
      code: "NATS_AUTH_REJECTED",
      message: `NATS at ${shown} refuses these credentials (${text}): set nkeyFile (NATS_NKEY_FILE), or user and password, to those of a reader.`
    })
  if (isDistrust(text))
    return new TickClientError({
      code: "NATS_TLS_REJECTED",
      message: `NATS at ${shown} is not trusted (${text}): set tlsCa (NATS_TLS_CA) to the authority of its certificate, and the URL to a host that the certificate names.`
    })
  return new TickClientError({
    code: "NATS_UNREACHABLE",
    message: `NATS at ${shown} does not answer (${text}): start it, or give the URL of one that runs.`
  })
}

const dial = Effect.fnUntraced(function* (source: ServerSource, inboxPrefix: string | undefined) {
  // For a caller without types, and for one whose variable is not set.
  if (typeof source.url !== "string" || source.url.trim() === "")
    return yield* new TickClientError({
      code: "CLIENT_OPTIONS_INVALID",
      message: 'Neither url nor connection is given: set url: "nats://HOST:PORT", or pass a connection.'
    })
  const shown = publicUrl(source.url)
  const options = yield* Effect.try({
    try: () => optionsOf(source, inboxPrefix),
    catch: (cause) =>
      new TickClientError({
        code: "CLIENT_OPTIONS_INVALID",
        message:
          cause instanceof TypeError
            ? `${shown}is not a NATS URL: write nats://HOST:PORT or tls://HOST:PORT.`
            : `The connection to ${shown} cannot be set up (${errorText(cause)}): correct the file or the URL.`
      })
  })
  return yield* Effect.tryPromise({
    try: (signal) =>
      connect(options).then((connection) => {
        if (signal.aborted) void connection.close()
        return connection
      }),
    catch: (cause) => refusalOf(cause, shown)
  })
})

/** Closes a connection, and waits a second for it at most. */
export const closeConnection = (connection: NatsConnection) =>
  // Closing waits for a flush, which a hanging server never answers.
  Effect.promise(() => connection.close().catch(() => undefined)).pipe(Effect.interruptible, Effect.timeoutOption(1000))

export interface OpenConnection {
  readonly connection: NatsConnection
  readonly inboxPrefix: string | undefined
}

/** The caller's connection, or a new one that is closed with the scope. */
export const openConnection = Effect.fnUntraced(function* (
  source: ConnectionSource & { readonly inboxPrefix?: string }
): Effect.fn.Return<OpenConnection, TickClientError, Scope.Scope> {
  if ("connection" in source) return { connection: source.connection, inboxPrefix: source.inboxPrefix }
  const server = "environment" in source ? yield* readEnvironment(source.environment) : source
  const inboxPrefix = source.inboxPrefix ?? server.inboxPrefix
  const connection = yield* Effect.acquireRelease(dial(server, inboxPrefix), closeConnection)
  return { connection, inboxPrefix }
})

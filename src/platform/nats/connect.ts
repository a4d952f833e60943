import { accessSync, constants, readFileSync } from "node:fs"
import {
  connect,
  credsAuthenticator,
  errors,
  type NatsConnection,
  type NodeConnectionOptions,
  nkeyAuthenticator
} from "@nats-io/transport-node"
import { Effect, Schema } from "effect"
import { errorText } from "../../kernel/error-text.ts"
import { isDistrust, nkeySeedIn } from "../../protocol/control/nats-refusal.ts"
import { publicUrl } from "../../protocol/control/public-url.ts"

/** How to connect to a NATS server. Secrets may be in the URL (`nats://user:pass@host`) or in separate fields. */
export interface NatsConnectionOptions {
  /** One or more `nats://` or `tls://` URLs, separated by commas. */
  readonly url: string
  /** Name in the server's connection list. */
  readonly name: string
  readonly user?: string
  readonly pass?: string
  /** Path of a file that holds the password. It is read for each connection and goes before `pass`. */
  readonly passFile?: string
  /** Path of a credentials file (JWT and seed). */
  readonly credsFile?: string
  /** Path of a file with an nkey seed (`SU…`). The seed is read for each connection and never leaves this process. */
  readonly nkeyFile?: string
  /**
   * When set, also to an empty object, a server without TLS is refused. `caFile`: the authority that signed the
   * server's certificate.
   */
  readonly tls?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string }
  /** Inbox prefix. With per-role permissions each role has its own. */
  readonly inboxPrefix?: string
  readonly connectTimeoutMs?: number
  readonly pingIntervalMs?: number
  /** False (used by the publisher): a lost connection closes for good and its owner opens the next one. */
  readonly reconnect?: boolean
}

/**
 * A connection that could not be opened.
 * `NATS_UNREACHABLE`: no answer, or not in time; another attempt may succeed. `isForeign`: another program answers.
 * `NATS_AUTH_REJECTED`: the server refuses these credentials until an operator changes them.
 * `NATS_TLS_REJECTED`: the certificate is not signed by the known authority or not for this host, or there is no TLS.
 * `NATS_OPTIONS_INVALID`: the URL, or a file named by the options, cannot be used.
 */
export class NatsConnectError extends Schema.TaggedError<NatsConnectError>()("NatsConnectError", {
  code: Schema.Literals(["NATS_UNREACHABLE", "NATS_AUTH_REJECTED", "NATS_TLS_REJECTED", "NATS_OPTIONS_INVALID"]),
  message: Schema.String,
  isForeign: Schema.optionalKey(Schema.Boolean)
}) {
  get retryable(): boolean {
    return this.code === "NATS_UNREACHABLE"
  }
}

interface ServerAddress {
  readonly server: string
  readonly user?: string
  readonly pass?: string
}

/** The client library reads host and port only, so user and password are extracted from the URL here. */
const addressOf = (url: string): ServerAddress => {
  const parsed = new URL(/^[a-z+]+:\/\//i.test(url) ? url : `nats://${url}`)
  if (parsed.hostname === "") throw new Error("it has no host")
  return {
    server: `${parsed.hostname}:${parsed.port === "" ? "4222" : parsed.port}`,
    ...(parsed.username !== "" && { user: decodeURIComponent(parsed.username) }),
    ...(parsed.password !== "" && { pass: decodeURIComponent(parsed.password) })
  }
}

const serversOf = (urls: string): ReadonlyArray<string> =>
  urls.split(",").map((url) => {
    try {
      return addressOf(url.trim()).server.replace(/^(localhost|\[::1\]):/, "127.0.0.1:")
    } catch {
      return url.trim()
    }
  })

/** Whether two lists of URLs have a server in common, ignoring scheme and credentials. */
export const sameServer = (one: string, other: string): boolean => {
  const servers = new Set(serversOf(other))
  return serversOf(one).some((server) => servers.has(server))
}

const seedOf = (file: string): Uint8Array => {
  const seed = nkeySeedIn(readFileSync(file, "utf8"))
  // the text of the file is secret, so it is not quoted
  if (seed === undefined) throw new Error(`${file} holds no nkey seed of a user`)
  return new TextEncoder().encode(seed)
}

const passwordOf = ({ pass, passFile }: NatsConnectionOptions): string | undefined => {
  if (passFile === undefined) return pass
  const text = readFileSync(passFile, "utf8").trim()
  if (text === "") throw new Error(`${passFile} holds no password`)
  return text
}

/** The credentials of a connection. The client library keeps them for reconnects. */
const credentialsOf = (options: NatsConnectionOptions, user: string | undefined, pass: string | undefined) => {
  if (options.credsFile !== undefined) return { authenticator: credsAuthenticator(readFileSync(options.credsFile)) }
  if (options.nkeyFile !== undefined) return { authenticator: nkeyAuthenticator(seedOf(options.nkeyFile)) }
  return user === undefined ? {} : { user, ...(pass !== undefined && { pass }) }
}

/** Options of the official client. Throws when the URL is invalid or a named file cannot be read. */
export const clientOptions = (options: NatsConnectionOptions): NodeConnectionOptions => {
  const addresses = options.url.split(",").map((url) => addressOf(url.trim()))
  const user = options.user ?? addresses[0]?.user
  const pass = passwordOf(options) ?? addresses[0]?.pass
  for (const file of [options.tls?.caFile, options.tls?.certFile, options.tls?.keyFile]) {
    if (file !== undefined) accessSync(file, constants.R_OK)
  }
  const wantsTls = options.tls !== undefined || /(^|,)\s*tls:\/\//i.test(options.url)
  return {
    servers: addresses.map((address) => address.server),
    name: options.name,
    ...credentialsOf(options, user, pass),
    ...(wantsTls && { tls: { ...options.tls } }),
    ...(options.inboxPrefix !== undefined && { inboxPrefix: options.inboxPrefix }),
    // without it, a dial that began while the network was down never ends
    timeout: options.connectTimeoutMs ?? 1500,
    pingInterval: options.pingIntervalMs ?? 5000,
    maxPingOut: 2,
    reconnect: options.reconnect ?? true,
    maxReconnectAttempts: -1,
    // otherwise two stack captures for each request: half of a publish's cost
    noAsyncTraces: true
  }
}

/** What the client library says of a first line that is no INFO of NATS. */
const notNats = "unexpected response from server"

/** The fix for a server that does not answer. */
export const startRemedy = "start it, or set the URL of one that runs"

const refusalOf = (cause: unknown, shown: string, name: string): NatsConnectError => {
  const text = errorText(cause)
  if (cause instanceof errors.AuthorizationError || cause instanceof errors.UserAuthenticationExpiredError) {
    return new NatsConnectError({
      code: "NATS_AUTH_REJECTED",
      message: `NATS at ${shown} refuses the credentials of "${name}" (${text}): set the right user, password, nkey or credentials file.`
    })
  }
  if (isDistrust(text)) {
    return new NatsConnectError({
      code: "NATS_TLS_REJECTED",
      message: `NATS at ${shown} is not trusted (${text}): set NATS_TLS_CA to the authority of its certificate, and the URL to a host that the certificate names.`
    })
  }
  if (text.includes(notNats)) {
    return new NatsConnectError({
      code: "NATS_UNREACHABLE",
      message: `What answers at ${shown} is not a NATS server: set the URL of one, or end the program that holds its port.`,
      isForeign: true
    })
  }
  return new NatsConnectError({
    code: "NATS_UNREACHABLE",
    message: `NATS at ${shown} does not answer (${text}): ${startRemedy}.`
  })
}

/** Opens one connection. The caller closes it. Fails with `NatsConnectError`, which never contains credentials. */
export const connectNats = (options: NatsConnectionOptions): Effect.Effect<NatsConnection, NatsConnectError> =>
  Effect.gen(function* () {
    const shown = publicUrl(options.url)
    const settings = yield* Effect.try({
      try: () => clientOptions(options),
      catch: (cause) =>
        new NatsConnectError({
          code: "NATS_OPTIONS_INVALID",
          message: `NATS connection "${options.name}" to ${shown} cannot be set up (${errorText(cause)}): correct the URL, or the file that is named.`
        })
    })
    return yield* Effect.tryPromise({
      // an interrupted attempt must not leave a connection without an owner
      try: (signal) =>
        connect(settings).then((connection) => {
          if (signal.aborted) void connection.close()
          return connection
        }),
      catch: (cause) => refusalOf(cause, shown, options.name)
    })
  })

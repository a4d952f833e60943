import { createServer } from "node:net"
import { join } from "node:path"
import { Effect, Schema } from "effect"

export interface NatsServerOptions {
  /** Path of the program, from `findNatsServer`. */
  readonly binary: string
  /** Folder of the store, the configuration, the log of the last start and the record; created when missing. */
  readonly storeDir: string
  /** 0: a free port is chosen once. Restarts that get the server's `port` keep it. */
  readonly port: number
  readonly host?: string
  /** Maximum age of acknowledged data that an OS crash may lose. A killed server process loses none. */
  readonly syncInterval?: string
  /** Largest message in bytes. */
  readonly maxPayload?: number
  /** Bytes that JetStream may use. Omit for `sizeStore`, or the server's own choice from the free disk. */
  readonly maxFileStore?: number
  /**
   * The store's size is derived from the whole disk, including its content, and then kept (`store-size.ts`). Default:
   * false.
   */
  readonly sizeStore?: boolean
  /** False only in tests without JetStream. */
  readonly jetstream?: boolean
  /** A start without any progress (no log line, no processor time) ends after this. Default: 60 s. */
  readonly startTimeoutMs?: number
  /** Called every `slowStartMs` (10 s) during a start: a large store is read back before the first connection. */
  readonly onSlowStart?: (message: string) => void
  readonly slowStartMs?: number
  readonly stopTimeoutMs?: number
  /** A server that does not answer for this long is killed and restarted. Default: 15 s. */
  readonly silentAfterMs?: number
  /** Wraps the command line so that the server ends with this process. Omit: only the death watch ends it. */
  readonly bind?: (
    program: string,
    args: ReadonlyArray<string>
  ) => { readonly program: string; readonly args: ReadonlyArray<string> }
  /** Called with each line of the server's log. */
  readonly log?: (line: string) => void
}

/**
 * The server could not be started.
 * `NATS_PORT_IN_USE`, `NATS_STORE_IN_USE`: another process holds it. `NATS_START_TIMEOUT`: it runs, accepts no
 * connection and makes no progress. `NATS_START_FAILED`: it ended; the error contains its last line.
 */
export class NatsServerError extends Schema.TaggedError<NatsServerError>()("NatsServerError", {
  code: Schema.Literals(["NATS_PORT_IN_USE", "NATS_STORE_IN_USE", "NATS_START_FAILED", "NATS_START_TIMEOUT"]),
  message: Schema.String,
  port: Schema.optionalKey(Schema.Int)
}) {}

/** A running server ended unexpectedly. */
export class NatsServerExited extends Schema.TaggedError<NatsServerExited>()("NatsServerExited", {
  code: Schema.tag("NATS_SERVER_EXITED"),
  message: Schema.String,
  exitCode: Schema.NullOr(Schema.Int),
  signal: Schema.NullOr(Schema.String)
}) {}

/** A running server answered neither PING nor the JetStream API, and was killed. */
export class NatsServerSilent extends Schema.TaggedError<NatsServerSilent>()("NatsServerSilent", {
  code: Schema.tag("NATS_SERVER_SILENT"),
  message: Schema.String,
  pid: Schema.Int,
  silentMs: Schema.Int
}) {}

/** A name or path for the configuration: quoted, so that spaces and signs are not syntax. */
const quoted = (text: string): string => JSON.stringify(text)

/** Text of the server's configuration. `serverName` distinguishes this start from any other server on the port. */
export const serverConfig = (options: NatsServerOptions, port: number, serverName: string): string =>
  [
    "# written by tickd at each start; edits are lost",
    `server_name: ${quoted(serverName)}`,
    `listen: ${quoted(`${options.host ?? "127.0.0.1"}:${port}`)}`,
    "logtime: true",
    ...(options.maxPayload === undefined ? [] : [`max_payload: ${options.maxPayload}`]),
    // a burst of a whole window must not make the publisher a slow consumer of acknowledgements
    "max_pending: 64MB",
    ...(options.jetstream === false
      ? []
      : [
          "jetstream {",
          `  store_dir: ${quoted(join(options.storeDir, "store"))}`,
          `  sync_interval: ${quoted(options.syncInterval ?? "1s")}`,
          ...(options.maxFileStore === undefined ? [] : [`  max_file_store: ${options.maxFileStore}`]),
          "}"
        ]),
    ""
  ].join("\n")

/** A port that was free a moment ago. */
export const freePort = (host: string): Effect.Effect<number, NatsServerError> =>
  Effect.callback((resume) => {
    const probe = createServer()
    probe.once("error", (cause) =>
      resume(
        Effect.fail(
          new NatsServerError({
            code: "NATS_START_FAILED",
            message: `No free port on ${host} for nats-server (${cause.message}): name one with its port option.`
          })
        )
      )
    )
    probe.listen(0, host, () => {
      const address = probe.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      probe.close(() => resume(Effect.succeed(port)))
    })
    return Effect.sync(() => probe.close())
  })

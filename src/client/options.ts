import type { NatsConnection, NodeConnectionOptions } from "@nats-io/transport-node"
import type { TickNotice } from "./notice.ts"
import type { TickDecoder } from "./read-stored-tick.ts"

/** Server and credentials of a connection. The files are read when it is opened. */
export interface ServerSource {
  /** `nats://` or `tls://`, several separated by commas; may contain user and password. */
  readonly url: string
  readonly user?: string
  readonly password?: string
  /** File with the nkey seed of a user (`SU…`). */
  readonly nkeyFile?: string
  /** Certificate of the authority that signed the server's. When set, a server without TLS is refused. */
  readonly tlsCa?: string
  /** Certificate and key of this client, for a server that requires them. */
  readonly tlsCert?: string
  readonly tlsKey?: string
  /** Further options of the official client; they override those above. */
  readonly connectionOptions?: NodeConnectionOptions
}

/** `NATS_URL` and the other variables of `reader.env`, from a file or from the environment of the process. */
export interface EnvironmentSource {
  /** A file as written by `tickd nats init`; paths in it are relative to its folder. Omit for the environment. */
  readonly envFile?: string
  /** Replaces `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** A connection of the caller, which stays open; a server and credentials; or the environment. */
export type ConnectionSource =
  | { readonly connection: NatsConnection }
  | ServerSource
  | { readonly environment: EnvironmentSource }

/** Which ticks, and from where. Without `instruments` and `pattern`: every tick of the stream. */
export interface TickSelection {
  /** The exchange's own codes, `["rb2410", "SP a2501&a2505"]`. */
  readonly instruments?: ReadonlyArray<string>
  /** A subject with wildcards, `md.tick.SHFE.rb.>`. */
  readonly pattern?: string
  /** `TICK_STREAM` of the daemon (`MD_TICKS`). */
  readonly stream?: string
  /** `TICK_SUBJECT_TEMPLATE` of the daemon. */
  readonly subjectTemplate?: string
}

/**
 * `live`: ticks stored from now on. `snapshot`: the newest tick of each instrument, then everything that follows,
 * without a gap. A date or epoch milliseconds: everything stored since. A sequence of the stream: from that message
 * on.
 */
export type TicksFrom = "live" | "snapshot" | Date | number | { readonly sequence: number }

export interface ReadOptions extends TickSelection {
  /** Start of reading (`live`). */
  readonly from?: TicksFrom
  /** Called with every notice, before the ticks of its batch. Batches contain the same notices. */
  readonly onNotice?: (notice: TickNotice) => void
  /** Needed for another `TICK_SERIALIZER` than json or compact. */
  readonly decode?: TickDecoder
  /** Maximum number of messages kept for a slow caller; the server keeps the others (8192). */
  readonly capacity?: number
  /** Interval of the server's heartbeats, milliseconds, at least 500 (5000). */
  readonly heartbeatMs?: number
  /** Inbox prefix (`_INBOX`). With per-role permissions each role has its own. */
  readonly inboxPrefix?: string
  /** Clock of the lag, epoch milliseconds (`Date.now`). */
  readonly nowMs?: () => number
}

export interface SnapshotOptions extends TickSelection {
  readonly decode?: TickDecoder
  readonly inboxPrefix?: string
  /** Time limit of the whole answer (10000). */
  readonly timeoutMs?: number
}

export type TicksOptions = ConnectionSource & ReadOptions
export type LatestOptions = ConnectionSource & SnapshotOptions

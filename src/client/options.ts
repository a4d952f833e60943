import type { NatsConnection, NodeConnectionOptions } from "@nats-io/transport-node"
import type { TickNotice } from "./notice.ts"
import type { TickDecoder } from "./read-stored-tick.ts"

/** Where to open a connection, and as whom. The files are read when it is opened. */
export interface ServerSource {
  /** `nats://` or `tls://`, several with commas; user and password may stand in it. */
  readonly url: string
  readonly user?: string
  readonly password?: string
  /** File with the nkey seed of a user (`SU…`). */
  readonly nkeyFile?: string
  /** Certificate of the authority that signed the server's; with it a server without TLS is refused. */
  readonly tlsCa?: string
  /** Certificate and key of this client, for a server that asks for them. */
  readonly tlsCert?: string
  readonly tlsKey?: string
  /** Further options of the official client; they win over those above. */
  readonly connectionOptions?: NodeConnectionOptions
}

/** `NATS_URL` and the other variables of `reader.env`, from a file or from the environment of the process. */
export interface EnvironmentSource {
  /** A file such as `tickd nats init` writes; paths in it count from its folder. Without it: the environment. */
  readonly envFile?: string
  /** Instead of `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** A connection of the caller's, which stays open; where to open one; or the environment that says it. */
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
 * `live`: what is stored from now on. `snapshot`: the newest tick of each instrument, then everything that follows, without
 * a gap between. A date or epoch milliseconds: everything stored since. A sequence of the stream: from that message on.
 */
export type TicksFrom = "live" | "snapshot" | Date | number | { readonly sequence: number }

export interface ReadOptions extends TickSelection {
  /** Where to begin (`live`). */
  readonly from?: TicksFrom
  /** Called with everything that is no tick, before the ticks of its batch. Batches carry the same notices. */
  readonly onNotice?: (notice: TickNotice) => void
  /** For another `TICK_SERIALIZER` than json or compact. */
  readonly decode?: TickDecoder
  /** Most messages kept for a user that does not take them; the server keeps the others (8192). */
  readonly capacity?: number
  /** How often the server says that it is there, milliseconds, 500 at least (5000). */
  readonly heartbeatMs?: number
  /** Under per-role permissions each role has an inbox prefix of its own (`_INBOX`). */
  readonly inboxPrefix?: string
  /** Clock of the lag, epoch milliseconds (`Date.now`). */
  readonly nowMs?: () => number
}

export interface SnapshotOptions extends TickSelection {
  readonly decode?: TickDecoder
  readonly inboxPrefix?: string
  /** How long the whole answer may take (10000). */
  readonly timeoutMs?: number
}

export type TicksOptions = ConnectionSource & ReadOptions
export type LatestOptions = ConnectionSource & SnapshotOptions

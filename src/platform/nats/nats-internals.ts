// All that this project uses of the private parts of the NATS client (@nats-io/nats-core 3.x), in one place.
// tests/integration/nats-internals.test.ts checks the pinned version with a real server.
import type { Socket } from "node:net"
import type { NatsConnection } from "@nats-io/transport-node"

/** The outbound queue of `ProtocolHandler`: bytes of the NATS protocol, in sequence. */
export interface Outbound {
  sendCommand(bytes: Uint8Array): void
  flushPending(): void
}

interface Inside {
  readonly protocol?: Partial<Outbound> & { readonly transport?: { readonly socket?: Socket } }
  readonly options?: { readonly inboxPrefix?: string }
}

const insideOf = (connection: NatsConnection) => connection as unknown as Inside

/**
 * Undefined when the client's internals have changed. Its own `publish` is then used, which costs a regular
 * expression, a string, an encoder, four buffers and a copy for each message.
 */
export const outboundOf = (connection: NatsConnection): Outbound | undefined => {
  const { protocol } = insideOf(connection)
  return typeof protocol?.sendCommand === "function" && typeof protocol.flushPending === "function"
    ? (protocol as Outbound)
    : undefined
}

/** The socket, to reset it at once. Undefined when the client's internals have changed: the close is then slower. */
export const socketOf = (connection: NatsConnection): Socket | undefined =>
  insideOf(connection).protocol?.transport?.socket

/** The inbox prefix that this connection's user may read. The client does not expose its own options. */
export const inboxPrefixOf = (connection: NatsConnection): string =>
  insideOf(connection).options?.inboxPrefix ?? "_INBOX"

// All that this project takes from the private parts of the NATS client (@nats-io/nats-core 3.x), in one place.
// tests/integration/nats-internals.test.ts holds the pinned version to it with a real server.
import type { Socket } from "node:net"
import type { NatsConnection } from "@nats-io/transport-node"

/** The outbound queue of `ProtocolHandler`: bytes of the NATS protocol, in order. */
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
 * Undefined when the client's inside is not what it was: then its own `publish` is used, which takes a regular
 * expression, a text, an encoder, four buffers and a copy a message.
 */
export const outboundOf = (connection: NatsConnection): Outbound | undefined => {
  const { protocol } = insideOf(connection)
  return typeof protocol?.sendCommand === "function" && typeof protocol.flushPending === "function"
    ? (protocol as Outbound)
    : undefined
}

/** The socket, for a reset at once. Undefined when the client's inside is not what it was: the close is slower then. */
export const socketOf = (connection: NatsConnection): Socket | undefined =>
  insideOf(connection).protocol?.transport?.socket

/** The inbox prefix that this connection's user may read; the client does not publish its own options. */
export const inboxPrefixOf = (connection: NatsConnection): string =>
  insideOf(connection).options?.inboxPrefix ?? "_INBOX"

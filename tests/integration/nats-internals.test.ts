// The publisher writes frames into the client's own queue and resets its socket. A version of the client with another
// inside would be slower and close late, and nothing else would say so.
import { Socket } from "node:net"
import { assert, it } from "@effect/vitest"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import { connectNats } from "../../src/platform/nats/connect.ts"
import { inboxPrefixOf, outboundOf, socketOf } from "../../src/platform/nats/nats-internals.ts"
import { startServer } from "../support/nats-server.ts"

const say = (what: string) => `the NATS client changed: ${what}; repair src/platform/nats/nats-internals.ts`

it.live("the NATS client has its queue, its socket and its options where this project reaches for them", () =>
  Effect.gen(function* () {
    const { url } = yield* startServer()
    const connect = Effect.acquireRelease(
      connectNats({ url, name: "contract", inboxPrefix: "_INBOX_OWN", reconnect: false }),
      (open: NatsConnection) => Effect.promise(() => open.close().catch(() => undefined))
    )
    const connection = yield* connect
    assert.strictEqual(inboxPrefixOf(connection), "_INBOX_OWN", say("`options.inboxPrefix` is not the prefix"))

    const outbound = outboundOf(connection)
    assert.isDefined(outbound, say("`protocol` has no `sendCommand` and `flushPending`"))
    const received: Array<string> = []
    const subscription = connection.subscribe("contract.*", {
      callback: (_error, message) => void received.push(`${message.subject} ${message.string()}`)
    })
    // The publisher relies on the sequence of frames and of the client's own messages.
    connection.publish("contract.1", "own")
    outbound?.sendCommand(Buffer.from("PUB contract.2 5\r\nframe\r\n"))
    outbound?.flushPending()
    connection.publish("contract.3", "own")
    yield* Effect.promise(() => connection.flush())
    assert.deepStrictEqual(
      received,
      ["contract.1 own", "contract.2 frame", "contract.3 own"],
      say("`sendCommand` does not write the bytes in order")
    )
    subscription.unsubscribe()

    const socket = socketOf(connection)
    assert.instanceOf(socket, Socket, say("`protocol.transport.socket` is no socket"))
    socket?.resetAndDestroy()
    yield* Effect.promise(() => connection.closed())
    assert.isTrue(connection.isClosed(), say("a reset of the socket does not close the connection"))
  })
)

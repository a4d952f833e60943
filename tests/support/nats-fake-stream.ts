import { Effect } from "effect"
import type { Link, LinkEvents, OpenLink, StoredMessage } from "../../src/market/adapters/jetstream/link.ts"
import { LinkError, type Refusal } from "../../src/market/adapters/jetstream/publish-errors.ts"
import type { Payload } from "../../src/market/adapters/jetstream/publish-window.ts"
import type { StreamTail } from "../../src/market/adapters/jetstream/tick-stream.ts"

interface Arriving {
  readonly slot: number
  readonly subject: string
  readonly payload: Payload
  readonly afterSeq: number | undefined
  readonly asked: boolean
}

interface Connection {
  readonly events: LinkEvents
  readonly queue: Array<Arriving>
  open: boolean
  destroyed: boolean
}

const full: Refusal = { kind: "retryable", code: "STREAM_FULL", description: "maximum bytes exceeded" }
const moved: Refusal = { kind: "ambiguous", code: "WRONG_LAST_SEQUENCE", description: "wrong last sequence" }
const bytesOf = (payload: Payload) => (typeof payload === "string" ? new TextEncoder().encode(payload) : payload)

/**
 * A stream and its server in memory, controlled by the test. Messages in flight on a broken connection are processed
 * later, as a real server does: stored, without an acknowledgement.
 */
export class FakeStream {
  readonly messages: Array<StoredMessage> = []
  readonly connections: Array<Connection> = []
  created = "first"
  refusing = false
  private seq = 0

  readonly open: OpenLink = (events) =>
    Effect.sync(() => {
      const connection: Connection = { events, queue: [], open: true, destroyed: false }
      this.connections.push(connection)
      return this.linkOf(connection)
    })

  /**
   * Processes up to `count` messages of each connection, including closed ones. `acked` false: the answers are lost
   * on the way.
   */
  work(count: number, acked = true, connections: ReadonlyArray<Connection> = this.connections): void {
    for (const connection of connections) {
      for (const arriving of connection.queue.splice(0, count)) this.handle(connection, arriving, acked)
    }
  }

  /** A message of another client. */
  write(subject: string, text = ""): void {
    this.messages.push({ seq: ++this.seq, subject, data: new TextEncoder().encode(text) })
  }

  /** Breaks the open connections. `kept`: number of messages of each that the server has received by then. */
  breakAll(kept: number): void {
    for (const connection of this.connections) {
      if (!connection.open) continue
      connection.open = false
      connection.queue.splice(kept)
      connection.events.closed("broken by the test")
    }
  }

  private handle(connection: Connection, { slot, subject, payload, afterSeq, asked }: Arriving, acked: boolean): void {
    const told = asked && acked && connection.open && !connection.destroyed
    const refusal = afterSeq !== undefined && afterSeq !== this.seq ? moved : this.refusing ? full : undefined
    if (refusal !== undefined) {
      if (told) connection.events.refused(slot, refusal)
      return
    }
    this.messages.push({ seq: ++this.seq, subject, data: Uint8Array.from(bytesOf(payload)) })
    if (told) connection.events.stored(slot, this.seq)
  }

  private linkOf(connection: Connection): Link {
    const tail = Effect.suspend(
      (): Effect.Effect<StreamTail, LinkError> =>
        connection.open
          ? Effect.succeed({ created: this.created, lastSeq: this.seq, messages: this.messages.length })
          : Effect.fail(new LinkError({ code: "JETSTREAM_API", message: "broken", retryable: true }))
    )
    const send = (slot: number, subject: string, payload: Payload, asked: boolean, afterSeq?: number) => {
      if (!connection.open) throw new Error("closed connection")
      connection.queue.push({ slot, subject, payload, afterSeq, asked })
    }
    return {
      isClosed: () => !connection.open,
      publish: send,
      publishAfter: (slot, subject, payload, lastSeq) => send(slot, subject, payload, true, lastSeq),
      declareStream: tail,
      tail,
      read: (seq) => Effect.map(tail, () => this.messages.find((message) => message.seq === seq)),
      lastOf: (subject) => Effect.map(tail, () => this.messages.findLast((message) => message.subject === subject)),
      destroy: () => {
        connection.destroyed = true
        connection.open = false
      }
    }
  }
}

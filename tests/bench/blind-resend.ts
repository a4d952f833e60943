import { jetstreamManager } from "@nats-io/jetstream"
import { connect, headers, type NatsConnection } from "@nats-io/transport-node"
import { streamShape } from "../../src/protocol/market/streams.ts"

/**
 * The rejected design in its simplest form, for comparison: every message has an id, unacknowledged messages are
 * retained, and a new connection sends all of them again; the server drops known ids.
 */
export class BlindResend {
  acknowledged = 0
  private next = 0
  private readonly retained = new Map<number, string>()
  private connection: NatsConnection | undefined
  private readonly url: string
  private readonly window: number
  private readonly payload: Uint8Array

  constructor(options: { readonly url: string; readonly window: number; readonly payloadBytes: number }) {
    this.url = options.url.replace("nats://", "")
    this.window = options.window
    this.payload = Buffer.alloc(options.payloadBytes, "x")
  }

  /** Connects, sends the retained messages again, and completes when all of them are acknowledged. */
  async open(first: boolean): Promise<void> {
    const connection = await this.dial()
    this.connection = connection
    if (first) {
      const manager = await jetstreamManager(connection)
      await manager.streams.add({ ...streamShape({}), duplicate_window: 120e9 })
    }
    connection.subscribe("_INBOX.blind.*", {
      callback: (error, message) => {
        if (error !== null) return
        if (!this.retained.delete(Number(message.subject.slice(13)))) return
        this.acknowledged++
      }
    })
    for (const seq of this.retained.keys()) this.transmit(seq)
    while (this.retained.size > 0 && !connection.isClosed()) await new Promise((resolve) => setTimeout(resolve, 1))
  }

  /** Keeps the window full until the connection breaks. */
  async run(): Promise<void> {
    while (this.connection?.isClosed() === false) {
      while (this.retained.size < this.window) {
        const seq = this.next++
        this.retained.set(seq, `md.tick.SHFE.rb.rb${seq % 1000}`)
        this.transmit(seq)
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  async close(): Promise<void> {
    await this.connection?.close().catch(() => undefined)
  }

  private transmit(seq: number): void {
    const id = headers()
    id.set("Nats-Msg-Id", `7f3a9c2e-${seq}`)
    try {
      const subject = this.retained.get(seq) as string
      this.connection?.publish(subject, this.payload, { reply: `_INBOX.blind.${seq}`, headers: id })
    } catch {
      // a connection that has just closed: what is retained goes out over the next one
    }
  }

  private async dial(): Promise<NatsConnection> {
    for (;;) {
      try {
        return await connect({ servers: this.url, reconnect: false, timeout: 1500, noAsyncTraces: true })
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
  }
}

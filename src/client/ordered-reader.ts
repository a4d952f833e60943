import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream"
import { createInbox, type Msg, type NatsConnection, nuid, type Subscription } from "@nats-io/transport-node"
import { errorText } from "../kernel/error-text.ts"
import { ItemBuffer } from "../kernel/item-buffer.ts"
import { TickClientError } from "./client-error.ts"
import { parseDelivery } from "./delivery.ts"
import { closedFault, fatalFault } from "./fatal-fault.ts"
import type { TickNotice } from "./notice.ts"
import { PullRequests } from "./pull-requests.ts"
import { consumerConfig, type StartPosition } from "./start-position.ts"
import { continueAfter, readStreamState, refuseEmptyFilters, type StreamState } from "./stream-state.ts"

/** One stored message. `snapshot`: it was stored before reading began. */
export interface StoredMessage {
  readonly type: "message"
  readonly subject: string
  readonly data: Uint8Array
  /** In the stream: 1, 2, 3, … over all subjects. */
  readonly sequence: number
  /** Messages that the server still has for this reader. */
  readonly pending: number
  readonly snapshot: boolean
}

export interface OrderedReaderOptions {
  readonly connection: NatsConnection
  readonly stream: string
  /** Subjects or patterns, at least one, none of which overlaps another. */
  readonly filters: ReadonlyArray<string>
  readonly start: StartPosition
  /** Maximum number of messages kept for a slow caller (8192). */
  readonly capacity?: number
  /**
   * Interval of the server's heartbeats (5000). After two and a half silent intervals the reader makes a new
   * consumer.
   */
  readonly heartbeatMs?: number
  /** Inbox prefix (`_INBOX`). With per-role permissions each role has its own. */
  readonly inboxPrefix?: string
  /** A missing stream: an error (default), or wait until it exists. */
  readonly missing?: "fail" | "wait"
}

/** A request that was sent on a lost connection is never answered. */
const answerMs = 2500

/**
 * Messages of a stream in sequence, each exactly once, over lost connections, server restarts and lost consumers:
 * after every disturbance a new server-side consumer starts behind the last message read. `buffer.take` returns
 * messages and notices in sequence and fails with `TickClientError` when reading cannot continue.
 */
export class OrderedReader {
  readonly buffer: ItemBuffer<StoredMessage | TickNotice, TickClientError>
  private readonly options: OrderedReaderOptions
  private readonly pulls: PullRequests
  private readonly heartbeatMs: number
  private manager: JetStreamManager | undefined
  private created: string | undefined
  /** Stream sequence of the last returned message. */
  private cursor: number
  /** Messages up to here were in the stream when reading began; later ones are live. */
  private snapshotEnd = 0
  private inSnapshot: boolean
  private recentMs: number | undefined
  private consumer = ""
  private inbox = ""
  private subscription: Subscription | undefined
  private nextConsumerSequence = 1
  private lastSeenMs = 0
  private opening = false
  private connected = true
  private opened = false
  private ended = false
  private wakeOpening: (() => void) | undefined
  private readonly watchdog: NodeJS.Timeout

  constructor(options: OrderedReaderOptions) {
    this.options = options
    this.heartbeatMs = options.heartbeatMs ?? 5000
    this.pulls = new PullRequests(options.capacity ?? 8192, this.heartbeatMs)
    this.buffer = new ItemBuffer(() => this.refill())
    this.cursor = options.start.type === "sequence" ? Math.max(0, options.start.sequence - 1) : 0
    this.inSnapshot = options.start.type === "snapshot"
    this.watchdog = setInterval(() => this.watch(), this.heartbeatMs / 2)
    void this.followConnection()
    void this.open(undefined)
  }

  /** Ends reading and deletes the server's consumer. May be repeated. */
  close(): void {
    if (this.ended) return
    this.ended = true
    clearInterval(this.watchdog)
    this.leaveConsumer()
    this.wakeOpening?.()
  }

  private fail(error: TickClientError): void {
    if (this.ended) return
    this.close()
    this.buffer.fail(error)
  }

  private async followConnection(): Promise<void> {
    const { connection, stream } = this.options
    const closed = (cause: unknown) => this.fail(closedFault(cause, stream))
    connection.closed().then(closed, closed)
    for await (const status of connection.status()) {
      if (this.ended) return
      if (status.type === "disconnect") {
        this.connected = false
        this.buffer.push({ type: "disconnected" })
      }
      if (status.type === "reconnect") {
        this.connected = true
        this.wakeOpening?.()
        this.restart("the connection was lost")
      }
    }
  }

  /** Replaces a consumer whose server is silent, or that expired during a pause of the caller. */
  private watch(): void {
    if (this.opening || !this.connected || this.pulls.outstanding === 0) return
    if (performance.now() - this.lastSeenMs > this.heartbeatMs * 2.5) this.restart("the server was silent")
  }

  private leaveConsumer(): void {
    const { connection, stream } = this.options
    if (!connection.isClosed()) this.subscription?.unsubscribe()
    this.subscription = undefined
    if (this.consumer !== "" && !connection.isClosed())
      this.manager?.consumers.delete(stream, this.consumer).catch(() => undefined)
    this.consumer = ""
  }

  private restart(cause: string): void {
    if (this.ended || this.opening) return
    this.leaveConsumer()
    void this.open(cause)
  }

  /** Tries until there is a consumer: a client cannot know the end of an outage. */
  private async open(cause: string | undefined): Promise<void> {
    this.opening = true
    let reported = false
    for (let pauseMs = 100; !this.ended; pauseMs = Math.min(pauseMs * 2, 5000)) {
      // Requests on a lost connection are discarded at the next dial.
      while (!this.connected && !this.ended) await this.pause(1000)
      try {
        await this.create()
        this.opening = false
        if (cause !== undefined) this.buffer.push({ type: "resumed", afterSequence: this.cursor, cause })
        this.opened = true
        this.refill()
        return
      } catch (error) {
        if (this.ended) return
        const fatal = this.fatalOf(error)
        if (fatal !== undefined) return this.fail(fatal)
        if (!reported) this.buffer.push({ type: "waiting", cause: errorText(error) })
        reported = true
        await this.pause(pauseMs)
      }
    }
  }

  /** Until the time is over, the connection is back, or the reader is closed. */
  private async pause(pauseMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, pauseMs)
      this.wakeOpening = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  private fatalOf(cause: unknown, opened = this.opened): TickClientError | undefined {
    const { stream, filters, missing = "fail" } = this.options
    return fatalFault(cause, { stream, filters, opened, missing })
  }

  private async create(): Promise<void> {
    const { connection, stream, filters, start } = this.options
    this.manager ??= await jetstreamManager(connection, { checkAPI: false, timeout: answerMs })
    const state = await readStreamState(this.manager, stream)
    const first = this.created === undefined
    if (first) refuseEmptyFilters(stream, filters, state.subjects)
    const { cursor, notice } = continueAfter(this.cursor, this.created, state)
    if (notice !== undefined) this.buffer.push(notice)
    this.created = state.created
    this.cursor = first && start.type === "live" ? state.lastSequence : cursor
    if (notice?.type === "streamReset") this.endSnapshot()

    this.pulls.outstanding = 0
    this.nextConsumerSequence = 1
    this.inbox = createInbox(this.options.inboxPrefix)
    // An interrupted snapshot is taken again; messages up to the cursor are not returned twice.
    const from = start.type === "snapshot" && !this.inSnapshot ? { type: "live" as const } : this.timed(start, state)
    const name = `tickd_${nuid.next()}`
    const info = await this.manager.consumers.add(stream, consumerConfig(name, filters, from, this.cursor))
    if (this.ended) {
      this.manager.consumers.delete(stream, name).catch(() => undefined)
      return
    }
    if (this.inSnapshot) {
      // Read after the consumer was created: of the messages in between, the snapshot may have the newest only.
      this.snapshotEnd = (await readStreamState(this.manager, stream)).lastSequence
      if (info.num_pending === 0) this.endSnapshot()
    }
    this.consumer = name
    this.subscription = connection.subscribe(this.inbox, { callback: (error, message) => this.receive(error, message) })
    this.lastSeenMs = performance.now()
  }

  /** Resolved once: a new consumer starts at the same time as the first one. */
  private timed(start: StartPosition, { serverMs }: StreamState): Exclude<StartPosition, { type: "recent" }> {
    if (start.type !== "recent") return start
    this.recentMs ??= (serverMs ?? Date.now()) - start.ageMs
    return { type: "time", epochMs: this.recentMs }
  }

  private refill(): void {
    if (this.opening || this.ended || this.consumer === "" || this.options.connection.isClosed()) return
    const request = this.pulls.next(this.buffer.length)
    if (request === undefined) return
    this.options.connection.publish(`$JS.API.CONSUMER.MSG.NEXT.${this.options.stream}.${this.consumer}`, request, {
      reply: this.inbox
    })
    this.lastSeenMs = performance.now()
  }

  private receive(error: Error | null, message: Msg): void {
    if (error !== null) {
      // Denied on its own inbox: the next consumer would have the same inbox, and be requested at once.
      const fatal = this.fatalOf(error, false)
      return fatal === undefined ? this.restart(error.message) : this.fail(fatal)
    }
    this.lastSeenMs = performance.now()
    if (message.subject === this.inbox) return this.status(message)
    const at = parseDelivery(message.reply)
    if (at === undefined || at.consumerSequence !== this.nextConsumerSequence)
      return this.restart("a message was lost on the way")
    this.nextConsumerSequence++
    if (this.pulls.outstanding > 0) this.pulls.outstanding--
    if (at.streamSequence > this.cursor) {
      this.cursor = at.streamSequence
      if (this.inSnapshot && at.streamSequence > this.snapshotEnd) this.endSnapshot()
      this.buffer.push({
        type: "message",
        subject: message.subject,
        data: message.data,
        sequence: at.streamSequence,
        pending: at.pending,
        snapshot: this.inSnapshot
      })
    }
    if (this.inSnapshot && (at.pending === 0 || at.streamSequence === this.snapshotEnd)) this.endSnapshot()
    this.refill()
  }

  private endSnapshot(): void {
    if (!this.inSnapshot) return
    this.inSnapshot = false
    this.buffer.push({ type: "live", afterSequence: this.cursor })
  }

  private status(message: Msg): void {
    const code = message.headers?.code ?? 503
    if (code === 100) return
    const left = Number(message.headers?.get("Nats-Pending-Messages") ?? "")
    if (code === 404 || code === 408) {
      this.pulls.ended(left)
      return this.refill()
    }
    // The server will never accept this request: repeating it at once would be a busy loop.
    if (code === 400)
      return this.fail(
        new TickClientError({
          code: "JETSTREAM_API",
          message: `The server refuses to deliver from stream ${this.options.stream}: ${message.headers?.description ?? "bad request"}.`
        })
      )
    this.restart(`the server ended the consumer (${code} ${message.headers?.description ?? ""})`)
  }
}

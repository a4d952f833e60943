import { Effect } from "effect"

/** Events for the owner of a link, in the shape of the JetStream adapter's `LinkEvents`. */
export interface MemoryLinkEvents {
  stored(slot: number, seq: number): void
  refused(slot: number, refusal: MemoryRefusal): void
  closed(reason: string): void
}

interface MemoryRefusal {
  readonly kind: "retryable" | "ambiguous"
  readonly code: string
  readonly description: string
}

interface MemoryMessage {
  readonly seq: number
  readonly subject: string
  readonly data: Uint8Array
}

interface MemoryTail {
  readonly created: string
  readonly lastSeq: number
  readonly messages: number
}

type Payload = string | Uint8Array

/** Messages on their way to the server and, as `seqs`, answers on their way back. Columns: no object for a message. */
interface Connection {
  readonly events: MemoryLinkEvents
  /** The writer that opened it. */
  readonly writer: number
  slots: Array<number>
  subjects: Array<string>
  payloads: Array<Payload>
  afters: Array<number | undefined>
  /** Whether an answer is requested. */
  asked: Array<boolean>
  /** Answers that have not arrived, in sequence: slot, and sequence or 0 for a refusal. */
  answerSlots: Array<number>
  answers: Array<number | MemoryRefusal>
  arriving: boolean
  answering: boolean
  open: boolean
  destroyed: boolean
}

const full: MemoryRefusal = { kind: "retryable", code: "STREAM_FULL", description: "maximum bytes exceeded" }
const moved: MemoryRefusal = { kind: "ambiguous", code: "WRONG_LAST_SEQUENCE", description: "wrong last sequence" }
const encoder = new TextEncoder()
const bytesOf = (payload: Payload) => (typeof payload === "string" ? encoder.encode(payload) : payload)

/** Number of messages that can still be read. A publisher reads back over its window at most. */
const kept = 16_384

export interface MemoryStreamOptions<E> {
  readonly later: (afterMs: number, run: () => void) => () => void
  /** Called with each message in sequence of storing; `writer` opened the link, -1: another client. */
  readonly onStored: (subject: string, payload: Payload, seq: number, writer: number) => void
  /** Called with each message that is passed to a link. */
  readonly onSent: (subject: string, payload: Payload, writer: number) => void
  readonly failure: (code: string, message: string) => E
}

/** Time from a publisher to the server, milliseconds, and at least the same back. */
const wayMs = 1

/**
 * A stream and its server in memory, over a link that behaves like a network: messages travel, are stored, and are
 * answered later. Messages in flight on a broken connection are still processed, without an answer.
 */
export class MemoryStream<E> {
  /** Time from storing to the arrival of the answer, milliseconds. */
  ackMs = wayMs
  /** Number of reasons why the server reads nothing from its sockets now. */
  stalls = 0
  /** The server does not accept connections. */
  down = false
  /** The stream refuses new messages. */
  isFull = false
  seq = 0
  created = 1
  private connections: Array<Connection> = []
  private subjects: Array<string> = []
  private payloads: Array<Payload> = []
  private firstKept = 1
  private readonly options: MemoryStreamOptions<E>

  constructor(options: MemoryStreamOptions<E>) {
    this.options = options
  }

  get openLinks(): number {
    return this.connections.filter(({ open }) => open).length
  }

  readonly open = (events: MemoryLinkEvents, writer = 0) =>
    Effect.suspend(() => {
      if (this.down) return this.fail("NATS_UNREACHABLE", "connection refused", 1)
      const connection: Connection = {
        events,
        writer,
        slots: [],
        subjects: [],
        payloads: [],
        afters: [],
        asked: [],
        answerSlots: [],
        answers: [],
        arriving: false,
        answering: false,
        open: true,
        destroyed: false
      }
      this.connections = this.connections.filter(({ open, slots }) => open || slots.length > 0)
      this.connections.push(connection)
      return Effect.as(Effect.sleep(wayMs), this.linkOf(connection))
    })

  /** The process at the other end of every link has ended and receives no more events. `received` as for `breakAll`. */
  abandonAll(received: number): void {
    for (const connection of this.connections) connection.destroyed = true
    this.breakAll(received, "")
  }

  /** Breaks every connection. `received`: share of the messages in flight that the server has received by then. */
  breakAll(received: number, reason: string): void {
    for (const connection of this.connections) {
      if (!connection.open) continue
      connection.open = false
      const keep = Math.floor(connection.slots.length * received)
      connection.slots.length = keep
      connection.subjects.length = keep
      connection.payloads.length = keep
      connection.afters.length = keep
      connection.asked.length = keep
      connection.answers.length = 0
      connection.answerSlots.length = 0
      if (!connection.destroyed) connection.events.closed(reason)
    }
  }

  /** The server returns without its stored messages. */
  wipe(): void {
    this.created++
    this.seq = 0
    this.subjects = []
    this.payloads = []
    this.firstKept = 1
  }

  /** Stores a message of another client. */
  storeForeign(subject: string, payload: string): void {
    this.store(subject, payload, -1)
  }

  /** Call it when a stall or `down` ends: the server continues with what waits on its sockets. */
  resume(): void {
    // A closed connection stays until the server has processed what it received from it.
    this.connections = this.connections.filter(({ open, slots }) => open || slots.length > 0)
    for (const connection of this.connections) this.arrive(connection)
  }

  private fail(code: string, message: string, afterMs: number): Effect.Effect<never, E> {
    return Effect.andThen(
      Effect.sleep(afterMs),
      Effect.suspend(() => Effect.fail(this.options.failure(code, message)))
    )
  }

  private store(subject: string, payload: Payload, writer: number): number {
    this.subjects.push(subject)
    this.payloads.push(payload)
    if (this.subjects.length > 2 * kept) {
      this.subjects = this.subjects.slice(kept)
      this.payloads = this.payloads.slice(kept)
      this.firstKept += kept
    }
    const seq = ++this.seq
    this.options.onStored(subject, payload, seq, writer)
    return seq
  }

  /** Sends what a connection has accepted, all of one instant at once. */
  private arrive(connection: Connection): void {
    if (connection.arriving || connection.slots.length === 0) return
    connection.arriving = true
    this.options.later(wayMs, () => {
      connection.arriving = false
      if (this.stalls > 0 || this.down) return
      this.work(connection)
    })
  }

  private work(connection: Connection): void {
    const { slots, subjects, payloads, afters, asked } = connection
    const reported = connection.open && !connection.destroyed
    connection.slots = []
    connection.subjects = []
    connection.payloads = []
    connection.afters = []
    connection.asked = []
    for (let at = 0; at < slots.length; at++) {
      const after = afters[at]
      const refusal = after !== undefined && after !== this.seq ? moved : this.isFull ? full : undefined
      const answer = refusal ?? this.store(subjects[at] as string, payloads[at] as Payload, connection.writer)
      if (!reported || asked[at] !== true) continue
      connection.answerSlots.push(slots[at] as number)
      connection.answers.push(answer)
    }
    if (reported) this.answer(connection)
  }

  private answer(connection: Connection): void {
    if (connection.answering || connection.answers.length === 0) return
    connection.answering = true
    this.options.later(this.ackMs, () => {
      connection.answering = false
      if (!connection.open || connection.destroyed) return
      const { answerSlots, answers, events } = connection
      connection.answerSlots = []
      connection.answers = []
      for (let at = 0; at < answers.length; at++) {
        const answer = answers[at] as number | MemoryRefusal
        const slot = answerSlots[at] as number
        if (typeof answer === "number") events.stored(slot, answer)
        else events.refused(slot, answer)
      }
    })
  }

  private linkOf(connection: Connection) {
    const { options } = this
    const tail = Effect.suspend((): Effect.Effect<MemoryTail, E> => {
      if (!connection.open) return this.fail("JETSTREAM_API", "the connection is closed", 0)
      // Time limit of one request to the JetStream API.
      if (this.stalls > 0) return this.fail("JETSTREAM_API", "timeout", 2000)
      return Effect.succeed({ created: String(this.created), lastSeq: this.seq, messages: this.seq })
    })
    const publish = (slot: number, subject: string, payload: Payload, asked: boolean, afterSeq?: number) => {
      if (!connection.open) throw new Error("the connection is closed")
      options.onSent(subject, payload, connection.writer)
      connection.slots.push(slot)
      connection.subjects.push(subject)
      connection.payloads.push(payload)
      connection.afters.push(afterSeq)
      connection.asked.push(asked)
      this.arrive(connection)
    }
    return {
      isClosed: () => !connection.open,
      publish: (slot: number, subject: string, payload: Payload, asked: boolean) =>
        publish(slot, subject, payload, asked),
      publishAfter: (slot: number, subject: string, payload: Payload, lastSeq: number) =>
        publish(slot, subject, payload, true, lastSeq),
      declareStream: tail,
      tail,
      read: (seq: number) =>
        Effect.map(tail, (): MemoryMessage | undefined => {
          const at = seq - this.firstKept
          const payload = this.payloads[at]
          return payload === undefined
            ? undefined
            : { seq, subject: this.subjects[at] as string, data: bytesOf(payload) }
        }),
      lastOf: (subject: string) =>
        Effect.map(tail, (): MemoryMessage | undefined => {
          const at = this.subjects.lastIndexOf(subject)
          return at < 0 ? undefined : { seq: this.firstKept + at, subject, data: bytesOf(this.payloads[at] as Payload) }
        }),
      /** Hard: what has not reached the server is discarded. */
      destroy: (hard: boolean) => {
        connection.destroyed = true
        connection.open = false
        if (hard) connection.slots.length = Math.floor(connection.slots.length / 2)
      }
    }
  }
}

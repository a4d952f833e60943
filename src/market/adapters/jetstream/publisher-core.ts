import type { Effect } from "effect"
import { errorText } from "../../../kernel/error-text.ts"
import { AnswerGroups } from "./answer-groups.ts"
import type { Link, LinkEvents } from "./link.ts"
import { LinkError, type Refusal } from "./publish-errors.ts"
import { type Payload, PublishWindow } from "./publish-window.ts"
import {
  type IsSuperseded,
  type LinkState,
  type PublisherCallbacks,
  type PublisherCoreOptions,
  type PublisherCounts,
  PublisherTally,
  type ResumePoint
} from "./publisher-events.ts"
import { Waiters } from "./waiters.ts"

/**
 * The synchronous half of the publisher: accepts messages, sends them and counts them. It never waits and decides
 * nothing about time; `runPublisher` does.
 */
export class PublisherCore implements LinkEvents {
  readonly window: PublishWindow
  readonly callbacks: PublisherCallbacks
  state: LinkState = "down"
  link: Link | undefined
  /** Highest counted sequence of the stream; undefined until the stream was reached once. */
  lastSeq: number | undefined
  /**
   * No retained message is stored at or below this sequence. It follows the released messages, not the answers: an
   * answer can be lost while later ones arrive, and its message must still be found.
   */
  floorSeq = 0
  streamCreated: string | undefined
  /** Stored by this publisher since `streamCreated`. */
  storedHere = 0
  /** Messages of a previous run wait in a spool: the first reconciliation starts at that run's end. */
  resume: ResumePoint | undefined
  /** The stream is known, and nothing was sent to it yet on this link. */
  onReconciled: () => void = () => undefined
  closedBecause: string | undefined
  /** The link is unusable, for a reason that may not affect the next one. */
  broken: LinkError | undefined
  /** The stream was reached once in this run. */
  everUp = false
  firstRefusal: Refusal | undefined
  lastProblem: string | undefined
  /** Set while messages from before a take-back are sent. */
  isSuperseded: IsSuperseded | undefined
  /** The stream was taken back, and the retained messages have not been compared with it yet. */
  isTakenBack = false
  readonly tally = new PublisherTally()
  private readonly groups = new AnswerGroups()
  /** The youngest message, held until it is known whether it is the last of its turn, which must request an answer. */
  private held: number | undefined
  private readonly wallMs: () => number
  /** Clock of ages and deadlines: a wall clock may jump. */
  private readonly monotonicMs: () => number
  private chunkNowMs = 0
  private chunkOpen = false
  private readonly waiters = new Waiters()
  private readonly leaseOver: ((nowMs: number) => LinkError | undefined) | undefined

  constructor(options: PublisherCoreOptions) {
    this.window = new PublishWindow(options.window)
    this.wallMs = options.wallMs
    this.monotonicMs = options.monotonicMs
    this.callbacks = options.callbacks
    this.leaseOver = options.leaseOver
  }

  /** Number of messages that `send` accepts now. */
  room(): number {
    return this.state === "up" ? this.window.free : 0
  }

  /** Accepts a message and sends it. The payload must not change until `onStored`. Read `room` first. */
  send(subject: string, payload: Payload, stampMs: number, token: number, feedSeq = 0, receivedMs = 0): void {
    // Callers read `room` once for a whole turn. If the link breaks within it, the rest waits for the next link.
    if (this.window.free === 0) throw new Error("the publisher has no room: read room() before send()")
    const slot = this.window.add(subject, payload, stampMs, token, this.chunkTime(), feedSeq, receivedMs)
    // an answer covers consecutive messages, so a group ends before one that is not sent
    if (this.isSuperseded !== undefined && this.supersede(slot)) return this.sendHeld(true)
    const single = this.groups.takeSingle()
    this.sendHeld(single)
    if (single) this.transmit(slot)
    else this.held = slot
  }

  /** Sends the held message as one of a group. The last of a group, and of a turn, requests the answer. */
  private sendHeld(last: boolean): void {
    const slot = this.held
    this.held = undefined
    // a held message is not sent after another writer took the stream
    if (slot === undefined || this.state === "fenced") return
    const asked = this.groups.asks(last)
    if (!this.transmit(slot, undefined, asked)) return
    const size = this.groups.sent(asked)
    if (asked) this.window.closeGroup(slot, size)
  }

  /** True: the message in the slot is not sent. */
  supersede(slot: number): boolean {
    const { window } = this
    const verdict = this.isSuperseded?.(window.subject(slot), window.payload(slot), window.received(slot))
    if (verdict === undefined) this.isSuperseded = undefined
    if (verdict === true) window.markSuperseded(slot)
    return verdict === true
  }

  /** Before anything is sent again: nothing is in flight, and there are no open groups. */
  rewind(): void {
    this.window.rewind()
    this.held = undefined
    this.groups.settled()
  }

  /** Accepts a message that a previous run may have sent. It is sent after the reconciliation, unless that finds it. */
  preload(
    subject: string,
    payload: Payload,
    stampMs: number,
    token: number,
    feedSeq: number,
    receivedMs: number
  ): number {
    return this.window.add(subject, payload, stampMs, token, this.monotonicMs(), feedSeq, receivedMs)
  }

  /** Sends the waiting message of a slot. False: the link is broken, and the message still waits. */
  transmit(slot: number, afterSeq?: number, asked = true): boolean {
    const { link, window } = this
    if (link === undefined || this.broken !== undefined) return false
    try {
      if (afterSeq === undefined) link.publish(slot, window.subject(slot), window.payload(slot), asked)
      else link.publishAfter(slot, window.subject(slot), window.payload(slot), afterSeq)
    } catch (cause) {
      if (link.isClosed()) this.closed(errorText(cause))
      else {
        this.breakLink(
          "MESSAGE_TOO_LARGE",
          `A message for ${window.subject(slot)} cannot be sent (${errorText(cause)}): raise max_payload of the NATS server.`
        )
      }
      return false
    }
    window.markSent(slot, this.chunkTime())
    return true
  }

  stored(slot: number, seq: number): void {
    const { window } = this
    const size = window.groupSize(slot)
    if (size === 0) {
      this.tally.errors++
      return
    }
    const advance = seq - (this.lastSeq ?? 0)
    if (this.groups.doubtful || (size > 1 && advance !== size)) {
      return this.refused(slot, {
        kind: "ambiguous",
        code: "SEQUENCE_JUMPED",
        description: `the stream's sequence went on by ${advance} for ${size} messages`
      })
    }
    window.markStored(slot, seq)
    if (window.overtakes(slot)) this.tally.reordered += size
    if (size > 1) this.lastSeq = seq
    else {
      if (advance !== 1) this.groups.foreign()
      this.integrity(seq)
    }
    this.chunkTime()
  }

  refused(slot: number, refusal: Refusal): void {
    this.tally.errors++
    if (this.window.groupSize(slot) > 1) this.groups.doubt()
    if (!this.window.markRefused(slot)) return
    this.lastProblem = `${refusal.code}: ${refusal.description}`
    // stop sending to a stream that refuses: later messages would overtake the refused one
    if (this.state === "up") this.state = "connecting"
    this.firstRefusal ??= refusal
    this.chunkTime()
  }

  denied(message: string): void {
    this.breakLink("PUBLISH_DENIED", message)
  }

  closed(reason: string): void {
    this.state = this.state === "up" ? "connecting" : this.state
    this.closedBecause ??= reason
    this.changed()
  }

  /** Stays fenced until the stream is taken back. */
  become(state: LinkState): void {
    if (this.state !== "fenced") this.state = state
  }

  /** This daemon writes the stream again. The link continues from what the stream holds now. */
  takeBack(epoch: number, message: string): void {
    this.state = "connecting"
    this.isTakenBack = true
    this.lastProblem = undefined
    this.callbacks.onEvent?.({ type: "takenBack", epoch, message, retained: this.window.retained })
    this.changed()
  }

  /** Nothing is sent from now on. Retained messages stay retained. */
  fence(sentence: string): void {
    if (this.state === "fenced") return
    this.state = "fenced"
    this.lastProblem = sentence
    this.callbacks.onEvent?.({ type: "fenced", message: sentence, retained: this.window.retained })
    this.changed()
  }

  /** Follows the stream's sequence: another writer wrote what is between two of our messages. */
  integrity(seq: number): void {
    const last = this.lastSeq ?? seq - 1
    if (seq > last) {
      this.tally.foreignWrites += seq - last - 1
      this.lastSeq = seq
    } else this.tally.foreignWrites--
  }

  /** Releases and reports the stored messages at the head of the window. */
  settle(): void {
    this.chunkTime()
    const { callbacks } = this
    const moved = this.window.advance(callbacks.onStored, this.wallMs(), this.onSuperseded)
    this.tally.stored += moved
    this.storedHere += moved
    // after a refusal, a younger message may be stored before an older one: the floor waits for the next
    // reconciliation
    if (moved > 0 && this.firstRefusal === undefined) this.floorSeq = Math.max(this.floorSeq, this.window.releasedSeq)
    if (moved > 0 && this.state === "up") callbacks.onRoom?.()
    this.changed()
  }

  private readonly onSuperseded = (token: number, feedSeq: number, receivedMs: number): void => {
    this.tally.superseded++
    this.callbacks.onSuperseded?.(token, feedSeq, receivedMs)
  }

  /** Completes when `ready` is true; checked after each chunk of answers and each change of the link. */
  until(ready: () => boolean): Effect.Effect<void> {
    return this.waiters.until(ready)
  }

  changed(): void {
    this.waiters.changed()
  }

  counts(): PublisherCounts {
    const oldest = this.window.oldestHandedMs()
    return {
      handed: this.window.next,
      retained: this.window.retained,
      ...this.tally,
      oldestUnackedMs: oldest === undefined ? 0 : Math.max(0, this.monotonicMs() - oldest),
      link: this.state,
      lastProblem: this.lastProblem
    }
  }

  private breakLink(code: string, message: string): void {
    this.breakWith(new LinkError({ code, message, retryable: true }))
  }

  private breakWith(error: LinkError): void {
    this.broken ??= error
    this.lastProblem = error.message
    if (this.state === "up") this.state = "connecting"
    this.changed()
  }

  /** The clock, read once for a turn. The end of the turn settles what was answered in it. */
  private chunkTime(): number {
    if (!this.chunkOpen) {
      this.chunkOpen = true
      this.chunkNowMs = this.monotonicMs()
      const over = this.state === "up" ? this.leaseOver?.(this.chunkNowMs) : undefined
      if (over !== undefined) this.breakWith(over)
      queueMicrotask(() => {
        this.settle()
        this.sendHeld(true)
        this.chunkOpen = false
      })
    }
    return this.chunkNowMs
  }
}

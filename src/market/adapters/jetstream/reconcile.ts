import { Effect } from "effect"
import type { Link, StoredMessage } from "./link.ts"
import type { LinkError } from "./publish-errors.ts"
import type { Payload, PublishWindow } from "./publish-window.ts"
import type { PublisherCore } from "./publisher-core.ts"
import type { IsSuperseded } from "./publisher-events.ts"
import type { StreamTail } from "./tick-stream.ts"

export interface ReconcileOptions {
  /** Pause between two reads of the tail. What the server still had of the old connection is stored within it. */
  readonly quietMs: number
  /** Reads of a moving tail before it is used as it is: another writer is active and may never pause. */
  readonly quietLooks: number
  /** Called once in a run, before any message of it or of its spool is compared with the stream. */
  readonly firstLook?: (link: Link, tail: StreamTail) => Effect.Effect<void, LinkError>
  /** Called when the stream was taken back: the other writer's messages decide what is still sent. */
  readonly lookBack?: (link: Link) => Effect.Effect<IsSuperseded, LinkError>
}

/**
 * After a take-back, our messages in flight at the loss are stored before the other writer's first one, so within
 * this many windows after the last released message. The other writer may have stored millions since.
 */
const windowsBack = 4

const pageSize = 256
const readsAtOnce = 32

const bytesOf = (payload: Payload): Uint8Array =>
  typeof payload === "string" ? new TextEncoder().encode(payload) : payload

const sameBytes = (left: Uint8Array, right: Uint8Array): boolean => Buffer.compare(left, right) === 0

/**
 * Retained messages by subject, found by their bytes. Each is found once; of two with equal bytes, the older one
 * first.
 */
class RetainedIndex {
  private readonly window: PublishWindow
  private readonly slots = new Map<string, Array<number>>()
  added = 0
  remaining = 0

  constructor(window: PublishWindow) {
    this.window = window
    for (const slot of window.waitingSlots()) this.add(slot)
  }

  readonly add = (slot: number): void => {
    const subject = this.window.subject(slot)
    const list = this.slots.get(subject)
    if (list === undefined) this.slots.set(subject, [slot])
    else list.push(slot)
    this.added++
    this.remaining++
  }

  /**
   * Removes the retained message that equals this stored one and returns its slot; undefined: foreign, or not
   * retained.
   */
  take(stored: StoredMessage): number | undefined {
    const list = this.slots.get(stored.subject)
    if (list === undefined) return undefined
    const at = list.findIndex((slot) => sameBytes(bytesOf(this.window.payload(slot)), stored.data))
    if (at < 0) return undefined
    this.remaining--
    return list.splice(at, 1)[0]
  }
}

/** The tail, once it no longer moves. */
const quietTail = Effect.fnUntraced(function* (
  link: Link,
  first: StreamTail,
  options: ReconcileOptions
): Effect.fn.Return<StreamTail, LinkError> {
  let seen = first
  for (let look = 0; look < options.quietLooks; look++) {
    yield* Effect.sleep(options.quietMs)
    const next = yield* link.tail
    if (next.lastSeq === seen.lastSeq && next.created === seen.created) return next
    seen = next
  }
  return seen
})

/** Counts the acknowledged messages that a returning stream has lost. */
const noteLosses = (core: PublisherCore, tail: StreamTail): void => {
  const { lastSeq, streamCreated } = core
  if (lastSeq === undefined && core.resume !== undefined) {
    const { created, floorSeq } = core.resume
    core.streamCreated = tail.created
    core.lastSeq = tail.lastSeq
    // nothing is known about a stream that was created anew, and a previous run may have written to it
    core.floorSeq = created === tail.created ? Math.min(floorSeq, tail.lastSeq) : 0
    return
  }
  const replaced = streamCreated !== undefined && streamCreated !== tail.created
  const truncated = lastSeq !== undefined && tail.lastSeq < lastSeq
  core.streamCreated = tail.created
  if (lastSeq === undefined) {
    core.lastSeq = tail.lastSeq
    core.floorSeq = tail.lastSeq
  }
  if (lastSeq === undefined || !(replaced || truncated)) return
  const gone = replaced ? core.storedHere : Math.min(core.storedHere, lastSeq - tail.lastSeq)
  core.lastSeq = replaced ? 0 : tail.lastSeq
  core.floorSeq = replaced ? 0 : Math.min(core.floorSeq, tail.lastSeq)
  // Acknowledged by the lost store and not reported yet: the copies are still here, so they are sent again.
  core.window.forgetStoredBehind(core.lastSeq)
  core.storedHere -= gone
  core.tally.storeLosses++
  core.tally.acknowledgedGone += gone
  core.callbacks.onEvent?.({ type: "storeLost", acknowledgedGone: gone, retained: core.window.retained })
}

/**
 * Resolves messages without an answer by reading what the stream stored after the last released one. Afterwards each
 * retained message is either known to be stored (and reported), or not in the stream.
 * With `core.resume` set, does the same for a previous run's spool, one window at a time.
 * Correct while this publisher is the only writer of its messages; needs no message ids and no deduplication window
 * of the server.
 */
export const reconcile = Effect.fnUntraced(function* (
  core: PublisherCore,
  link: Link,
  options: ReconcileOptions
): Effect.fn.Return<StreamTail, LinkError> {
  const { window, resume } = core
  core.rewind()
  const declared = yield* link.declareStream
  if (core.lastSeq === undefined && options.firstLook !== undefined) yield* options.firstLook(link, declared)
  resume?.refill(() => undefined)
  const retained = window.retained
  const tail = retained === 0 ? declared : yield* quietTail(link, declared, options)
  noteLosses(core, tail)
  if (core.isTakenBack && options.lookBack !== undefined) core.isSuperseded = yield* options.lookBack(link)
  const lastOwn =
    core.isTakenBack && resume === undefined
      ? Math.min(tail.lastSeq, core.floorSeq + windowsBack * window.size)
      : tail.lastSeq
  if (retained === 0) {
    close(core, tail)
    return tail
  }
  const index = new RetainedIndex(window)
  let found: Array<number> = []
  const settle = () => {
    // A refusal whose answer was lost shows only here: the stream has later messages.
    core.tally.reordered += window.countOvertaking(found)
    found = []
    core.settle()
  }
  // A previous run may have stored far more than one window since its cursor was last written: found messages make
  // room for the next ones of the spool.
  const readOn = () => {
    settle()
    resume?.refill(index.add)
  }
  for (let page = core.floorSeq + 1; page <= lastOwn && index.remaining > 0; page += pageSize) {
    const end = Math.min(page + pageSize - 1, lastOwn)
    const messages = yield* Effect.forEach(
      Array.from({ length: end - page + 1 }, (_, at) => page + at),
      (seq) => link.read(seq),
      { concurrency: readsAtOnce }
    )
    for (const message of messages) {
      if (message === undefined) continue
      let slot = index.take(message)
      if (slot === undefined && resume !== undefined) {
        readOn()
        slot = index.take(message)
      }
      if (slot === undefined) continue
      window.markFound(slot, message.seq)
      found.push(slot)
      if (resume === undefined) core.integrity(message.seq)
    }
    if (index.remaining === 0 && resume !== undefined) readOn()
  }
  const superseded = core.isTakenBack ? window.waitingSlots().filter((slot) => core.supersede(slot)).length : 0
  settle()
  close(core, tail)
  const toSend = index.remaining - superseded
  core.callbacks.onEvent?.({ type: "reconciled", found: index.added - index.remaining, toSend })
  return tail
})

/** Everything up to this tail is counted: messages that are not ours were written by another writer. */
const close = (core: PublisherCore, tail: StreamTail): void => {
  core.tally.foreignWrites += Math.max(0, tail.lastSeq - (core.lastSeq ?? tail.lastSeq))
  core.lastSeq = Math.max(core.lastSeq ?? 0, tail.lastSeq)
  core.floorSeq = tail.lastSeq
  core.resume = undefined
  core.isTakenBack = false
  core.onReconciled()
}

import { Effect, Random, type Scope } from "effect"
import { monotonicMs } from "../../../kernel/time/monotonic.ts"
import { type Link, lostLink, type OpenLink } from "./link.ts"
import { LinkError, PublisherFatal } from "./publish-errors.ts"
import type { PublisherCore } from "./publisher-core.ts"
import { type ReconcileOptions, reconcile } from "./reconcile.ts"
import type { WriterFence } from "./writer-fence.ts"

export interface RunOptions extends ReconcileOptions {
  readonly openLink: OpenLink
  /** Time limit of the oldest answer. After it the connection is given up. */
  readonly ackTimeoutMs: number
  /** Pause after the first failure; doubled by each further one up to the cap, times a random 0.5..1. */
  readonly backoffMs: number
  readonly backoffCapMs: number
  readonly fence?: WriterFence
  /**
   * Which causes that an operator must fix (`LinkError.retryable` false) end `run` before the stream was reached once
   * in this run; the publisher waits for the others. Omit: each of them.
   */
  readonly endsAtStart?: (code: string) => boolean
}

/** After this many conditional sends that met a moved tail, another writer is active, and the condition is dropped. */
const conditionalTries = 5

interface Progress {
  attempt: number
  storedBefore: number
}

/** Capped exponential backoff with jitter; restarts once something was stored since the last failure. */
const backOff = Effect.fnUntraced(function* (core: PublisherCore, options: RunOptions, progress: Progress) {
  if (core.tally.stored > progress.storedBefore) progress.attempt = 0
  progress.storedBefore = core.tally.stored
  const ceilingMs = Math.min(options.backoffCapMs, options.backoffMs * 2 ** Math.min(progress.attempt++, 20))
  const chance = yield* Random.next
  yield* Effect.sleep(ceilingMs * (0.5 + chance / 2))
})

/**
 * Waits until `ready`; fails when the link breaks or falls silent. Silence is measured here, because the client
 * library's own check waits for a socket that may never drain.
 */
const waitOnLink = Effect.fnUntraced(function* (
  core: PublisherCore,
  options: RunOptions,
  ready: () => boolean
): Effect.fn.Return<void, LinkError> {
  const settled = () => core.broken !== undefined || core.closedBecause !== undefined || ready()
  const silent = Effect.gen(function* () {
    for (;;) {
      yield* Effect.sleep(Math.max(10, options.ackTimeoutMs / 10))
      const sentMs = core.window.oldestSentMs()
      if (sentMs === undefined) continue
      const ageMs = (yield* monotonicMs) - sentMs
      if (ageMs <= options.ackTimeoutMs) continue
      return yield* new LinkError({
        code: "ACK_TIMEOUT",
        retryable: true,
        message: `NATS has not acknowledged a message for ${Math.round(ageMs)} ms: the connection is given up and a new one asks the stream what it stored.`
      })
    }
  })
  yield* Effect.raceFirst(core.until(settled), silent)
  if (core.broken !== undefined) return yield* core.broken
  if (core.closedBecause !== undefined && !ready()) return yield* lostLink(core.closedBecause)
})

/**
 * Sends the retained messages again, in sequence. The first goes alone, and only if the tail has not moved since it
 * was read: if a late message of the old connection arrives, the server refuses it instead of storing it twice. True:
 * all are sent.
 */
const resend = Effect.fnUntraced(function* (
  core: PublisherCore,
  options: RunOptions,
  lastSeq: number,
  conditional: boolean
): Effect.fn.Return<boolean, LinkError> {
  const { window } = core
  const [first, ...rest] = window.waitingSlots()
  core.firstRefusal = undefined
  if (first === undefined) return true
  core.transmit(first, conditional ? lastSeq : undefined)
  core.tally.resent++
  yield* waitOnLink(core, options, () => window.outstanding === 0)
  if (core.firstRefusal !== undefined) return false
  for (const slot of rest) {
    if (!core.transmit(slot)) break
    core.tally.resent++
  }
  return true
})

/** Serves one connection until it breaks: reconcile, send again, accept new messages; the same after a refusal. */
const serve = Effect.fnUntraced(function* (
  core: PublisherCore,
  options: RunOptions,
  link: Link,
  progress: Progress
): Effect.fn.Return<never, LinkError> {
  let conditionals = 0
  for (;;) {
    const tail = yield* reconcile(core, link, options)
    const underWay = yield* resend(core, options, tail.lastSeq, conditionals < conditionalTries)
    if (underWay) {
      conditionals = 0
      core.everUp = true
      if (core.firstRefusal === undefined && core.closedBecause === undefined && core.broken === undefined) {
        core.become("up")
        core.lastProblem = undefined
        core.callbacks.onEvent?.({ type: "linkUp", retained: core.window.retained })
        core.callbacks.onRoom?.()
        core.changed()
      }
      yield* waitOnLink(core, options, () => core.firstRefusal !== undefined)
    }
    // the answers to messages in flight decide what must be sent again, and in which sequence
    core.become("connecting")
    yield* waitOnLink(core, options, () => core.window.outstanding === 0)
    const refusal = core.firstRefusal
    if (refusal !== undefined) {
      core.callbacks.onEvent?.({ type: "refused", refusal, retained: core.window.retained })
      if (refusal.code === "WRONG_LAST_SEQUENCE" && ++conditionals < conditionalTries) continue
    }
    core.become("down")
    yield* backOff(core, options, progress)
    core.become("connecting")
  }
})

/**
 * Serves one connection under the fence: nothing is sent before the epoch is ours, or after another writer has it. A
 * link that opens then waits until the other writer is gone. A stop releases the stream to the next writer.
 */
const serveFenced = Effect.fnUntraced(function* (
  core: PublisherCore,
  options: RunOptions,
  link: Link,
  progress: Progress
): Effect.fn.Return<never, LinkError, Scope.Scope> {
  const { fence } = options
  const { epochs } = link
  if (fence === undefined || epochs === undefined) return yield* serve(core, options, link, progress)
  yield* Effect.addFinalizer((exit) =>
    exit._tag === "Failure" && exit.cause.reasons.every(({ _tag }) => _tag === "Interrupt")
      ? fence.release(epochs)
      : Effect.void
  )
  if (fence.lost() === undefined) {
    const taken = yield* fence.hold(epochs)
    if (taken) core.callbacks.onEvent?.({ type: "epochTaken", epoch: fence.epoch() ?? 0 })
  } else {
    const { epoch, message } = yield* fence.regain(epochs)
    core.takeBack(epoch, message)
  }
  return yield* Effect.raceFirst(
    serve(core, options, link, progress),
    fence.keep(epochs, (sentence) => core.fence(sentence))
  )
})

/**
 * Keeps a connection to the stream forever: connect, declare the stream, reconcile, serve; again with backoff after a
 * loss, a refusal or silence. An outage is a state, not a failure.
 * Fails with `PublisherFatal` only before the stream was reached once, and only where `endsAtStart` allows it. A
 * fenced publisher watches the other writer over a separate link, and takes the stream back when that writer is gone.
 * Retained messages are kept for the next `run`.
 */
export const runPublisher = Effect.fnUntraced(function* (
  core: PublisherCore,
  options: RunOptions
): Effect.fn.Return<never, PublisherFatal, Scope.Scope> {
  const progress: Progress = { attempt: 0, storedBefore: core.tally.stored }
  yield* Effect.addFinalizer(() => Effect.sync(() => detach(core, "the publisher stopped")))
  for (let opened = 0; ; ) {
    core.become("connecting")
    core.closedBecause = undefined
    core.broken = undefined
    const session = Effect.gen(function* () {
      const link = yield* Effect.acquireRelease(options.openLink(core), () => Effect.sync(() => detach(core, "closed")))
      if (opened++ > 0) core.tally.reconnects++
      core.link = link
      return yield* serveFenced(core, options, link, progress)
    })
    const error = yield* Effect.scoped(session).pipe(Effect.flip)
    const lost = options.fence?.lost()
    if (lost !== undefined) {
      core.fence(lost)
      yield* backOff(core, options, progress)
      continue
    }
    if (!error.retryable && !core.everUp && (options.endsAtStart?.(error.code) ?? true)) {
      // This run never gets the stream, so a drain need not wait for it.
      if (error.code === "WRITER_ACTIVE") core.become("fenced")
      return yield* new PublisherFatal({ code: error.code, message: error.message })
    }
    core.become("down")
    core.lastProblem = `${error.code}: ${error.message}`
    core.callbacks.onEvent?.({
      type: "linkDown",
      code: error.code,
      message: error.message,
      retained: core.window.retained
    })
    yield* backOff(core, options, progress)
  }
})

/** Removes the link. Its messages in flight are retained, and the next link reads which of them were stored. */
const detach = (core: PublisherCore, reason: string): void => {
  const { link } = core
  core.link = undefined
  core.become("down")
  core.closedBecause ??= reason
  link?.destroy(core.window.outstanding > 0)
  core.changed()
}

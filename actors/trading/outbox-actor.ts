import { Effect, Option, Random, Result } from "effect"
import { type BackoffPolicy, backoffMs } from "../../machines/backoff.ts"
import { EventPublisher } from "../../src/trading/ports/event-publisher.ts"
import { OrderStore, type OutboxEvent } from "../../src/trading/ports/order-store.ts"
import type { Body } from "../runtime/tree.ts"

export interface OutboxSettings {
  readonly batch: number
  /** Pause after an empty outbox, milliseconds. */
  readonly idleMs: number
  readonly again: BackoffPolicy
}

export const defaultOutboxSettings: OutboxSettings = {
  batch: 200,
  idleMs: 50,
  again: { baseMs: 200, capMs: 10_000 }
}

const bookIdName = "book-id"

/**
 * Publishes the events of the store, oldest first, and deletes each only after its confirmation. While the broker is
 * away they stay in the store: orders go on, and the backlog is counted. The id of a message names the book too: two
 * books number their events alike.
 */
export const makeOutboxActor = Effect.fnUntraced(function* (settings: OutboxSettings = defaultOutboxSettings) {
  const [store, publisher] = [yield* OrderStore, yield* EventPublisher]
  const counts = { published: 0, failures: 0, backlog: 0, lastProblem: "" }

  const bookId = Effect.gen(function* () {
    const known = yield* store.value(bookIdName)
    if (Option.isSome(known)) return known.value
    const made = (yield* Random.nextInt).toString(36).replace("-", "z")
    yield* store.setValue(bookIdName, made)
    return made
  })

  /** Publishes until one fails. Succeeds with the id of the last one that is stored. */
  const publishAll = Effect.fnUntraced(function* (book: string, events: ReadonlyArray<OutboxEvent>) {
    let last: number | undefined
    for (const { body, id, subject } of events) {
      const result = yield* Effect.result(publisher.publish({ messageId: `${book}-${id}`, subject, body }))
      if (Result.isFailure(result)) return { last, problem: result.failure.message }
      counts.published++
      last = id
    }
    return { last, problem: undefined }
  })

  /** One round. Succeeds with whether there is more. */
  const round = Effect.gen(function* () {
    const book = yield* bookId
    const events = yield* store.outbox(settings.batch)
    const { last, problem } = yield* publishAll(book, events)
    if (last !== undefined) yield* store.outboxSent(last)
    if (problem === undefined) {
      counts.backlog = 0
      return events.length === settings.batch
    }
    counts.backlog = yield* store.outboxSize
    return yield* Effect.fail({ message: problem })
  })

  const body: Body = (ready) =>
    Effect.gen(function* () {
      yield* ready
      let failures = 0
      while (true) {
        const result = yield* Effect.result(round)
        if (Result.isSuccess(result)) {
          failures = 0
          if (!result.success) yield* Effect.sleep(settings.idleMs)
          continue
        }
        counts.failures++
        counts.lastProblem = result.failure.message
        yield* Effect.sleep(backoffMs(settings.again, ++failures, failures))
      }
    })
  return { body, counts }
})

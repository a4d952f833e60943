import { Clock, Effect, Option, Queue, Result, Stream } from "effect"
import { type BackoffPolicy, backoffMs } from "../../machines/backoff.ts"
import { nowInstant } from "../../src/trading/application/orders/gate-view.ts"
import { VenueReadings } from "../../src/trading/application/venue-readings.ts"
import type { VenueOrder } from "../../src/trading/domain/order/venue-order.ts"
import { OrderActors } from "../../src/trading/ports/order-actors.ts"
import { OrderStore, type OrderStoreError, type RecordedFact } from "../../src/trading/ports/order-store.ts"
import { OrphanIntake } from "../../src/trading/ports/orphan-intake.ts"
import { Reconciler } from "../../src/trading/ports/reconciler.ts"
import { TradeMode } from "../../src/trading/ports/trade-conditions.ts"
import { TradeEvents } from "../../src/trading/ports/trade-events.ts"
import { Venue, type VenueUpdate } from "../../src/trading/ports/venue.ts"
import type { Body } from "../runtime/tree.ts"
import { reportTrouble } from "./order-requests.ts"
import { type Parked, ParkedUpdates } from "./parked-updates.ts"
import { type UpdateLanes, updateSteps } from "./update-lanes.ts"

type OrderUpdate = Extract<VenueUpdate, { readonly type: "order" }>
type Notice = Exclude<VenueUpdate, OrderUpdate>

export interface TradeUpdatesSettings {
  /** How long an update of an unknown order waits before the venue is asked for the order, milliseconds. */
  readonly parkMs: number
  /** Pauses after a failure of the store, the venue or a reconciliation. */
  readonly again: BackoffPolicy
}

export const defaultUpdatesSettings: TradeUpdatesSettings = {
  parkMs: 2000,

  again: { baseMs: 200, capMs: 10_000 }
}

const lookEveryMs = 250

/** Orders whose updates are booked at the same time: as many as share a commit. */
const togetherMax = 64

/**
 * Reads the venue's updates and books each to its order; those that wait are booked together. It waits for the store,
 * so that the venue's stream holds what waits. An update that no order explains waits a moment, is looked up, and is
 * then an orphan.
 */
export const makeTradeUpdates = Effect.fnUntraced(function* (settings: TradeUpdatesSettings = defaultUpdatesSettings) {
  const [venue, store, actors, events] = [yield* Venue, yield* OrderStore, yield* OrderActors, yield* TradeEvents]
  const [readings, orphans, reconciler] = [yield* VenueReadings, yield* OrphanIntake, yield* Reconciler]
  const mode = yield* TradeMode
  const parked = new ParkedUpdates()
  const counts = { updates: 0, parked: 0, orphans: 0, reconciliations: 0 }

  const untilStored = Effect.fnUntraced(function* <A>(read: Effect.Effect<A, OrderStoreError>) {
    for (let tries = 1; ; tries++) {
      const result = yield* Effect.result(read)
      if (Result.isSuccess(result)) return result.success
      events.publish({ type: "storeTrouble", message: result.failure.message })
      yield* Effect.sleep(backoffMs(settings.again, tries, tries))
    }
  })

  const clientIdOf = Effect.fnUntraced(function* ({ clientOrderId, snapshot }: VenueOrder) {
    for (const brokerOrderId of [snapshot.brokerOrderId, snapshot.replaces, snapshot.replacedBy]) {
      if (brokerOrderId === undefined) continue
      const order = yield* untilStored(store.orderOfBrokerId(brokerOrderId))
      if (Option.isSome(order)) return order.value.clientOrderId
    }
    const order = yield* untilStored(store.orderOf(clientOrderId))
    return Option.isSome(order) ? clientOrderId : actors.replacementOf(clientOrderId)
  })

  /** False: no order explains it. */
  const bookTo = Effect.fnUntraced(function* (order: VenueOrder, facts: ReadonlyArray<RecordedFact>, word?: string) {
    const clientOrderId = yield* clientIdOf(order)
    return clientOrderId !== undefined && (yield* actors.book(clientOrderId, facts, word))
  })

  const orphaned = Effect.fnUntraced(function* ({ facts, order }: Pick<Parked, "order" | "facts">) {
    counts.orphans++
    yield* orphans.found(order, facts)
  })

  /** Returns when the facts are stored (`booked`), or wait for their explanation (`parked`). */
  const takeOrder = Effect.fnUntraced(function* (update: OrderUpdate): Effect.fn.Return<"booked" | "parked"> {
    const { event, order } = update
    const receivedAt = yield* nowInstant
    const facts = update.facts.map((fact): RecordedFact => ({ fact, receivedAt, raw: order.raw }))
    if (yield* bookTo(order, facts, event)) return "booked"
    counts.parked++
    const oldest = parked.add(order, facts, (yield* Clock.currentTimeMillis) + settings.parkMs)
    if (oldest !== undefined) yield* orphaned(oldest)
    return "parked"
  })

  /** Orders that wait together share the store's commits. Of one order, an update follows the stored one before. */
  const takeLanes = (lanes: UpdateLanes<OrderUpdate>) =>
    Effect.forEach(
      lanes,
      (lane) =>
        Effect.forEach(
          lane,
          (update) => {
            counts.updates++
            return takeOrder(update)
          },
          { discard: true }
        ),
      { concurrency: togetherMax, discard: true }
    )

  /** One that has waited: perhaps the book knows it by now, or the venue names the order that it replaces. */
  const lookUp = Effect.fnUntraced(function* (one: Parked) {
    const answer = yield* Effect.result(venue.orderById(one.order.snapshot.brokerOrderId))
    if (Result.isFailure(answer)) {
      reportTrouble(events, "look up", answer.failure)
      one.dueMs = (yield* Clock.currentTimeMillis) + backoffMs(settings.again, ++one.tries, one.tries)
      return
    }
    const shown = Option.getOrElse(answer.success, () => one.order)
    const receivedAt = yield* nowInstant
    // Taken out before it is booked: what comes from now on waits by itself.
    parked.remove(one)
    const facts = [...one.facts, { fact: shown.snapshot, receivedAt, raw: shown.raw }]
    if (yield* bookTo(shown, facts)) return
    yield* orphaned({ order: shown, facts })
  })

  const lookUpParked = Effect.gen(function* () {
    while (true) {
      yield* Effect.sleep(lookEveryMs)
      for (const one of parked.due(yield* Clock.currentTimeMillis)) yield* lookUp(one)
    }
  })

  /**
   * The book is compared with the venue after each time in which events may be missing, until it has succeeded. Only
   * then the gate counts the stream as listening: before it, the book may lack executions.
   */
  const reconcile = (wanted: Queue.Dequeue<void>, losses: () => number) =>
    Effect.gen(function* () {
      while (true) {
        yield* Queue.take(wanted)
        const lossesBefore = losses()
        for (let tries = 1; mode.configured === "live"; tries++) {
          const result = yield* Effect.result(reconciler.run("reconnect"))
          if (Result.isSuccess(result)) break
          yield* Effect.sleep(backoffMs(settings.again, tries, tries))
        }
        counts.reconciliations++
        if (losses() === lossesBefore) readings.noteListening(true)
      }
    })

  const body: Body = (ready) =>
    Effect.gen(function* () {
      const wanted = yield* Queue.sliding<void>(1)
      let losses = 0
      const notice = (update: Notice): Effect.Effect<void> => {
        counts.updates++
        if (update.type === "listening") {
          events.publish({ type: "updatesListening" })
          return Effect.asVoid(Queue.offer(wanted, undefined))
        }
        losses++
        readings.noteListening(false)
        return Effect.sync(() => events.publish({ type: "updatesLost", cause: update.cause }))
      }
      const takeAll = (updates: ReadonlyArray<VenueUpdate>) =>
        Effect.forEach(
          updateSteps<OrderUpdate, Notice>(updates),
          (step) => ("type" in step ? notice(step) : takeLanes(step)),
          {
            discard: true
          }
        )
      const reading = Effect.andThen(
        Stream.runForEachArray(venue.updates, takeAll),
        Effect.die(new Error("the stream of updates has ended, which it must not"))
      )
      yield* ready
      return yield* Effect.raceAllFirst([reading, lookUpParked, reconcile(wanted, () => losses)])
    }).pipe(Effect.ensuring(Effect.sync(() => readings.noteListening(false))))

  return {
    body,
    counts,
    parked: () => parked.size,
    /** Books an update that came by another way than the stream: a webhook. */
    take: (update: OrderUpdate) => {
      counts.updates++
      return takeOrder(update)
    }
  }
})

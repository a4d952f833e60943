import { Effect, Exit, Layer, Option, Semaphore } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { decimalText } from "../../../kernel/decimal.ts"
import { instantText } from "../../../kernel/time/utc-instant.ts"
import type { Order } from "../../domain/order/order.ts"
import type { OrderFact } from "../../domain/order/order-fact.ts"
import { reduceOrder } from "../../domain/order/reduce-order.ts"
import type { VenueOrder } from "../../domain/order/venue-order.ts"
import type { Reservation } from "../../domain/position/position.ts"
import { type IntentOutcome, OrderStore, type OrderWish, type RecordedFact } from "../../ports/order-store.ts"
import { type BookView, makeBookMemory, type OrderChange } from "./book-memory.ts"
import { externalOrder } from "./external-order.ts"
import { instantOf, wholeOf } from "./order-rows.ts"
import { makeOrderReader, readText, writeText } from "./order-text.ts"
import { migrate } from "./schema.ts"
import { makeSharedCommits, type SharedWrite } from "./shared-commits.ts"
import { asStoreError, wroteNothing } from "./store-fault.ts"
import { readTally } from "./tally.ts"
import { insertOrder, positionOfRow, rebuildPosition, reservationOf, updateOrder, writeEvent } from "./write-order.ts"

type Row = Record<string, unknown>
const pageMax = 500

const sourceOf = (fact: OrderFact): string => ("source" in fact ? fact.source : "tickd")

const make = Effect.gen(function* () {
  const sql = yield* SqlClient
  yield* migrate()
  const stateOf = makeOrderReader()
  const memory = makeBookMemory()
  const oneByOne = Semaphore.makeUnsafe(1)
  /** `remember`: what the transaction has changed, after its commit and before the next one. */
  const commit = <A, E>(effect: Effect.Effect<A, E>, remember: (value: A) => void) =>
    Effect.onExit(asStoreError(sql.withTransaction(effect)), (exit) =>
      Effect.sync(() => {
        if (Exit.isSuccess(exit)) remember(exit.value)
        else if (!wroteNothing(exit.cause)) memory.forget()
      })
    )
  /** One call, one transaction. */
  const transact = <A, E>(effect: Effect.Effect<A, E>, remember: (value: A) => void = () => {}) =>
    oneByOne.withPermit(commit(effect, remember))
  const readBook = Effect.gen(function* () {
    const orders = yield* sql<Row>`SELECT state FROM orders WHERE terminal = 0 ORDER BY seq`
    const reservations = yield* sql<Row>`SELECT * FROM reservations ORDER BY client_order_id`
    const positions = yield* sql<Row>`SELECT * FROM positions`
    return [orders.map(stateOf), reservations.map(reservationOf), positions.map(positionOfRow)] as const
  })
  const book = Effect.suspend(() => {
    const known = memory.view()
    if (known !== undefined) return Effect.succeed(known)
    let view: BookView | undefined
    const filled = transact(readBook, (read) => {
      view = memory.view() ?? memory.fill(...read)
    })
    return Effect.map(filled, () => view as BookView)
  })

  const find = Effect.fnUntraced(function* (clientOrderId: string) {
    const [row] = yield* sql<Row>`SELECT state FROM orders WHERE client_order_id = ${clientOrderId}`
    return row === undefined ? undefined : stateOf(row)
  })

  const record = Effect.fnUntraced(function* (order: Order, facts: ReadonlyArray<RecordedFact>) {
    let after = order
    const news: Array<RecordedFact> = []
    for (const one of facts) {
      const next = reduceOrder(after, one.fact)
      if (next !== after) news.push(one)
      after = next
    }
    for (const { fact, receivedAt, raw } of news) {
      yield* sql`INSERT INTO facts ${sql.insert({
        client_order_id: order.clientOrderId,
        type: fact.type,
        source: sourceOf(fact),
        received_at: instantText(receivedAt),
        body: writeText(fact),
        raw
      })}`
    }
    const at = news.at(-1)?.receivedAt
    const change = at === undefined ? undefined : yield* updateOrder(sql, order, after, at)
    return { before: order, after, changed: at !== undefined, change }
  })
  const rememberChange = ({ change }: { readonly change: OrderChange | undefined }) => {
    if (change !== undefined) memory.apply(change)
  }

  const recordOne = Effect.fnUntraced(function* (order: Order, reservation: Reservation | undefined) {
    const known = yield* find(order.clientOrderId)
    if (known !== undefined) return { type: "existing" as const, order: known }
    yield* insertOrder(sql, order, "own")
    if (reservation !== undefined) {
      const { symbol, side, quantity, price, reduceOnly } = reservation
      yield* sql`INSERT INTO reservations ${sql.insert({
        client_order_id: order.clientOrderId,
        symbol,
        side,
        quantity: wholeOf(quantity),
        price: decimalText(price),
        reduce_only: reduceOnly ? 1 : 0
      })}`
    }
    yield* writeEvent(sql, order, order.createdAt)
    return { type: "stored" as const, order }
  })
  const rememberIntent = ({ order, type }: IntentOutcome, reservation: Reservation | undefined) => {
    if (type === "stored") memory.apply({ order, reservation, position: undefined })
  }

  const applyOne = Effect.fnUntraced(function* (clientOrderId: string, facts: ReadonlyArray<RecordedFact>) {
    const order = yield* find(clientOrderId)
    return order === undefined ? Option.none() : Option.some(yield* record(order, facts))
  })
  const shared = makeSharedCommits(
    oneByOne,
    (requests: ReadonlyArray<SharedWrite>) =>
      commit(
        Effect.forEach(requests, ({ write }) => write),
        (values) => values.forEach((value, at) => requests[at]?.remember(value))
      ),
    // Whether a lost connection has stored an intent is not known: the caller must not hear that it was there before.
    ({ isIntent }, cause) => !isIntent || wroteNothing(cause)
  )
  /** Writes that wait at the same time share a transaction, whatever they write. */
  const share = <A>(write: Effect.Effect<A, unknown>, remember: (value: A) => void, isIntent = false) =>
    Effect.map(shared({ write, remember: remember as (value: unknown) => void, isIntent }), (value) => value as A)

  return OrderStore.of({
    recordIntent: (order, reservation) =>
      share(recordOne(order, reservation), (outcome) => rememberIntent(outcome, reservation), true),
    recordIntents: (intents) =>
      intents.length === 0
        ? Effect.succeed([])
        : share(
            Effect.forEach(intents, ({ order, reservation }) => recordOne(order, reservation)),
            (outcomes) => {
              for (const [at, outcome] of outcomes.entries()) rememberIntent(outcome, intents[at]?.reservation)
            },
            true
          ),
    applyFacts: (clientOrderId, facts) =>
      share(applyOne(clientOrderId, facts), (found) => {
        if (Option.isSome(found)) rememberChange(found.value)
      }),
    orderOf: (clientOrderId) => asStoreError(Effect.map(find(clientOrderId), Option.fromUndefinedOr)),
    orderOfBrokerId: (brokerOrderId) =>
      asStoreError(
        Effect.map(
          sql<Row>`SELECT state FROM orders JOIN order_ids USING (client_order_id) WHERE broker_order_id = ${brokerOrderId}`,
          ([row]) => (row === undefined ? Option.none() : Option.some(stateOf(row)))
        )
      ),
    setWishes: (wanted) =>
      transact(
        Effect.forEach(
          wanted,
          ({ clientOrderId: client_order_id, wish }) =>
            wish === undefined
              ? sql`DELETE FROM wishes WHERE client_order_id = ${client_order_id}`
              : sql`INSERT INTO wishes (client_order_id, body) SELECT client_order_id, ${writeText(wish)} FROM orders
                  WHERE client_order_id = ${client_order_id} AND terminal = 0
                  ON CONFLICT (client_order_id) DO UPDATE SET body = excluded.body`,
          { discard: true }
        )
      ),
    wishes: asStoreError(
      Effect.map(
        sql<Row>`SELECT * FROM wishes`,
        (rows) => new Map(rows.map((row) => [String(row["client_order_id"]), readText<OrderWish>(String(row["body"]))]))
      )
    ),
    workingOrders: Effect.map(book, ({ working }) => working),
    lostSince: (since) =>
      asStoreError(
        Effect.map(
          sql<Row>`SELECT state FROM orders WHERE status = 'failed' AND updated_at >= ${instantText(since)} ORDER BY seq`,
          (rows) => rows.map(stateOf)
        )
      ),
    latestOrders: (limit, before) =>
      asStoreError(
        Effect.map(
          before === undefined
            ? sql<Row>`SELECT state FROM orders ORDER BY seq DESC LIMIT ${Math.min(limit, pageMax)}`
            : sql<Row>`SELECT state FROM orders
                WHERE seq < (SELECT seq FROM orders WHERE client_order_id = ${before})
                ORDER BY seq DESC LIMIT ${Math.min(limit, pageMax)}`,
          (rows) => rows.map(stateOf)
        )
      ),
    exposure: Effect.map(book, ({ exposure }) => exposure),
    tally: transact(readTally(sql)),
    adjust: (adjustment, at) =>
      transact(
        Effect.gen(function* () {
          const { id, symbol, quantity, price, keepsCost, cause, reason, by } = adjustment
          const [known] = yield* sql`SELECT id FROM adjustments WHERE id = ${id}`
          if (known !== undefined) return undefined
          yield* sql`INSERT INTO adjustments ${sql.insert({
            id,
            symbol,
            quantity: wholeOf(quantity),
            price: price === undefined ? null : decimalText(price),
            keeps_cost: keepsCost ? 1 : 0,
            cause,
            reason,
            by,
            at: instantText(at)
          })}`
          return yield* rebuildPosition(sql, symbol)
        }),
        (position) => {
          if (position !== undefined) memory.put(position)
        }
      ).pipe(Effect.map((position) => position !== undefined)),
    recordOrphan: (venueOrder, at) =>
      transact(
        Effect.gen(function* () {
          const { clientOrderId, snapshot, raw } = venueOrder
          const [known] =
            yield* sql`SELECT broker_order_id FROM orphans WHERE broker_order_id = ${snapshot.brokerOrderId}`
          const order = (yield* find(clientOrderId)) ?? externalOrder(venueOrder, at)
          if (known === undefined) {
            yield* insertOrder(sql, order, "external")
            yield* sql`INSERT INTO orphans ${sql.insert({
              broker_order_id: snapshot.brokerOrderId,
              client_order_id: clientOrderId,
              symbol: venueOrder.symbol,
              venue_order: writeText(venueOrder),
              found_at: instantText(at)
            })}`
          }
          const { change } = yield* record(order, [{ fact: snapshot, receivedAt: at, raw }])
          return { fresh: known === undefined, order, change }
        }),
        ({ change, fresh, order }) => {
          if (fresh) memory.apply({ order, reservation: undefined, position: undefined })
          rememberChange({ change })
        }
      ).pipe(Effect.map(({ fresh }) => fresh)),
    orphans: asStoreError(
      Effect.map(sql<Row>`SELECT * FROM orphans ORDER BY found_at, broker_order_id`, (rows) =>
        rows.map((row) => ({
          order: readText<VenueOrder>(String(row["venue_order"])),
          foundAt: instantOf(row["found_at"]),
          releasedBy: row["released_by"] === null ? undefined : String(row["released_by"])
        }))
      )
    ),
    releaseOrphan: (brokerOrderId, by, reason, at) =>
      asStoreError(
        Effect.map(
          sql`UPDATE orphans SET released_by = ${by}, released_reason = ${reason}, released_at = ${instantText(at)}
              WHERE broker_order_id = ${brokerOrderId} AND released_by IS NULL RETURNING broker_order_id`,
          (rows) => rows.length > 0
        )
      ),
    outbox: (limit) =>
      asStoreError(
        Effect.map(sql<Row>`SELECT * FROM outbox ORDER BY id LIMIT ${limit}`, (rows) =>
          rows.map((row) => ({ id: Number(row["id"]), subject: String(row["subject"]), body: String(row["body"]) }))
        )
      ),
    outboxSize: asStoreError(
      Effect.map(sql<Row>`SELECT count(*) AS count FROM outbox`, ([row]) => Number(row?.["count"] ?? 0))
    ),
    outboxSent: (upToId) => asStoreError(Effect.asVoid(sql`DELETE FROM outbox WHERE id <= ${upToId}`)),
    value: (name) =>
      asStoreError(
        Effect.map(sql<Row>`SELECT body FROM named_values WHERE name = ${name}`, ([row]) =>
          row === undefined ? Option.none() : Option.some(String(row["body"]))
        )
      ),
    setValue: (name, body) =>
      asStoreError(
        Effect.asVoid(
          sql`INSERT INTO named_values ${sql.insert({ name, body })} ON CONFLICT (name) DO UPDATE SET body = excluded.body`
        )
      ),
    appendJournal: (journal, at, body) =>
      asStoreError(Effect.asVoid(sql`INSERT INTO journals ${sql.insert({ journal, at: instantText(at), body })}`)),
    journal: (journal, limit) =>
      asStoreError(
        Effect.map(
          sql<Row>`SELECT at, body FROM journals WHERE journal = ${journal} ORDER BY seq DESC LIMIT ${limit}`,
          (rows) => rows.map((row) => ({ at: instantOf(row["at"]), body: String(row["body"]) }))
        )
      )
  })
})

/** The book of record over any client of `effect/sql`: SQLite, or PostgreSQL. Brings the tables up to date first. */
export const layer = Layer.effect(OrderStore, asStoreError(make))

// tickd's adapter of Alpaca as a client of the shared cases.
import { Effect, Fiber, Layer, ManagedRuntime, Option, Stream } from "effect"
import { type Decimal, decimalText, parseDecimal } from "../../../src/kernel/decimal.ts"
import { Secret } from "../../../src/kernel/secret.ts"
import { AlpacaCounts } from "../../../src/trading/adapters/alpaca/counts.ts"
import { OpenSocket, openWebSocket } from "../../../src/trading/adapters/alpaca/link/text-socket.ts"
import { fetchLayer } from "../../../src/trading/adapters/alpaca/rest/rest-client.ts"
import { type AlpacaSettings, alpacaSettings, oneHostUrls } from "../../../src/trading/adapters/alpaca/settings.ts"
import { layer as alpaca } from "../../../src/trading/adapters/alpaca/venue.ts"
import type { VenueOrder } from "../../../src/trading/domain/order/venue-order.ts"
import { Venue, type VenueError, type VenueUpdate } from "../../../src/trading/ports/venue.ts"
import type { CaseAnswer, CaseClient, CaseOrder, CaseUpdate } from "./venue-cases.ts"

/** The real transport, below an adapter. */
export const wire = Layer.merge(fetchLayer, Layer.succeed(OpenSocket, openWebSocket))

export const settingsOf = (
  url: string,
  keys: { readonly keyId: string; readonly secret: string },
  more: Partial<AlpacaSettings> = {}
): AlpacaSettings => ({
  ...alpacaSettings(oneHostUrls(url), { id: new Secret(keys.keyId), secret: new Secret(keys.secret) }),
  ...more
})

const orderOf = ({ clientOrderId, snapshot, symbol }: VenueOrder): CaseOrder => ({
  id: snapshot.brokerOrderId,
  clientOrderId,
  status: snapshot.status,
  symbol,
  filledQty: decimalText(snapshot.filledQuantity),
  replaces: snapshot.replaces
})

const updateOf = (update: Extract<VenueUpdate, { type: "order" }>): CaseUpdate => {
  const execution = update.facts.find((fact) => fact.type === "execution")
  return {
    event: update.event,
    order: orderOf(update.order),
    execution: execution && {
      id: execution.executionId,
      qty: decimalText(execution.quantity),
      price: decimalText(execution.price)
    }
  }
}

const answerOf = ({ reason }: VenueError): CaseAnswer<never> => {
  switch (reason._tag) {
    case "VenueRefused":
      return { type: "refused", status: reason.status, code: reason.code, message: reason.message }
    case "VenueUnauthorized":
      return { type: "unauthorized" }
    case "VenueRateLimited":
      return { type: "rate-limited" }
    case "VenueOutcomeUnknown":
      return { type: "unknown" }
  }
}

const decimal = (text: string | undefined): Decimal | undefined => (text === undefined ? undefined : parseDecimal(text))

let made = 0
const newId = () => `tickd-${process.pid}-${++made}`

/** A client that listens from its start. `seen` has every update, also `listening` and `lost`. */
export const alpacaClient = (settings: AlpacaSettings, counts = new AlpacaCounts()) => {
  const runtime = ManagedRuntime.make(alpaca(settings, counts).pipe(Layer.provide(wire)))
  const seen: Array<VenueUpdate> = []
  const reader = runtime.runFork(
    Effect.flatMap(Venue, ({ updates }) => Stream.runForEach(updates, (update) => Effect.sync(() => seen.push(update))))
  )
  const ask = <A, B>(
    use: (venue: Venue["Service"]) => Effect.Effect<A, VenueError>,
    show: (value: A) => B
  ): Promise<CaseAnswer<B>> =>
    runtime.runPromise(
      Effect.flatMap(Venue, use).pipe(
        Effect.map((value): CaseAnswer<B> => ({ type: "done", value: show(value) })),
        Effect.catch((error) => Effect.succeed(answerOf(error)))
      )
    )
  const maybeOrder = Option.match({ onNone: () => undefined, onSome: orderOf })

  const client: CaseClient = {
    submit: (request) => {
      const quantity = decimal(request.qty)
      if (quantity === undefined) throw new Error("tickd sends no order without a quantity")
      return ask(
        (venue) =>
          venue.submit(request.clientOrderId ?? newId(), {
            symbol: request.symbol,
            side: request.side,
            quantity,
            type: request.type,
            timeInForce: request.timeInForce ?? "day",
            limitPrice: decimal(request.limit),
            stopPrice: decimal(request.stop),
            strategyId: "cases"
          }),
        orderOf
      )
    },
    cancel: (id) =>
      ask(
        (venue) => venue.cancel(id),
        () => undefined
      ),
    replace: (id, { clientOrderId, limit, qty }) =>
      ask(
        (venue) => venue.replace(id, clientOrderId ?? newId(), { quantity: decimal(qty), limitPrice: decimal(limit) }),
        orderOf
      ),
    order: (id) => ask((venue) => venue.orderById(id), maybeOrder),
    orderByClientId: (id) => ask((venue) => venue.orderByClientId(id), maybeOrder),
    openOrders: () =>
      ask(
        (venue) => venue.openOrders,
        (orders) => orders.map(orderOf)
      ),
    fills: () =>
      ask(
        (venue) =>
          Stream.paginate(undefined as string | undefined, (cursor) =>
            venue
              .fills(0n, cursor)
              .pipe(
                Effect.map(
                  ({ cursor: next, fills }) => [fills, next === undefined ? Option.none() : Option.some(next)] as const
                )
              )
          ).pipe(Stream.runCollect),
        (fills) => [...fills].map(({ fact }) => ({ orderId: fact.brokerOrderId, qty: decimalText(fact.quantity) }))
      ),
    position: (symbol) =>
      ask(
        (venue) => venue.positions,
        (positions) => {
          const found = positions.find((position) => position.symbol === symbol)
          return found === undefined ? "0" : decimalText(found.quantity)
        }
      ),
    updates: () => seen.flatMap((update) => (update.type === "order" ? [updateOf(update)] : [])),
    listening: async () => {
      while (!seen.some(({ type }) => type === "listening")) await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  const close = async () => {
    await Effect.runPromise(Fiber.interrupt(reader))
    await runtime.dispose()
  }
  const use = <A>(effect: (venue: Venue["Service"]) => Effect.Effect<A, VenueError>) =>
    runtime.runPromise(Effect.flatMap(Venue, effect))
  return { client, seen, counts, close, use, ask }
}

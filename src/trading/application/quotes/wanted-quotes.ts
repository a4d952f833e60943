import { BigDecimal, Effect, Layer } from "effect"
import { OrderDesk } from "../../ports/order-desk.ts"
import { OrderStore } from "../../ports/order-store.ts"
import { Quotes } from "../../ports/quotes.ts"

/** Symbols that are wanted because of requests. The one that was requested longest ago is given up first. */
const requestedMax = 200
const requestSource = "requests"
const bookSource = "book"
const lookEveryMs = 20

/**
 * The way of orders, with quotes for what is requested: a symbol without a quote is subscribed, and its order waits
 * for the first quote. After the wait it is judged as it is, and refused without a price.
 * @param waitMs longest wait for the first quote of a symbol
 */
export const quotedOrders = (waitMs: number) =>
  Layer.effect(
    OrderDesk,
    Effect.gen(function* () {
      const [entrance, quotes] = [yield* OrderDesk, yield* Quotes]
      const requested = new Set<string>()
      const want = Effect.fnUntraced(function* (symbol: string) {
        const isNew = !requested.delete(symbol)
        requested.add(symbol)
        if (!isNew) return
        yield* quotes.want(symbol, requestSource)
        const [oldest] = requested
        if (requested.size <= requestedMax || oldest === undefined) return
        requested.delete(oldest)
        yield* quotes.release(oldest, requestSource)
      })
      const isQuoted = (symbol: string) =>
        quotes.quote(symbol) !== undefined && quotes.averageDailyVolume(symbol) !== undefined
      const quoted = Effect.fnUntraced(function* (symbol: string) {
        yield* want(symbol)
        for (let waitedMs = 0; waitedMs < waitMs && !isQuoted(symbol); waitedMs += lookEveryMs) {
          yield* Effect.sleep(lookEveryMs)
        }
      })
      return OrderDesk.of({
        ...entrance,
        submit: (request, options) =>
          requested.has(request.symbol) && isQuoted(request.symbol)
            ? entrance.submit(request, options)
            : Effect.andThen(quoted(request.symbol), entrance.submit(request, options))
      })
    })
  )

/** Keeps quotes for every symbol of the book: positions and working orders. It never ends. */
export const followBook = Effect.fnUntraced(function* (options: {
  readonly everyMs: number
  /** Wanted at all times. */
  readonly symbols: ReadonlyArray<string>
}) {
  const [store, quotes] = [yield* OrderStore, yield* Quotes]
  for (const symbol of options.symbols) yield* quotes.want(symbol, "configuration")
  let known: ReadonlySet<string> = new Set()
  const look = Effect.gen(function* () {
    const { positions, reservations } = yield* store.exposure
    const held = [...positions.values()].filter(({ quantity }) => !BigDecimal.isZero(quantity))
    const now = new Set([...held, ...reservations].map(({ symbol }) => symbol))
    for (const symbol of now) if (!known.has(symbol)) yield* quotes.want(symbol, bookSource)
    for (const symbol of known) if (!now.has(symbol)) yield* quotes.release(symbol, bookSource)
    known = now
  })
  // A store that does not answer leaves the quotes as they are.
  return Effect.forever(Effect.andThen(Effect.ignore(look), Effect.sleep(options.everyMs)))
})

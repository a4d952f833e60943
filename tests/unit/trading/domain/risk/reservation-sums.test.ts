// Sums that are kept from order to order decide whether an order leaves: one that is out of date lets too much through.
import { assert, describe, it } from "@effect/vitest"
import { BigDecimal } from "effect"
import { type Decimal, DecimalSum, decimalText, zero } from "../../../../../src/kernel/decimal.ts"
import type { Position, Reservation } from "../../../../../src/trading/domain/position/position.ts"
import { exposureOf } from "../../../../../src/trading/domain/risk/exposure.ts"
import { firstAfter, type QuoteView } from "../../../../../src/trading/domain/risk/gate-view.ts"
import {
  afterChanges,
  plainSums,
  type ReservationChange,
  sumsOf,
  withReservation
} from "../../../../../src/trading/domain/risk/reservation-sums.ts"
import { wholesOf } from "../../../../support/seeded-random.ts"
import { openView, proposal, sumsText } from "../../../../support/trading/gate-view.ts"

const symbols = ["AAPL", "MSFT", "A", "B", "C"]
type Below = ReturnType<typeof wholesOf>
const pick = <A>(list: ReadonlyArray<A>, below: Below): A => list[below(list.length)] as A
const number = (below: Below): Decimal => BigDecimal.make(BigInt(1 + below(5000)), below(5))

const reservation = (id: string, below: Below): Reservation => ({
  clientOrderId: id,
  symbol: pick(symbols, below),
  side: pick(["buy", "sell"] as const, below),
  quantity: number(below),
  price: number(below),
  reduceOnly: false
})

/** Random changes of up to three orders at once, each with the list that follows. The sums are read now and then. */
function* histories(below: Below, steps: number) {
  const held = new Map<string, Reservation>()
  let list: ReadonlyArray<Reservation> = []
  for (let step = 0; step < steps; step++) {
    const changes = new Map<string, ReservationChange>()
    for (let one = 0; one <= below(3); one++) {
      const id = `o${below(12)}`
      const before = changes.get(id)?.before ?? (changes.has(id) ? undefined : held.get(id))
      const after = below(3) === 0 ? undefined : { ...reservation(id, below), symbol: before?.symbol ?? "AAPL" }
      if (after === undefined) held.delete(id)
      else held.set(id, after)
      changes.set(id, { before, after })
    }
    list = afterChanges(list, [...held.values()], changes.values())
    yield list
  }
}

describe("sums of reservations", () => {
  it("are those of the plain list after any history", () => {
    for (let seed = 1; seed <= 60; seed++) {
      for (const list of histories(wholesOf(seed), 60)) {
        assert.deepStrictEqual(sumsText(sumsOf(list)), sumsText(plainSums(list)), `seed ${seed}`)
      }
    }
  })

  it("of a list stay as they were when another list follows from it", () => {
    const below = wholesOf(7)
    const first = withReservation([], reservation("a", below))
    const before = sumsText(sumsOf(first))
    const second = withReservation(first, reservation("b", below))
    assert.deepStrictEqual([sumsText(sumsOf(first)), sumsOf(second).size > 0], [before, true])
    assert.deepStrictEqual(sumsText(sumsOf(second)), sumsText(plainSums(second)))
  })
})

/** As the sums were made before any of them was kept: every order and every position, one by one. */
const plainWorst = (
  positions: ReadonlyMap<string, Position>,
  quotes: ReadonlyMap<string, QuoteView>,
  orders: ReadonlyArray<Reservation>
) => {
  const [long, short] = [new DecimalSum(), new DecimalSum()]
  for (const symbol of new Set([...positions.keys(), ...orders.map((one) => one.symbol)])) {
    const value = (side: string) =>
      BigDecimal.sumAll(
        orders
          .filter((one) => one.symbol === symbol && one.side === side)
          .map((one) => BigDecimal.multiply(one.quantity, one.price))
      )
    const [position, quote] = [positions.get(symbol), quotes.get(symbol)]
    const mark =
      quote === undefined
        ? (position?.averagePrice ?? zero)
        : BigDecimal.multiply(BigDecimal.sum(quote.bid, quote.ask), BigDecimal.make(5n, 1))
    const held = BigDecimal.multiply(position?.quantity ?? zero, mark)
    long.add(BigDecimal.max(BigDecimal.sum(held, value("buy")), zero))
    short.add(BigDecimal.max(BigDecimal.subtract(value("sell"), held), zero))
  }
  return [decimalText(long.total), decimalText(short.total)]
}

describe("the worst exposure", () => {
  it("is the plain sum, whatever has changed since the last judgement", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const below = wholesOf(seed)
      const positions = new Map<string, Position>()
      const quotes = new Map<string, QuoteView>()
      for (const reservations of histories(below, 40)) {
        const symbol = pick(symbols, below)
        const position = below(9)
        if (position < 3) {
          const quantity = below(2) === 0 ? number(below) : BigDecimal.negate(number(below))
          positions.set(symbol, { symbol, quantity, averagePrice: number(below), realized: zero })
        } else if (position === 3) positions.delete(symbol)
        const quote = below(8)
        if (quote < 4) quotes.set(symbol, { bid: number(below), ask: number(below), at: 0n, taint: "" })
        else if (quote === 4) quotes.delete(symbol)
        const own = pick(symbols, below)
        const price = number(below)
        const one = proposal({
          symbol: own,
          side: pick(["buy", "sell"] as const, below),
          quantity: number(below),
          type: "limit",
          limitPrice: price
        })
        const view = openView({ positions: new Map(positions), quotes: new Map(quotes), reservations })
        const { long, short } = exposureOf(view, one).worst
        const { side, quantity } = one.request
        const all = [...reservations, { clientOrderId: "new", symbol: own, side, quantity, price, reduceOnly: false }]
        assert.deepStrictEqual(
          [decimalText(long), decimalText(short)],
          plainWorst(positions, quotes, all),
          `seed ${seed}`
        )
      }
    }
  })
})

it("finds the first entry that is younger than a time", () => {
  const below = wholesOf(3)
  for (let run = 0; run < 200; run++) {
    const list = Array.from({ length: below(9) }, () => ({ atMs: below(6) })).sort((a, b) => a.atMs - b.atMs)
    const since = below(8) - 1
    const found = list.findIndex(({ atMs }) => atMs > since)
    assert.strictEqual(firstAfter(list, since), found < 0 ? list.length : found)
  }
})

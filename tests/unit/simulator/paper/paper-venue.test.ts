// A run that found a fault must be repeatable, and an order must end when its session does. The venue owns no clock.
import { assert, describe, it } from "@effect/vitest"
import { BigDecimal } from "effect"
import { decimalText } from "../../../../src/kernel/decimal.ts"
import { sha256Hex } from "../../../../src/kernel/sha256.ts"
import { type InstantNs, parseInstant } from "../../../../src/kernel/time/utc-instant.ts"
import { makePaperApi } from "../../../../src/simulator/paper/api/paper-api.ts"
import { buyingPowerOf } from "../../../../src/simulator/paper/core/buying-power.ts"
import { split } from "../../../../src/simulator/paper/core/operator-acts.ts"
import { cancelOrder, replaceOrder, submitOrder } from "../../../../src/simulator/paper/core/order-requests.ts"
import type { PaperOrder } from "../../../../src/simulator/paper/core/paper-order.ts"
import { makePaperVenue } from "../../../../src/simulator/paper/core/paper-venue.ts"
import { Refusal } from "../../../../src/simulator/paper/core/refusal.ts"
import type { PaperSettings } from "../../../../src/simulator/paper/core/venue-state.ts"
import { makeFaultBoard } from "../../../../src/simulator/paper/faults/fault-board.ts"

const at = (text: string): InstantNs => {
  const instant = parseInstant(text)
  if (instant === undefined) throw new Error(`no time: ${text}`)
  return instant
}

const start = (when: string, settings: Partial<PaperSettings> = {}) => {
  let now = at(when)
  const venue = makePaperVenue({
    seed: 11,
    symbols: [{ symbol: "AAPL" }, { symbol: "MSFT" }],
    now: () => now,
    ...settings
  })
  const { state } = venue
  const taken = (answer: PaperOrder | Refusal): PaperOrder => {
    if (answer instanceof Refusal) assert.fail(answer.message)
    return answer
  }
  return {
    ...venue,
    to: (text: string) => {
      now = at(text)
      venue.advance()
    },
    pass: (ms: number) => {
      now += BigInt(ms) * 1_000_000n
      venue.advance()
    },
    pin: (bid: number, ask: number) => state.market.pin("AAPL", { bid: bid * 10_000, ask: ask * 10_000 }),
    ask: (fields: Readonly<Record<string, unknown>>) =>
      submitOrder(state, { symbol: "AAPL", qty: "10", side: "buy", type: "market", time_in_force: "day", ...fields }),
    order: (fields: Readonly<Record<string, unknown>>) =>
      taken(
        submitOrder(state, { symbol: "AAPL", qty: "10", side: "buy", type: "market", time_in_force: "day", ...fields })
      ),
    replace: (id: string, fields: object) => taken(replaceOrder(state, id, fields)),
    power: () => decimalText(buyingPowerOf(state)),
    events: (order: PaperOrder) =>
      state.events.kept().flatMap(({ data }) => (data.order.id === order.id ? [data.event] : []))
  }
}

const refusedAs = (answer: PaperOrder | Refusal | undefined, message: RegExp) => {
  assert.instanceOf(answer, Refusal)
  assert.match((answer as Refusal).message, message)
}

it("books no execution of nothing: an order that filled while its late change was decided is filled once", () => {
  const ms = 1_000_000n
  const delays = { acknowledgeNs: 2n * ms, cancelNs: 2000n * ms, replaceNs: 2000n * ms, restNs: 20n * ms }
  for (const late of ["lateReplaceNext", "lateCancelNext"] as const) {
    const venue = start("2026-11-30T15:00:00Z", { delays, partialRate: 0 })
    venue.pin(100, 101)
    const order = venue.order({ type: "limit", limit_price: "98" })
    venue.pass(10)
    venue.state.standing[late] = 1
    if (late === "lateReplaceNext") venue.replace(order.id, { limit_price: "98.50" })
    else cancelOrder(venue.state, order.id)
    venue.pin(97, 97.5)
    venue.pass(5000)
    const { state } = venue
    assert.deepStrictEqual(
      state.ledger.executions().map(({ quantity }) => decimalText(quantity)),
      ["10"],
      late
    )
    assert.strictEqual(venue.events(order).filter((event) => event === "fill").length, 1, late)
  }
})

describe("determinism", () => {
  const runOnce = (seed: number) => {
    let now = at("2026-11-30T14:29:00Z")
    const symbols = ["AAPL", "MSFT", "NVDA"].map((symbol) => ({ symbol }))
    const venue = makePaperVenue({ seed, symbols, now: () => now })
    const keys = { keyId: "K", secret: "S" }
    const api = makePaperApi({
      venue,
      keys,
      faults: makeFaultBoard(seed, { "reply-500": 0.1 }),
      ratePerMinute: 100_000
    })
    const request = (method: string, path: string, body: object = {}) =>
      api.answer({
        method,
        path,
        query: new URLSearchParams(),
        headers: { "apca-api-key-id": "K", "apca-api-secret-key": "S" },
        body: JSON.stringify(body)
      })
    const bytes: Array<string> = []
    for (let n = 0; n < 300; n++) {
      now += 700_000_000n
      const symbol = symbols[n % 3]?.symbol
      const limit = n % 2 === 0 ? { type: "market" } : { type: "limit", limit_price: String(20 + n) }
      const side = n % 5 === 4 ? "sell" : "buy"
      bytes.push(
        JSON.stringify(request("POST", "/v2/orders", { symbol, qty: "3", side, time_in_force: "day", ...limit }))
      )
      if (n % 7 === 0) bytes.push(JSON.stringify(request("DELETE", "/v2/orders")))
      bytes.push(JSON.stringify(request("GET", "/v2/account")))
    }
    bytes.push(...venue.state.events.kept().map(({ data }) => JSON.stringify(data)))
    return { hash: sha256Hex(bytes.join("\n")), events: venue.state.events.kept() }
  }

  it("gives the same bytes for the same seed and requests, and others for another seed", () => {
    const [first, second, other] = [runOnce(3), runOnce(3), runOnce(4)]
    assert.isAbove(first.events.length, 500)
    assert.strictEqual(first.hash, second.hash)
    assert.notStrictEqual(first.hash, other.hash)
    // About one execution in ten is partial, without a command.
    assert.include(
      first.events.map(({ data }) => data.event),
      "partial_fill"
    )
  })

  it("does not depend on how often the clock is looked at", () => {
    const run = (steps: number) => {
      const venue = start("2026-11-30T15:00:00Z")
      const path = venue.state.market.quote("AAPL", venue.state.clock)
      venue.order({ type: "limit", limit_price: (Math.floor(path.bid / 100) / 100 - 0.05).toFixed(2) })
      for (let n = 0; n < steps; n++) venue.pass(600_000 / steps)
      return JSON.stringify(venue.state.events.kept().map(({ data }) => data))
    }
    assert.strictEqual(run(1), run(300))
  })
})

describe("sessions", () => {
  it("holds a day order of the night until the open, and expires it at an early close", () => {
    // 27 November 2026 closes at 13:00 in New York.
    const venue = start("2026-11-27T02:00:00Z")
    venue.pin(100, 101)
    const order = venue.order({ type: "limit", limit_price: "90" })
    venue.pass(10)
    assert.strictEqual(order.status, "accepted")
    venue.to("2026-11-27T14:30:00Z")
    assert.strictEqual(order.status, "new")
    venue.to("2026-11-27T17:59:59Z")
    assert.strictEqual(order.status, "new")
    venue.to("2026-11-27T18:00:00Z")
    assert.strictEqual(order.status, "expired")
    assert.deepStrictEqual(venue.events(order), ["pending_new", "accepted", "new", "expired"])
  })

  it("opens by New York's clock on both sides of daylight saving", () => {
    for (const [before, open] of [
      ["2026-10-30T13:29:59Z", "2026-10-30T13:30:00Z"],
      ["2026-11-02T14:29:59Z", "2026-11-02T14:30:00Z"]
    ] as const) {
      const venue = start(before)
      assert.strictEqual(venue.state.hours.phase(venue.state.clock), "pre")
      venue.to(open)
      assert.strictEqual(venue.state.hours.phase(venue.state.clock), "regular")
    }
  })

  it("rests a gtc order at the close and works it again the next day", () => {
    const venue = start("2026-11-30T15:00:00Z", { stepNs: 60_000_000_000n })
    venue.pin(100, 101)
    const order = venue.order({ type: "limit", limit_price: "90", time_in_force: "gtc" })
    venue.to("2026-12-01T14:30:00Z")
    assert.deepStrictEqual(venue.events(order), ["pending_new", "new", "done_for_day", "new"])
    venue.to("2027-02-28T15:00:01Z")
    assert.strictEqual(order.status, "canceled")
  })

  it("executes orders with extended hours before the open, and no others", () => {
    const venue = start("2026-11-30T13:00:00Z")
    venue.pin(100, 101)
    const extended = venue.order({ type: "limit", limit_price: "102", extended_hours: true })
    const regular = venue.order({ type: "limit", limit_price: "102" })
    venue.pass(1000)
    assert.deepStrictEqual([extended.status, regular.status], ["filled", "accepted"])
    refusedAs(venue.ask({ extended_hours: true }), /must be DAY or GTC limit orders/)
  })

  it("executes the auctions at their time and refuses orders that come too late for them", () => {
    const venue = start("2026-11-30T13:00:00Z")
    venue.pin(100, 100.02)
    const opening = venue.order({ time_in_force: "opg" })
    const missed = venue.order({ time_in_force: "opg", type: "limit", limit_price: "90" })
    const closing = venue.order({ time_in_force: "cls" })
    venue.to("2026-11-30T14:28:00Z")
    refusedAs(venue.ask({ time_in_force: "opg" }), /opg orders are not accepted/)
    venue.to("2026-11-30T14:30:00Z")
    assert.deepStrictEqual([opening.status, missed.status, closing.status], ["filled", "expired", "accepted"])
    venue.to("2026-11-30T21:00:00Z")
    assert.strictEqual(closing.status, "filled")
  })

  it("is open at all hours when the rule says so", () => {
    const venue = start("2026-11-29T02:00:00Z", { hours: "always" })
    venue.pin(100, 101)
    const order = venue.order({})
    venue.pass(100)
    assert.strictEqual(order.status, "filled")
  })
})

describe("buying power and held shares", () => {
  it("reserves what an order may cost and gives it back with what ends it", () => {
    const venue = start("2026-11-30T15:00:00Z")
    venue.pin(99, 101)
    assert.strictEqual(venue.power(), "200000")
    const order = venue.order({ type: "limit", limit_price: "90" })
    assert.strictEqual(venue.power(), "199100")
    venue.pass(10)
    const next = venue.replace(order.id, { qty: "20" })
    // Until it is decided the larger of the two holds.
    assert.strictEqual(venue.power(), "198200")
    venue.pass(10)
    assert.strictEqual(venue.power(), "198200")
    assert.isUndefined(cancelOrder(venue.state, next.id))
    venue.pass(10)
    assert.strictEqual(venue.power(), "200000")
    assert.isTrue(BigDecimal.isZero(venue.state.orders.reserved()))
    refusedAs(venue.ask({ qty: "2000" }), /insufficient buying power/)
  })

  it("lets a sale reduce a position and not turn it, and a short sale only of whole shares", () => {
    const venue = start("2026-11-30T15:00:00Z", { partialRate: 0 })
    venue.pin(100, 100.01)
    venue.order({})
    venue.pass(10)
    refusedAs(venue.ask({ side: "sell", qty: "11" }), /requested: 11, available: 10/)
    venue.order({ side: "sell", qty: "6", type: "limit", limit_price: "200" })
    refusedAs(venue.ask({ side: "sell", qty: "5" }), /requested: 5, available: 4/)
    refusedAs(venue.ask({ symbol: "MSFT", side: "sell", qty: "0.5" }), /cannot be sold short/)
    const short = venue.order({ symbol: "MSFT", side: "sell", qty: "5" })
    venue.pass(10)
    assert.strictEqual(short.status, "filled")
    refusedAs(venue.ask({ symbol: "MSFT", qty: "6" }), /insufficient qty available/)
  })

  it("takes from a replacement what was executed while it was decided", () => {
    // Two seconds until the decision: the market moves four times in between.
    const venue = start("2026-11-30T15:00:00Z", {
      delays: { replaceNs: 2_000_000_000n, restNs: 10_000_000_000n },
      partialRate: 1
    })
    venue.pin(99, 101)
    const order = venue.order({ type: "limit", limit_price: "100" })
    venue.pass(10)
    const next = venue.replace(order.id, { limit_price: "99.50" })
    venue.pin(99, 100)
    venue.pass(2100)
    assert.strictEqual(order.status, "replaced")
    const executed = Number(decimalText(order.filledQuantity))
    assert.isTrue(executed > 0 && executed < 10, `${executed} executed`)
    assert.strictEqual(decimalText(next.ask.quantity ?? order.filledQuantity), String(10 - executed))
  })
})

describe("corporate actions", () => {
  it("changes shares, cost and prices by a split, and cancels open orders with the reason", () => {
    const venue = start("2026-11-30T15:00:00Z", { partialRate: 0 })
    venue.pin(100, 100)
    venue.order({})
    venue.pass(10)
    const resting = venue.order({ type: "limit", limit_price: "90" })
    venue.pass(10)
    const before = decimalText(venue.state.ledger.cash())
    assert.isUndefined(split(venue.state, "AAPL", 4, 1))
    const { cost, quantity } = venue.state.ledger.position("AAPL")
    assert.deepStrictEqual([decimalText(quantity), decimalText(cost)], ["40", "1000"])
    assert.strictEqual(venue.state.market.quote("AAPL", venue.state.clock).bid, 250_000)
    assert.strictEqual(decimalText(venue.state.ledger.cash()), before)
    assert.strictEqual(resting.status, "canceled")
    assert.strictEqual(venue.state.events.kept().at(-1)?.data.reason, "CORPORATE_ACTION")
  })
})

describe("what is not simulated", () => {
  it("is refused by name", () => {
    const venue = start("2026-11-30T15:00:00Z")
    for (const order_class of ["bracket", "oco", "oto", "mleg"])
      refusedAs(venue.ask({ order_class }), new RegExp(`"${order_class}" is not simulated`))
    refusedAs(venue.ask({ type: "trailing_stop", trail_price: "1" }), /"trailing_stop" is not simulated/)
    refusedAs(venue.ask({ qty: "NaN" }), /qty is not a number/)
    refusedAs(venue.ask({ qty: 1e308 }), /qty is not a number/)
    refusedAs(venue.ask({ qty: "-1" }), /qty must be > 0/)
    refusedAs(venue.ask({ client_order_id: "x".repeat(129) }), /no more than 128/)
    refusedAs(venue.ask({ qty: "0.5", time_in_force: "gtc" }), /must be DAY orders/)
    refusedAs(submitOrder(venue.state, undefined), /body format is invalid/)
    assert.strictEqual(venue.state.orders.count(), 0)
  })
})

// What a venue and its client must do together. The official client of Alpaca and tickd's own adapter run the same
// cases against the simulated venue, so that one is no excuse for the other.
import { assert } from "@effect/vitest"

interface CaseRequest {
  readonly symbol: string
  readonly side: "buy" | "sell"
  readonly type: "market" | "limit" | "stop" | "stop_limit"
  readonly qty?: string
  readonly notional?: string
  readonly limit?: string
  readonly stop?: string
  readonly timeInForce?: "day" | "gtc" | "ioc" | "fok"
  readonly clientOrderId?: string
}

/** Numbers are texts in plain notation without trailing zeros. */
export interface CaseOrder {
  readonly id: string
  readonly clientOrderId: string
  readonly status: string
  readonly symbol: string
  readonly filledQty: string
  readonly replaces: string | undefined
}

export type CaseAnswer<A> =
  | { readonly type: "done"; readonly value: A }
  | { readonly type: "refused"; readonly status: number; readonly code: string; readonly message: string }
  | { readonly type: "unauthorized" }
  | { readonly type: "rate-limited" }
  /** Time-out, reset, 5xx, an answer that is no JSON. */
  | { readonly type: "unknown" }

/** One update of the stream. `execution`: only with an event that has one. */
export interface CaseUpdate {
  readonly event: string
  readonly order: CaseOrder
  readonly execution: { readonly id: string; readonly qty: string; readonly price: string } | undefined
}

interface CaseFill {
  readonly orderId: string
  readonly qty: string
}

/** A client of the venue, as the cases use it. Nothing is repeated by itself. */
export interface CaseClient {
  readonly submit: (request: CaseRequest) => Promise<CaseAnswer<CaseOrder>>
  readonly cancel: (id: string) => Promise<CaseAnswer<void>>
  readonly replace: (
    id: string,
    change: { readonly qty?: string; readonly limit?: string; readonly clientOrderId?: string }
  ) => Promise<CaseAnswer<CaseOrder>>
  readonly order: (id: string) => Promise<CaseAnswer<CaseOrder | undefined>>
  readonly orderByClientId: (clientOrderId: string) => Promise<CaseAnswer<CaseOrder | undefined>>
  /** All pages. */
  readonly openOrders: () => Promise<CaseAnswer<ReadonlyArray<CaseOrder>>>
  /** All pages of the fill ledger. */
  readonly fills: () => Promise<CaseAnswer<ReadonlyArray<CaseFill>>>
  readonly position: (symbol: string) => Promise<CaseAnswer<string>>
  /** Everything that the stream has brought since the client listens. */
  readonly updates: () => ReadonlyArray<CaseUpdate>
  /** Waits until the stream listens. */
  readonly listening: () => Promise<void>
}

/** The other side: what an operator of the simulation does. */
export interface CaseWorld {
  /** Holds the quote of a symbol. */
  readonly pin: (symbol: string, bid: string, ask: string) => void
  /** A command of `POST /sim/faults`. */
  readonly fault: (name: string, fields?: Readonly<Record<string, unknown>>) => void
  /** Waits until a condition holds, or fails with its text. */
  readonly until: (what: string, condition: () => boolean | Promise<boolean>) => Promise<void>
}

export interface VenueCase {
  readonly name: string
  readonly run: (client: CaseClient, world: CaseWorld) => Promise<void>
}

const done = <A>(answer: CaseAnswer<A>): A => {
  if (answer.type !== "done") assert.fail(`expected an answer, got ${JSON.stringify(answer)}`)
  return answer.value
}

const refused = (answer: CaseAnswer<unknown>, status: number, code: string, message: RegExp) => {
  if (answer.type !== "refused") assert.fail(`expected a refusal, got ${JSON.stringify(answer)}`)
  assert.deepStrictEqual([answer.status, answer.code], [status, code])
  assert.match(answer.message, message)
}

let made = 0
const newId = (name: string) => `case-${name}-${++made}`
const updatesOf = (client: CaseClient, id: string) => client.updates().filter(({ order }) => order.id === id)
const eventsOf = (client: CaseClient, id: string) => updatesOf(client, id).map(({ event }) => event)
const seen = (client: CaseClient, world: CaseWorld, id: string, event: string) =>
  world.until(`${event} of ${id}`, () => eventsOf(client, id).includes(event))
const executedQty = (client: CaseClient, id: string) => {
  const executions = new Map(
    updatesOf(client, id).flatMap(({ execution }) => (execution ? [[execution.id, execution]] : []))
  )
  return [...executions.values()].reduce((sum, { qty }) => sum + Number(qty), 0)
}

const buy = (symbol: string, qty: string, more: Partial<CaseRequest> = {}): CaseRequest => ({
  symbol,
  side: "buy",
  type: "market",
  qty,
  ...more
})
const sell = (symbol: string, qty: string, more: Partial<CaseRequest> = {}): CaseRequest => ({
  ...buy(symbol, qty, more),
  side: "sell"
})

/** Each case uses symbols of its own: they share one account. */
export const venueSymbols = [
  "AAPL",
  "MSFT",
  "NVDA",
  "AMD",
  "TSLA",
  "AMZN",
  "META",
  "INTC",
  "IBM",
  "ORCL",
  "CSCO",
  "PENNY"
]

export const venueCases: ReadonlyArray<VenueCase> = [
  {
    name: "a market order fills, and its executions add up to its filled quantity",
    run: async (client, world) => {
      world.pin("AAPL", "99.99", "100.01")
      world.fault("partial-next")
      const order = done(await client.submit(buy("AAPL", "10")))
      await seen(client, world, order.id, "fill")
      assert.includeMembers(eventsOf(client, order.id), ["new", "partial_fill", "fill"])
      const known = done(await client.order(order.id))
      assert.deepStrictEqual([known?.status, known?.filledQty], ["filled", "10"])
      assert.strictEqual(executedQty(client, order.id), 10)
      assert.strictEqual(done(await client.position("AAPL")), "10")
    }
  },
  {
    name: "a limit order rests until the market reaches it",
    run: async (client, world) => {
      world.pin("MSFT", "200.00", "200.02")
      const order = done(await client.submit(buy("MSFT", "5", { type: "limit", limit: "199.50", timeInForce: "gtc" })))
      await seen(client, world, order.id, "new")
      assert.deepStrictEqual(
        done(await client.openOrders())
          .filter(({ symbol }) => symbol === "MSFT")
          .map(({ id }) => id),
        [order.id]
      )
      world.pin("MSFT", "199.40", "199.45")
      await seen(client, world, order.id, "fill")
    }
  },
  {
    name: "a cancel is a request, and its outcome comes as an event",
    run: async (client, world) => {
      world.pin("NVDA", "120.00", "120.02")
      const order = done(await client.submit(buy("NVDA", "5", { type: "limit", limit: "100" })))
      await seen(client, world, order.id, "new")
      done(await client.cancel(order.id))
      await seen(client, world, order.id, "canceled")
      refused(await client.cancel(order.id), 422, "42210000", /already in "canceled" state/)
    }
  },
  {
    name: "a cancel that comes after the fill is answered as taken, and refused by an event",
    run: async (client, world) => {
      world.pin("NVDA", "120.00", "120.02")
      const order = done(await client.submit(buy("NVDA", "5", { type: "limit", limit: "100" })))
      await seen(client, world, order.id, "new")
      world.fault("cancel-late")
      done(await client.cancel(order.id))
      await seen(client, world, order.id, "order_cancel_rejected")
      assert.strictEqual(done(await client.order(order.id))?.status, "filled")
    }
  },
  {
    name: "a replacement is a new order that names the old one",
    run: async (client, world) => {
      world.pin("AMD", "150.00", "150.02")
      const old = done(await client.submit(buy("AMD", "10", { type: "limit", limit: "140" })))
      await seen(client, world, old.id, "new")
      const next = done(await client.replace(old.id, { qty: "7", limit: "141" }))
      assert.notStrictEqual(next.id, old.id)
      assert.strictEqual(next.replaces, old.id)
      await seen(client, world, next.id, "new")
      assert.strictEqual(done(await client.order(old.id))?.status, "replaced")
      done(await client.cancel(next.id))
      await seen(client, world, next.id, "canceled")
    }
  },
  {
    name: "a replacement that comes after the fill is rejected",
    run: async (client, world) => {
      world.pin("AMD", "150.00", "150.02")
      const old = done(await client.submit(buy("AMD", "10", { type: "limit", limit: "140" })))
      await seen(client, world, old.id, "new")
      world.fault("replace-late")
      const next = done(await client.replace(old.id, { limit: "141" }))
      await seen(client, world, next.id, "rejected")
      assert.strictEqual(done(await client.order(old.id))?.status, "filled")
    }
  },
  {
    name: "a client id is used once",
    run: async (client, world) => {
      world.pin("TSLA", "250.00", "250.02")
      const clientOrderId = newId("once")
      const order = done(await client.submit(buy("TSLA", "1", { type: "limit", limit: "200", clientOrderId })))
      refused(
        await client.submit(buy("TSLA", "1", { clientOrderId })),
        422,
        "40010001",
        /client.order.id must be unique/
      )
      assert.strictEqual(done(await client.orderByClientId(clientOrderId))?.id, order.id)
      assert.isUndefined(done(await client.orderByClientId(newId("never-sent"))))
      done(await client.cancel(order.id))
      await seen(client, world, order.id, "canceled")
    }
  },
  {
    name: "orders are refused for buying power, held shares, a wash trade and the form of a price",
    run: async (client, world) => {
      world.pin("AMZN", "180.00", "180.02")
      refused(await client.submit(buy("AMZN", "100000")), 403, "40310000", /insufficient buying power/)
      refused(
        await client.submit(buy("AMZN", "1", { type: "limit", limit: "100.123" })),
        422,
        "42210000",
        /sub-penny increment/
      )
      refused(await client.submit(buy("NOSUCH", "1")), 422, "42210000", /asset "NOSUCH" not found/)
      const bought = done(await client.submit(buy("AMZN", "10")))
      await seen(client, world, bought.id, "fill")
      refused(await client.submit(sell("AMZN", "11")), 403, "40310000", /insufficient qty available/)
      const stop = done(await client.submit(sell("AMZN", "10", { type: "stop", stop: "150" })))
      refused(await client.submit(sell("AMZN", "1")), 403, "40310000", /insufficient qty available/)
      refused(await client.submit(buy("AMZN", "1")), 403, "40310000", /wash trade/)
      done(await client.cancel(stop.id))
      await seen(client, world, stop.id, "canceled")
    }
  },
  {
    name: "a stop order is executed when the market reaches its price",
    run: async (client, world) => {
      world.pin("META", "500.00", "500.02")
      const bought = done(await client.submit(buy("META", "4")))
      await seen(client, world, bought.id, "fill")
      const stop = done(await client.submit(sell("META", "4", { type: "stop", stop: "480", timeInForce: "gtc" })))
      await seen(client, world, stop.id, "new")
      world.pin("META", "479.00", "479.02")
      await seen(client, world, stop.id, "fill")
      assert.strictEqual(done(await client.position("META")), "0")
    }
  },
  {
    name: "ioc cancels what is left and fok all or nothing",
    run: async (client, world) => {
      world.pin("INTC", "30.00", "30.01")
      world.fault("partial-next")
      const part = done(await client.submit(buy("INTC", "100", { type: "limit", limit: "31", timeInForce: "ioc" })))
      await seen(client, world, part.id, "canceled")
      assert.include(eventsOf(client, part.id), "partial_fill")
      const none = done(await client.submit(buy("INTC", "100", { type: "limit", limit: "29", timeInForce: "fok" })))
      await seen(client, world, none.id, "canceled")
      assert.strictEqual(done(await client.order(none.id))?.filledQty, "0")
    }
  },
  {
    name: "a fraction of a share is bought exactly",
    run: async (client, world) => {
      world.pin("IBM", "249.99", "250.00")
      const fraction = done(await client.submit(buy("IBM", "0.123456789")))
      await seen(client, world, fraction.id, "fill")
      assert.strictEqual(done(await client.position("IBM")), "0.123456789")
    }
  },
  {
    name: "an amount of money is bought exactly",
    run: async (client, world) => {
      world.pin("IBM", "249.99", "250.00")
      const { notional, qty: _, ...amount } = { ...buy("IBM", "1"), notional: "100.5" }
      const order = done(await client.submit({ ...amount, notional }))
      await seen(client, world, order.id, "fill")
      assert.strictEqual(done(await client.order(order.id))?.filledQty, "0.402")
    }
  },
  {
    name: "an order that was taken can still be rejected",
    run: async (client, world) => {
      world.fault("reject-next")
      const order = done(await client.submit(buy("ORCL", "1")))
      await seen(client, world, order.id, "rejected")
      assert.strictEqual(done(await client.order(order.id))?.status, "rejected")
    }
  },
  {
    name: "a reply that is lost leaves an order that its client id finds",
    run: async (client, world) => {
      world.pin("ORCL", "140.00", "140.02")
      for (const fault of ["reply-lost", "reply-500"]) {
        const clientOrderId = newId(fault)
        world.fault(fault)
        const answer = await client.submit(buy("ORCL", "1", { type: "limit", limit: "100", clientOrderId }))
        assert.strictEqual(answer.type, "unknown", fault)
        const found = done(await client.orderByClientId(clientOrderId))
        assert.isDefined(found, fault)
        done(await client.cancel(found?.id ?? ""))
      }
    }
  },
  {
    name: "an answer that is no JSON is an unknown outcome",
    run: async (client, world) => {
      world.fault("reply-html")
      const clientOrderId = newId("html")
      const answer = await client.submit(buy("ORCL", "1", { type: "limit", limit: "100", clientOrderId }))
      assert.strictEqual(answer.type, "unknown")
      assert.isUndefined(done(await client.orderByClientId(clientOrderId)))
    }
  },
  {
    name: "a request over the rate is refused and had no effect",
    run: async (client, world) => {
      world.fault("rate-limit")
      const clientOrderId = newId("rate")
      const answer = await client.submit(buy("ORCL", "1", { type: "limit", limit: "100", clientOrderId }))
      assert.strictEqual(answer.type, "rate-limited")
      assert.isUndefined(done(await client.orderByClientId(clientOrderId)))
    }
  },
  {
    name: "updates may precede the reply of the order",
    run: async (client, world) => {
      world.pin("CSCO", "50.00", "50.01")
      world.fault("update-first")
      const clientOrderId = newId("first")
      const submitted = client.submit(buy("CSCO", "3", { clientOrderId }))
      await world.until("the fill", () =>
        client.updates().some(({ event, order }) => event === "fill" && order.clientOrderId === clientOrderId)
      )
      const order = done(await submitted)
      assert.strictEqual(executedQty(client, order.id), 3)
    }
  },
  {
    name: "executions count once, whether their updates come twice or in another sequence",
    run: async (client, world) => {
      world.pin("CSCO", "50.00", "50.01")
      for (const fault of ["update-twice", "update-reorder", "update-late"]) {
        world.fault("partial-next")
        world.fault(fault, { count: 2 })
        const order = done(await client.submit(buy("CSCO", "8")))
        await world.until(`${fault}: all executions`, () => executedQty(client, order.id) === 8)
      }
    }
  },
  {
    name: "an update that was dropped is missing in the stream and present in the ledger of fills",
    run: async (client, world) => {
      world.pin("CSCO", "50.00", "50.01")
      world.fault("update-drop", { count: 3 })
      const order = done(await client.submit(buy("CSCO", "2")))
      await world.until("the order is filled", async () => done(await client.order(order.id))?.status === "filled")
      assert.deepStrictEqual(eventsOf(client, order.id), [])
      const fills = done(await client.fills()).filter(({ orderId }) => orderId === order.id)
      assert.deepStrictEqual(
        fills.map(({ qty }) => qty),
        ["2"]
      )
    }
  },
  {
    name: "an undone execution and a corrected one come as events",
    run: async (client, world) => {
      world.pin("PENNY", "0.5", "0.5001")
      for (const [fault, event, left] of [
        ["bust", "trade_bust", "0"],
        ["correct", "trade_correct", "3"]
      ] as const) {
        const order = done(
          await client.submit(buy("PENNY", "4", { type: "limit", limit: "0.5002", timeInForce: "fok" }))
        )
        await seen(client, world, order.id, "fill")
        const execution = updatesOf(client, order.id).find(({ event }) => event === "fill")?.execution
        world.fault(fault, { execution_id: execution?.id, qty: "3" })
        await seen(client, world, order.id, event)
        assert.strictEqual(done(await client.order(order.id))?.filledQty, left)
      }
    }
  },
  {
    name: "the venue cancels by itself and closes a position with an order of its own",
    run: async (client, world) => {
      world.pin("PENNY", "0.5", "0.5001")
      const resting = done(await client.submit(buy("PENNY", "4", { type: "limit", limit: "0.4" })))
      await seen(client, world, resting.id, "new")
      world.fault("self-cancel", { order_id: resting.id })
      await seen(client, world, resting.id, "canceled")
      const bought = done(await client.submit(buy("PENNY", "6")))
      await seen(client, world, bought.id, "fill")
      world.fault("liquidate", { symbol: "PENNY" })
      await world.until("the position is closed", async () => done(await client.position("PENNY")) === "0")
    }
  },
  {
    name: "a status that is not known is shown as it is",
    run: async (client, world) => {
      world.pin("TSLA", "250.00", "250.02")
      const order = done(await client.submit(buy("TSLA", "1", { type: "limit", limit: "200" })))
      await seen(client, world, order.id, "new")
      world.fault("unknown-status", { order_id: order.id })
      assert.isDefined(done(await client.order(order.id)))
      world.fault("unknown-status", { order_id: order.id, on: false })
      done(await client.cancel(order.id))
    }
  },
  {
    name: "more than one page of open orders that share a submission time is read whole",
    run: async (client, world) => {
      world.pin("TSLA", "250.00", "250.02")
      world.fault("equal-timestamps")
      const sent = new Set<string>()
      for (let n = 0; n < 510; n++) {
        const order = done(await client.submit(buy("TSLA", "1", { type: "limit", limit: "1" })))
        sent.add(order.id)
      }
      world.fault("equal-timestamps", { on: false })
      const open = done(await client.openOrders()).filter(({ id }) => sent.has(id))
      assert.strictEqual(new Set(open.map(({ id }) => id)).size, 510)
    }
  }
]

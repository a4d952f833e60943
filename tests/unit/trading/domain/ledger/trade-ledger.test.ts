// The ledger is the proof that no order is lost or doubled: one that always balances would prove nothing.
import { assert, describe, it } from "@effect/vitest"
import {
  differencesOf,
  type LedgerInput,
  type LedgerOrder,
  ledgerOf,
  type VenueRecord
} from "../../../../../src/trading/domain/ledger/trade-ledger.ts"
import { decimal } from "../../../../support/trading/gate-view.ts"

const input: LedgerInput = {
  intents: 6,
  orders: new Map([
    ["rejected", 1],
    ["filled", 1],
    ["canceled", 1],
    ["new", 1],
    ["submitted_unconfirmed", 1],
    ["failed", 1]
  ]),
  symbols: new Map([["AAPL", { filled: decimal("10"), adjusted: decimal("-2.5"), position: decimal("7.5") }]])
}
const ours = (more: Partial<LedgerOrder> = {}): LedgerOrder => ({
  brokerOrderId: "b1",
  clientOrderId: "c1",
  status: "filled",
  filled: decimal("10"),
  ...more
})
const venue = (more: Partial<VenueRecord> = {}): VenueRecord => ({
  orders: [ours()],
  filled: new Map([["AAPL", decimal("10")]]),
  positions: new Map([["AAPL", decimal("7.5")]]),
  ...more
})

describe("the trading ledger", () => {
  it("puts each intent into one column", () => {
    const { balanced, intents, refused, symbols, terminal, unconfirmed, working } = ledgerOf(input)
    assert.deepStrictEqual([intents, refused, terminal, working, unconfirmed], [6, 1, 3, 1, 1])
    assert.isTrue(balanced)
    assert.isTrue(symbols.every((one) => one.balanced))
  })

  it("does not balance with an intent without its order, or a position without its executions", () => {
    assert.isFalse(ledgerOf({ ...input, intents: 7 }).balanced)
    const symbols = new Map([["AAPL", { filled: decimal("10"), adjusted: decimal("0"), position: decimal("9") }]])
    assert.isFalse(ledgerOf({ ...input, symbols }).symbols.every(({ balanced }) => balanced))
  })

  it("finds no difference between a book and the same record of the venue", () => {
    assert.deepStrictEqual(differencesOf(ledgerOf(input), [ours()], venue()), [])
    const working = [ours({ status: "pending_cancel" })]
    assert.deepStrictEqual(differencesOf(ledgerOf(input), working, venue({ orders: [ours({ status: "new" })] })), [])
  })

  it.each([
    [
      "an order that the book lacks",
      venue({ orders: [ours(), ours({ brokerOrderId: "b2", clientOrderId: "c2" })] }),
      1
    ],
    ["two orders under one client id", venue({ orders: [ours(), ours({ brokerOrderId: "b2" })] }), 2],
    ["an order that the venue lacks", venue({ orders: [] }), 1],
    ["another end", venue({ orders: [ours({ status: "canceled" })] }), 1],
    ["another filled quantity", venue({ orders: [ours({ filled: decimal("9") })] }), 1],
    ["a fill that the book lacks", venue({ filled: new Map([["AAPL", decimal("11")]]) }), 1],
    ["a position that the book lacks", venue({ positions: new Map([["AAPL", decimal("8")]]) }), 1],
    [
      "a symbol that the book lacks",
      venue({
        positions: new Map([
          ["AAPL", decimal("7.5")],
          ["GME", decimal("1")]
        ])
      }),
      1
    ]
  ])("finds %s", (_, record, count) => {
    assert.lengthOf(differencesOf(ledgerOf(input), [ours()], record), count)
  })
})

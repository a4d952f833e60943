// A number that is read wrong is money. Bodies are read exactly, in whatever form the venue sends them, or not at all.
import { assert, describe, it } from "@effect/vitest"
import { decimalText } from "../../../../../src/kernel/decimal.ts"
import { instantText, parseInstant } from "../../../../../src/kernel/time/utc-instant.ts"
import { readAccount, readClock, readPosition } from "../../../../../src/trading/adapters/alpaca/wire/account.ts"
import { readFill } from "../../../../../src/trading/adapters/alpaca/wire/activity.ts"
import { readDay } from "../../../../../src/trading/adapters/alpaca/wire/calendar.ts"
import { Unreadable } from "../../../../../src/trading/adapters/alpaca/wire/fields.ts"
import { elementTexts } from "../../../../../src/trading/adapters/alpaca/wire/json-text.ts"
import { readOrder } from "../../../../../src/trading/adapters/alpaca/wire/order.ts"
import { readEach } from "../../../../../src/trading/adapters/alpaca/wire/read.ts"
import { readTradingFrame } from "../../../../../src/trading/adapters/alpaca/wire/trading-frame.ts"
import {
  accountFields,
  fillData,
  fillRow,
  orderBody,
  positionFields,
  updateBody
} from "../../../../support/trading/alpaca-bodies.ts"

const good = <A>(value: A | Unreadable): A => {
  if (value instanceof Unreadable) assert.fail(value.why)
  return value
}
const isBad = (value: unknown) => assert.instanceOf(value, Unreadable)
const text = (value: Parameters<typeof decimalText>[0] | undefined) =>
  value === undefined ? undefined : decimalText(value)

describe("an order", () => {
  it("is read with its own text, and its time to the nanosecond", () => {
    const body = orderBody({ updated_at: "2026-11-30T10:00:01.123456789-05:00" })
    const order = good(readOrder(body))
    assert.strictEqual(order.raw, body)
    assert.strictEqual(instantText(order.snapshot.updatedAt), "2026-11-30T15:00:01.123456789Z")
    assert.deepStrictEqual(
      [order.type, order.timeInForce, order.side, order.snapshot.status, text(order.snapshot.limitPrice)],
      ["limit", "day", "buy", "new", "107.5"]
    )
  })

  it("has the same numbers as texts and as JSON numbers", () => {
    const asNumbers = orderBody()
      .replace('"15"', "15.0")
      .replace('"107.5"', "1.075e2")
      .replace('"filled_qty":"0"', '"filled_qty":0.123456789')
    const { snapshot } = good(readOrder(asNumbers))
    assert.deepStrictEqual(
      [text(snapshot.quantity), text(snapshot.limitPrice), text(snapshot.filledQuantity)],
      ["15", "107.5", "0.123456789"]
    )
  })

  it("keeps every digit of a JSON number that is no binary fraction", () => {
    const { snapshot } = good(readOrder(orderBody().replace('"15"', "900719925474099312.000000001")))
    assert.strictEqual(text(snapshot.quantity), "900719925474099312.000000001")
  })

  it("rounds an average to 9 places, and no quantity", () => {
    const { snapshot } = good(readOrder(orderBody({ filled_qty: "3", filled_avg_price: "107.3333333333333" })))
    assert.strictEqual(text(snapshot.averagePrice), "107.333333333")
    isBad(readOrder(orderBody({ filled_qty: "0.1234567891" })))
  })

  it("may have a status, a type and fields that are not known", () => {
    const order = good(readOrder(orderBody({ status: "under_review", type: "trailing_stop", ai_score: { a: 1 } })))
    assert.deepStrictEqual([order.snapshot.status, order.type], ["under_review", undefined])
  })

  it("of an amount of money has no quantity yet", () => {
    assert.isUndefined(good(readOrder(orderBody({ qty: null, notional: "100" }))).snapshot.quantity)
  })

  it("is not read when a field that matters is missing or is no number", () => {
    for (const fields of [
      { id: null },
      { id: "" },
      { client_order_id: undefined },
      { filled_qty: null },
      { filled_qty: "NaN" },
      { filled_qty: "-1" },
      { filled_qty: "1e308" },
      { qty: "1,000" },
      { qty: " 5" },
      { qty: true },
      { qty: {} },
      { limit_price: "Infinity" },
      { side: "hold" },
      { status: "" },
      { updated_at: "yesterday" },
      { updated_at: "2026-11-30T15:00:01" },
      { updated_at: null, submitted_at: null, created_at: null }
    ]) {
      isBad(readOrder(orderBody(fields)))
    }
    for (const body of ["", "null", "[]", "<html></html>", '{"id":"x"', "NaN"]) isBad(readOrder(body))
  })
})

describe("a list", () => {
  it("gives each element as it came", () => {
    const parts = ['{"a":"},{[\\"]"}', "{}", "[1,2]"]
    assert.deepStrictEqual(elementTexts(`[ ${parts.join(" ,\n")} ]`), parts)
    assert.deepStrictEqual(elementTexts(" [] "), [])
    for (const broken of ["", "{}", "[1", "[{]", "[}{]", '["a]'])
      assert.isTrue((elementTexts(broken) ?? [""]).length <= 1)
  })

  it("fails as a whole with one element that cannot be read", () => {
    isBad(readEach("orders", `[${orderBody()},${orderBody({ filled_qty: "?" })}]`, readOrder))
    isBad(readEach("orders", `[${orderBody()},]`, readOrder))
    isBad(readEach("orders", '{"message":"x"}', readOrder))
    assert.lengthOf(good(readEach("orders", `[${orderBody()},${orderBody()}]`, readOrder)), 2)
  })
})

describe("an update", () => {
  it("brings the snapshot and its execution", () => {
    const raw = updateBody(fillData, { status: "filled", filled_qty: "15", filled_avg_price: "107.41" })
    const frame = good(readTradingFrame(raw))
    assert.strictEqual(frame.type, "order")
    if (frame.type !== "order") return
    assert.deepStrictEqual(
      frame.facts.map(({ type }) => type),
      ["snapshot", "execution"]
    )
    const execution = frame.facts[1]
    assert.deepInclude(execution, { type: "execution", executionId: fillData.execution_id, source: "stream" })
    assert.strictEqual(execution?.type === "execution" && text(execution.quantity), "15")
    assert.strictEqual(execution?.type === "execution" && instantText(execution.at), "2026-11-30T15:00:02.000000001Z")
    assert.strictEqual(frame.order.raw, raw)
  })

  it("of a bust undoes an execution, and of a correction changes it", () => {
    const changed = { execution_id: "e2", previous_execution_id: "e1", price: "100", qty: "4" }
    const amounts = ["trade_bust", "trade_correct"].map((event) => {
      const frame = good(readTradingFrame(updateBody({ ...changed, event })))
      const fact = frame.type === "order" ? frame.facts[1] : undefined
      return fact?.type === "amendment" ? [fact.previousExecutionId, text(fact.quantity)] : []
    })
    assert.deepStrictEqual(amounts, [
      ["e1", "0"],
      ["e1", "4"]
    ])
  })

  it("of a refused cancel is of its order only, with the reason", () => {
    const frame = good(readTradingFrame(updateBody({ event: "order_cancel_rejected", reason: "TOO_LATE_TO_CANCEL" })))
    assert.deepInclude(frame, { type: "order", event: "order_cancel_rejected", reason: "TOO_LATE_TO_CANCEL" })
  })

  it("is not read without the execution that it reports", () => {
    for (const field of ["execution_id", "price", "qty"])
      isBad(readTradingFrame(updateBody({ ...fillData, [field]: null })))
    isBad(readTradingFrame(updateBody({ ...fillData, qty: "0" })))
    isBad(readTradingFrame(updateBody({ event: "trade_bust", execution_id: "e2" })))
  })
})

describe("the account", () => {
  it("may trade when it is active and no block is set", () => {
    const account = good(readAccount(JSON.stringify(accountFields)))
    assert.deepStrictEqual([account.blocks, text(account.cash), text(account.equity)], [[], "-23140.2", "103820.56"])
    const blocks = {
      status: "ACCOUNT_CLOSED",
      trading_blocked: true,
      account_blocked: true,
      trade_suspended_by_user: true
    }
    assert.deepStrictEqual(good(readAccount(JSON.stringify({ ...accountFields, ...blocks }))).blocks, [
      "status ACCOUNT_CLOSED",
      "trading_blocked",
      "account_blocked",
      "trade_suspended_by_user"
    ])
    // A block that is not shown is not absent.
    isBad(readAccount(JSON.stringify({ ...accountFields, trading_blocked: undefined })))
  })

  it("has short positions below 0, with a minus in the text or without", () => {
    for (const qty of ["-5", "5"]) {
      const position = good(readPosition(JSON.stringify({ ...positionFields, side: "short", qty })))
      assert.deepStrictEqual([text(position.quantity), text(position.averagePrice)], ["-5", "100.123456789"])
    }
    isBad(readPosition(JSON.stringify({ ...positionFields, side: "flat" })))
  })
})

it("a fill of the ledger is the execution of the stream", () => {
  const fill = good(readFill(JSON.stringify(fillRow(7))))
  assert.strictEqual(fill.fact.executionId, "00000007-423d-4169-b3f6-3fdafc10c418")
  isBad(readFill(JSON.stringify({ ...fillRow(1), id: "20261130100002000" })))
  isBad(readFill(JSON.stringify({ ...fillRow(1), activity_type: "DIV" })))
})

it("hours are New York's, in winter and summer time, early closes too", () => {
  const day = good(readDay('{"date":"2026-11-27","open":"09:30","close":"13:00","settlement_date":"2026-11-30"}'))
  assert.deepStrictEqual([day.open, day.close].map(instantText), [
    "2026-11-27T14:30:00.000000000Z",
    "2026-11-27T18:00:00.000000000Z"
  ])
  assert.strictEqual(
    instantText(good(readDay('{"date":"2026-07-01","open":"09:30","close":"16:00"}')).open),
    "2026-07-01T13:30:00.000000000Z"
  )
  for (const broken of ['"9:30"', '"24:00"', "930", '"16:30"']) {
    isBad(readDay(`{"date":"2026-11-27","open":${broken},"close":"16:00"}`))
  }
  isBad(readDay('{"date":"2026-02-30","open":"09:30","close":"16:00"}'))
  assert.strictEqual(
    good(readClock('{"timestamp":"2026-11-30T10:00:00.5-05:00","is_open":true}')),
    parseInstant("2026-11-30T15:00:00.5Z")
  )
})

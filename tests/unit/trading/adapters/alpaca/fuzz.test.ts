// The venue, a proxy or an attacker may send anything. No text throws, and no text gives a number that is not in it.
import { assert, it } from "@effect/vitest"
import { BigDecimal } from "effect"
import type { Decimal } from "../../../../../src/kernel/decimal.ts"
import { readAccount, readPosition } from "../../../../../src/trading/adapters/alpaca/wire/account.ts"
import { readFill } from "../../../../../src/trading/adapters/alpaca/wire/activity.ts"
import { readVolumes } from "../../../../../src/trading/adapters/alpaca/wire/bars.ts"
import { readDay } from "../../../../../src/trading/adapters/alpaca/wire/calendar.ts"
import { readSplits } from "../../../../../src/trading/adapters/alpaca/wire/corporate-actions.ts"
import { readDataFrame, readLatestQuotes } from "../../../../../src/trading/adapters/alpaca/wire/data-frame.ts"
import { Unreadable } from "../../../../../src/trading/adapters/alpaca/wire/fields.ts"
import { readOrder } from "../../../../../src/trading/adapters/alpaca/wire/order.ts"
import { readEach } from "../../../../../src/trading/adapters/alpaca/wire/read.ts"
import { readTradeEvent } from "../../../../../src/trading/adapters/alpaca/wire/trade-update.ts"
import { readTradingFrame } from "../../../../../src/trading/adapters/alpaca/wire/trading-frame.ts"
import { wholesOf } from "../../../../support/seeded-random.ts"
import {
  accountFields,
  fillData,
  fillRow,
  orderBody,
  positionFields,
  quoteFrame,
  updateBody
} from "../../../../support/trading/alpaca-bodies.ts"

const inputs = 100_000
const nasty = [
  "NaN",
  "1e308",
  "-1",
  "1e-400",
  '"NaN"',
  '"1e308"',
  '"-5"',
  '""',
  "null",
  "true",
  "[]",
  "{}",
  `"${"9".repeat(400)}"`,
  "9".repeat(400),
  '"0x10"',
  '"１５"',
  '"__proto__"',
  "0.1",
  "18446744073709551616",
  '"2026-13-45T99:99:99Z"'
]

const bars =
  '{"bars":{"AAPL":[{"t":"2026-11-27T05:00:00Z","o":1,"h":2,"l":1,"c":2,"v":1000,"n":5,"vw":1.5}]},"next_page_token":null}'
const actions =
  '{"corporate_actions":{"forward_splits":[{"id":"ca1","symbol":"AAPL","new_rate":4,"old_rate":1,"ex_date":"2026-11-30"}]},"next_page_token":null}'
const latest = `{"quotes":{"AAPL":${quoteFrame.slice(1, -1)}}}`
const subjects: ReadonlyArray<readonly [string, (text: string) => unknown]> = [
  [orderBody(), readOrder],
  [updateBody(fillData), readTradingFrame],
  ['{"stream":"listening","data":{"streams":["trade_updates"]}}', readTradingFrame],
  [JSON.stringify(accountFields), readAccount],
  [JSON.stringify(positionFields), readPosition],
  [JSON.stringify(fillRow(1)), readFill],
  ['{"date":"2026-11-27","open":"09:30","close":"13:00"}', readDay],
  [`[${orderBody()}]`, (text) => readEach("orders", text, readOrder)],
  [bars, (text) => readVolumes(text, "AAPL")],
  [actions, readSplits],
  [JSON.stringify({ event_id: "01JDXYZ", ...JSON.parse(updateBody(fillData)).data }), readTradeEvent],
  [quoteFrame, readDataFrame],
  [latest, readLatestQuotes]
]

const whole = wholesOf(20_261_201)
const pick = <A>(items: ReadonlyArray<A>): A => items[whole(items.length)] as A
/** Where the values of a body stand, found once. */
const valuesOf = new Map(
  subjects.map(([body]) => [body, [...body.matchAll(/(?<=":)(?:"[^"]*"|-?[\d.]+|null|true|false)/g)]])
)

const mutated = (body: string): string => {
  let text = body
  switch (whole(4)) {
    case 0: {
      const at = whole(text.length)
      return text.slice(0, at) + String.fromCharCode(whole(128)) + text.slice(at + whole(3))
    }
    case 1:
      return text.slice(0, whole(text.length + 1))
    default: {
      const value = pick(valuesOf.get(body) ?? [])
      const at = value?.index ?? 0
      text = text.slice(0, at) + pick(nasty) + text.slice(at + (value?.[0].length ?? 0))
      return text
    }
  }
}

/** Every decimal in a value, whatever holds it. */
const decimalsIn = (value: unknown, found: Array<Decimal> = []): ReadonlyArray<Decimal> => {
  if (BigDecimal.isBigDecimal(value)) found.push(value)
  else if (typeof value === "object" && value !== null) for (const item of Object.values(value)) decimalsIn(item, found)
  return found
}

it(`reads ${inputs} mutated bodies without a throw and without a number of its own`, () => {
  let unreadable = 0
  for (let n = 0; n < inputs; n++) {
    const [body, read] = subjects[n % subjects.length] as (typeof subjects)[number]
    const text = mutated(body)
    let value: unknown
    try {
      value = read(text)
    } catch (error) {
      assert.fail(`threw ${String(error)} on ${text}`)
    }
    if (value instanceof Unreadable || value === undefined) {
      unreadable++
      if (n % 20 === 0 && value instanceof Unreadable) assert.isNotEmpty(value.why)
      continue
    }
    if (n % 10 !== 0) continue
    for (const { scale, value: digits } of decimalsIn(value)) {
      assert.isTrue(scale <= 9, text)
      const shown = (digits < 0n ? -digits : digits).toString().replace(/0+$/, "")
      // Its digits stand in the text, apart from the point and from zeros at the end; averages are cut to 9 places.
      assert.isTrue(text.replaceAll(".", "").includes(shown.slice(0, 9)), `${digits} of scale ${scale} from ${text}`)
    }
  }
  // Most mutations break something, and some do not matter.
  assert.isAbove(unreadable, inputs / 4)
  assert.isBelow(unreadable, (inputs * 9) / 10)
}, 120_000)

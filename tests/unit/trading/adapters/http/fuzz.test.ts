// Callers, the venue and attackers may send anything: no text throws, and no number comes of it that is not in it.
import { createHmac } from "node:crypto"
import { assert, it } from "@effect/vitest"
import { Result } from "effect"
import { Secret } from "../../../../../src/kernel/secret.ts"
import { instantOfMs } from "../../../../../src/kernel/time/utc-instant.ts"
import { readRequest } from "../../../../../src/protocol/control/control.ts"
import { tradingCommands } from "../../../../../src/protocol/trading/commands.ts"
import type { TradingSpec } from "../../../../../src/protocol/trading/route.ts"
import { readDataFrame } from "../../../../../src/trading/adapters/alpaca/wire/data-frame.ts"
import { readerOf } from "../../../../../src/trading/adapters/alpaca/wire/read.ts"
import { tradeUpdate, WireTradeUpdate } from "../../../../../src/trading/adapters/alpaca/wire/trade-update.ts"
import { readTradingFrame } from "../../../../../src/trading/adapters/alpaca/wire/trading-frame.ts"
import { makeRouteMatch } from "../../../../../src/trading/adapters/http/admission/route.ts"
import { commandEndpoints } from "../../../../../src/trading/adapters/http/endpoints/command-endpoints.ts"
import { commandPayload } from "../../../../../src/trading/adapters/http/endpoints/command-payload.ts"
import { readWebhook } from "../../../../../src/trading/adapters/http/webhook/webhook.ts"
import { makeFuzzer } from "../../../../support/fuzz.ts"
import { wholesOf } from "../../../../support/seeded-random.ts"
import { fillData, orderBody, quoteFrame, updateBody } from "../../../../support/trading/alpaca-bodies.ts"

const whole = wholesOf(20_261_202)
const pick = <A>(items: ReadonlyArray<A>): A => items[whole(items.length)] as A
const nasty = ["NaN", "1e308", "-1", "1e-400", '"NaN"', '"1e308"', '""', "null", "[]", "{}", "0.1", '"0x10"', '"１５"']
const long = ["123456789012345678.5", "0.1000000000000000055", `"${"9".repeat(200)}"`, `"${"a".repeat(200)}"`]

/** A text with one value changed, cut off, or with a character of chance in it. */
const mutated = (text: string): string => {
  const at = whole(text.length)
  switch (whole(4)) {
    case 0:
      return text.slice(0, at) + String.fromCharCode(whole(300)) + text.slice(at + whole(3))
    case 1:
      return text.slice(0, at)
    default: {
      const values = [...text.matchAll(/(?<=":)(?:"[^"]*"|-?[\d.]+|null|true|false)/g)]
      if (values.length === 0) return text
      const value = pick(values)
      return text.slice(0, value.index) + pick([...nasty, ...long]) + text.slice(value.index + value[0].length)
    }
  }
}
const encoder = new TextEncoder()

const specs: ReadonlyArray<TradingSpec> = Object.values(tradingCommands)
const anything = makeFuzzer(7, [...new Set(specs.flatMap(({ request }) => Object.keys(request.fields)))])
const caller = { tokenId: "t", name: "robot", roles: new Set(["trader" as const]) }
const decimals = ["qty", "limit_price", "stop_price"] as const

it("reads 70000 bodies, paths and queries of the API", () => {
  let good = 0
  const match = makeRouteMatch(commandEndpoints(tradingCommands, () => assert.fail("not called")))
  for (let n = 0; n < 70_000; n++) {
    const spec = specs[n % specs.length] as TradingSpec
    const isRandom = whole(4) === 0
    const body = isRandom ? anything() : encoder.encode(mutated(JSON.stringify(spec.example)))
    const text = isRandom ? "" : new TextDecoder().decode(body)
    const id = pick(["a", "..", "%00", "x".repeat(200), "a/b", "１", ""])
    match(
      spec.http.method,
      pick([`/api/v1/orders/${id}`, id, `/${id}?${id}=${id}`, "/%zz", `/api/v1/orders/${id}/cancel`])
    )
    const read = commandPayload(spec, {
      caller,
      params: Object.fromEntries([...spec.http.path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => [name, id])),
      query: whole(3) === 0 ? { limit: id, [id]: "1" } : {},
      headers: { "idempotency-key": whole(7) === 0 ? id : undefined },
      body,
      remoteAddress: "127.0.0.1"
    })
    if (Result.isFailure(read)) {
      assert.match(read.failure.detail, /^[^\n]+\.$/)
      continue
    }
    const request = readRequest(spec.request, encoder.encode(JSON.stringify(read.success)), spec.bytesMax)
    if (Result.isFailure(request)) {
      assert.match(request.failure.message, /^[^\n]+\.$/)
      continue
    }
    good++
    const fields = request.success as Readonly<Record<string, unknown>>
    for (const name of decimals) {
      const value = fields[name]
      if (value === undefined || isRandom) continue
      assert.match(String(value), /^\d{1,18}(\.\d{1,9})?$/)
      // Its digits stand in the text as they are.
      assert.include(text, String(value))
    }
  }
  assert.isAbove(good, 5000)
  assert.isBelow(good, 60_000)
})

const secret = "secret-of-the-test"
const event = JSON.stringify(JSON.parse(updateBody(fillData)).data)
const now = instantOfMs(Date.parse(JSON.parse(event).timestamp ?? JSON.parse(event).order.updated_at))
const reader = readerOf("webhook", WireTradeUpdate)
const read = (body: string) => {
  const wire = reader(body)
  return "why" in wire ? wire : tradeUpdate(wire, "webhook", body)
}

it("reads 20000 webhooks, of which half have a wrong signature", () => {
  const seen = new Map<string, number>()
  for (let n = 0; n < 20_000; n++) {
    const body = n % 5 === 0 ? anything() : encoder.encode(mutated(event))
    const signature = createHmac("sha256", secret).update(body).digest("hex")
    const forged = n % 2 === 0
    const headers = {
      signature: forged ? pick(["", signature.slice(1), mutated(`{"a":"${signature}"}`), `${signature}0`]) : signature,
      time: undefined,
      timeSignature: undefined
    }
    const found = readWebhook({ secret: new Secret(secret), unsigned: false, read }, headers, body, now)
    const outcome = typeof found === "string" ? found : "status" in found ? found.code : "taken"
    if (forged) assert.include(["WEBHOOK_SIGNATURE", "WEBHOOK_UNSIGNED"], outcome)
    seen.set(outcome, (seen.get(outcome) ?? 0) + 1)
  }
  const expected = ["taken", "WEBHOOK_SIGNATURE", "WEBHOOK_NOT_JSON", "WEBHOOK_UNREADABLE", "missing_client_order_id"]
  for (const outcome of expected) assert.isAbove(seen.get(outcome) ?? 0, 10, outcome)
})

it("reads 15000 frames of the streams", () => {
  const frames = [updateBody(fillData), orderBody(), quoteFrame, '{"stream":"authorization","data":{"status":"x"}}']
  for (let n = 0; n < 15_000; n++) {
    const text = n % 5 === 0 ? new TextDecoder().decode(anything()) : mutated(pick(frames))
    assert.isObject(readTradingFrame(text))
    for (const message of readDataFrame(text)) assert.isString(message.type)
  }
})

// A webhook books executions: one that the venue did not sign must not get as far as the JSON parser.
import { createHmac } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Result } from "effect"
import { TestClock } from "effect/testing"
import { Secret } from "../../../../../src/kernel/secret.ts"
import { instantOfMs } from "../../../../../src/kernel/time/utc-instant.ts"
import { readerOf } from "../../../../../src/trading/adapters/alpaca/wire/read.ts"
import { tradeUpdate, WireTradeUpdate } from "../../../../../src/trading/adapters/alpaca/wire/trade-update.ts"
import { readWebhook, takeWebhook } from "../../../../../src/trading/adapters/http/webhook/webhook.ts"

const at = "2026-11-30T15:00:00Z"
const now = instantOfMs(Date.parse(at))
const order = {
  id: "b1",
  client_order_id: "c1",
  symbol: "AAPL",
  side: "buy",
  type: "market",
  time_in_force: "day",
  status: "filled",
  qty: "10",
  filled_qty: "10",
  filled_avg_price: "150",
  updated_at: at
}
const event = { event: "fill", order, timestamp: at, execution_id: "e1", price: "150", qty: "10" }
const secret = "secret-of-the-test"
const sign = (...parts: ReadonlyArray<string>) => createHmac("sha256", secret).update(parts.join("")).digest("hex")
const none = { signature: undefined, time: undefined, timeSignature: undefined }
const reader = readerOf("webhook", WireTradeUpdate)
const read = (text: string) => {
  const wire = reader(text)
  return "why" in wire ? wire : tradeUpdate(wire, "webhook", text)
}
const options = { secret: new Secret(secret), unsigned: false, read }

const outcome = (
  body: string,
  headers: Partial<typeof none> | Record<string, string | undefined> = { signature: sign(body) },
  more: Partial<typeof options> | { secret: undefined; unsigned: boolean } = {}
) => {
  const found = readWebhook({ ...options, ...more }, { ...none, ...headers }, new TextEncoder().encode(body), now)
  if (typeof found === "string") return found
  return "status" in found
    ? `${found.status} ${found.code}`
    : `${found.event} ${found.facts.map(({ type }) => type).join(" ")}`
}
const text = JSON.stringify(event)

describe("webhooks", () => {
  it("are taken when they are signed, with and without the prefix, in either case", () => {
    assert.strictEqual(outcome(text), "fill snapshot execution")
    assert.strictEqual(outcome(text, { signature: `sha256=${sign(text)}` }), "fill snapshot execution")
    assert.strictEqual(outcome(text, { signature: sign(text).toUpperCase() }), "fill snapshot execution")
  })

  it("are refused without the right signature, whatever the body is", () => {
    assert.strictEqual(outcome(text, {}), "401 WEBHOOK_UNSIGNED")
    for (const signature of [
      "",
      "sha256=",
      "0".repeat(64),
      sign(`${text} `),
      sign(text).slice(1),
      `sha1=${sign(text)}`,
      `${sign(text)}00`
    ]) {
      for (const body of [text, "{", ""]) {
        if (signature !== sign(body))
          assert.strictEqual(outcome(body, { signature }), "401 WEBHOOK_SIGNATURE", signature)
      }
    }
    assert.strictEqual(outcome(text.replace('"150"', '"999"'), { signature: sign(text) }), "401 WEBHOOK_SIGNATURE")
  })

  it("are refused outside of their time", () => {
    const timed = (seconds: bigint, body = text) => {
      const time = String(now / 1_000_000_000n + seconds)
      return { signature: sign(body), time, timeSignature: `sha256=${sign(`${time}.`, body)}` }
    }
    for (const seconds of [-300n, 0n, 300n])
      assert.strictEqual(outcome(text, timed(seconds)), "fill snapshot execution")
    for (const seconds of [-301n, 301n]) assert.strictEqual(outcome(text, timed(seconds)), "401 WEBHOOK_TIME")
    // The header alone may not make an old body new.
    assert.strictEqual(outcome(text, { ...timed(0n), time: "0" }), "401 WEBHOOK_SIGNATURE")
    assert.strictEqual(outcome(text, { ...timed(0n), timeSignature: undefined }), "401 WEBHOOK_SIGNATURE")
    assert.strictEqual(outcome(text, { ...timed(0n), time: undefined }), "401 WEBHOOK_SIGNATURE")
    // An old body with a fresh, signed time is another attempt of the venue.
    const old = JSON.stringify({ ...event, timestamp: "2026-11-30T14:00:00Z" })
    assert.strictEqual(outcome(old, timed(0n, old)), "fill snapshot execution")
    assert.strictEqual(outcome(old), "401 WEBHOOK_TIME")
    const { timestamp: _, ...without } = event
    assert.strictEqual(outcome(JSON.stringify(without)), "fill snapshot execution", "the order's own time")
    const { updated_at: __, ...noTime } = order
    assert.strictEqual(outcome(JSON.stringify({ ...without, order: noTime })), "401 WEBHOOK_TIME")
  })

  it("are refused without a secret, except on a developer's machine", () => {
    assert.strictEqual(outcome(text, {}, { secret: undefined, unsigned: false }), "503 WEBHOOK_NO_SECRET")
    assert.strictEqual(outcome(text, { signature: sign(text) }, { secret: new Secret("") }), "503 WEBHOOK_NO_SECRET")
    assert.strictEqual(outcome(text, {}, { secret: undefined, unsigned: true }), "fill snapshot execution")
  })

  it("name what is wrong with a body", () => {
    for (const body of ["", "[]", "null", "{", "1", '"x"'])
      assert.strictEqual(outcome(body), "400 WEBHOOK_NOT_JSON", body)
    const { client_order_id: _, ...noId } = order
    assert.strictEqual(outcome(JSON.stringify({ ...event, order: noId })), "missing_client_order_id")
    assert.strictEqual(outcome(JSON.stringify({ event: "fill", timestamp: at })), "missing_client_order_id")
    assert.strictEqual(outcome(JSON.stringify({ ...event, execution_id: undefined })), "422 WEBHOOK_UNREADABLE")
    assert.strictEqual(
      outcome(JSON.stringify({ ...event, order: { ...order, filled_qty: "-1" } })),
      "422 WEBHOOK_UNREADABLE"
    )
  })

  it.effect("answer when the event is booked, parked, or not stored in time", () =>
    Effect.gen(function* () {
      const reply = (take: Effect.Effect<"booked" | "parked">) =>
        takeWebhook(
          { ...options, now: Effect.succeed(now), take: () => take, answerMs: 4000 },
          { ...none, signature: sign(text) },
          new TextEncoder().encode(text)
        )
      assert.deepStrictEqual(yield* reply(Effect.succeed("booked")), { status: "ok", client_order_id: "c1" })
      const parked = { status: "parked", reason: "order_not_found", client_order_id: "c1" } as const
      assert.deepStrictEqual(yield* reply(Effect.succeed("parked")), parked)
      const late = yield* Effect.forkChild(Effect.result(reply(Effect.never)))
      yield* TestClock.adjust("4 seconds")
      const result = yield* Fiber.join(late)
      assert.strictEqual(Result.isFailure(result) ? result.failure.code : "", "STORE_BUSY")
    })
  )
})

// An acknowledgement read wrongly is a tick lost or stored twice, and it is read by hand for speed.

import { assert, describe, it } from "@effect/vitest"
import { JetStreamApiError } from "@nats-io/jetstream"
import { Effect, Schema } from "effect"
import { readRefusal, slotOf, storedSeq } from "../../../../../src/market/adapters/jetstream/publish-ack.ts"
import { classifyRefusal } from "../../../../../src/market/adapters/jetstream/publish-errors.ts"
import { apiError } from "../../../../../src/market/adapters/jetstream/tick-stream.ts"

const bytes = (text: string) => new TextEncoder().encode(text)
const refusal = (errCode: number, description: string, status = 503) =>
  bytes(`{"error":{"code":${status},"err_code":${errCode},"description":"${description}"},"stream":"MD_TICKS","seq":0}`)

describe("acknowledgement", () => {
  it.effect.prop(
    "gives the sequence of every success",
    [Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }))],
    ([seq]) =>
      Effect.sync(() => {
        assert.strictEqual(storedSeq(bytes(`{"stream":"MD_TICKS", "seq":${seq}}`)), seq)
        assert.strictEqual(storedSeq(bytes(`{"stream":"seq", "domain":"hub", "seq": ${seq},"duplicate": true}`)), seq)
      })
  )

  it("takes nothing else for a success", () => {
    for (const text of [
      "",
      "+OK",
      "{}",
      `{"stream":"MD_TICKS"}`,
      `{"stream":"MD_TICKS","seq":`,
      `{"stream":"MD_TICKS","seq":0}`
    ]) {
      assert.strictEqual(storedSeq(bytes(text)), 0, text)
    }
    assert.strictEqual(storedSeq(refusal(10077, "maximum bytes exceeded")), 0)
    assert.strictEqual(storedSeq(bytes(`{"error":{"code":400,"seq":7},"seq":9}`)), 0)
  })

  it("reads the number of the slot behind the inbox", () => {
    assert.strictEqual(slotOf("_INBOX.ab.2047", 10), 2047)
    assert.strictEqual(slotOf("_INBOX.ab.", 10), -1)
    assert.strictEqual(slotOf("_INBOX.ab.1x", 10), -1)
  })
})

describe("refusal", () => {
  const judged = (data: Uint8Array, status = 0) => {
    const { kind, code } = classifyRefusal(readRefusal(data, status))
    return `${kind} ${code}`
  }

  it("says what to do about each kind of answer", () => {
    assert.strictEqual(judged(new Uint8Array(0), 503), "retryable NO_RESPONDERS")
    assert.strictEqual(judged(refusal(10077, "maximum bytes exceeded")), "retryable STREAM_FULL")
    assert.strictEqual(judged(refusal(10077, "write: no space left on device")), "retryable STORE_FAILED")
    assert.strictEqual(judged(refusal(10023, "insufficient resources")), "retryable RESOURCES_EXCEEDED")
    assert.strictEqual(judged(refusal(10008, "system temporarily unavailable")), "retryable CLUSTER_UNAVAILABLE")
    assert.strictEqual(judged(refusal(10071, "wrong last sequence: 7", 400)), "ambiguous WRONG_LAST_SEQUENCE")
    assert.strictEqual(
      judged(refusal(10054, "message size exceeds maximum allowed", 400)),
      "retryable MESSAGE_TOO_LARGE"
    )
    assert.strictEqual(judged(refusal(10109, "invalid operation on sealed stream", 400)), "retryable STREAM_SEALED")
    assert.strictEqual(judged(refusal(19_999, "something new")), "retryable UNKNOWN")
  })

  it("says what an operator must do where the server's words do not", () => {
    const told = (errCode: number, description: string) =>
      classifyRefusal(readRefusal(refusal(errCode, description), 0)).description
    assert.match(told(10023, "insufficient resources"), /^insufficient resources; free the disk of the server's store/)
    assert.match(told(10077, "maximum bytes exceeded"), /; raise the stream's limits/)
    assert.strictEqual(told(10071, "wrong last sequence: 7"), "wrong last sequence: 7")
    const full = new JetStreamApiError({ code: 503, err_code: 10023, description: "insufficient resources" })
    const error = apiError(full, "Writing who writes MD_TICKS")
    assert.strictEqual(error.code, "RESOURCES_EXCEEDED")
    assert.isTrue(error.retryable)
    assert.match(error.message, /^Writing who writes MD_TICKS: insufficient resources; free the disk/)
  })

  it("treats an answer that it cannot read as proof of nothing", () => {
    assert.strictEqual(judged(bytes("not json")), "ambiguous UNREADABLE_ACK")
    assert.strictEqual(judged(bytes("{}")), "ambiguous UNREADABLE_ACK")
  })
})

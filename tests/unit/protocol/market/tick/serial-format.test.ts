// A consumer with the wrong form would read nonsense as prices, so it must be able to detect the form.

import { assert, describe, it } from "@effect/vitest"
import { decode } from "@msgpack/msgpack"
import { Schema } from "effect"
import { jsonOf, lineOf } from "../../../../../src/cli/tail.ts"
import { readTick } from "../../../../../src/client/read-any-tick.ts"
import { double, TickSlab, word } from "../../../../../src/kernel/tick/tick-slab.ts"
import { makeTickSerializer } from "../../../../../src/market/adapters/serial/tick-serializer.ts"
import {
  differenceText,
  type FoundStream,
  formDifferences,
  type StreamShape
} from "../../../../../src/protocol/control/stream-shape.ts"
import { streamShape } from "../../../../../src/protocol/market/streams.ts"
import { contentTypes, formatOf, tickFormats } from "../../../../../src/protocol/market/tick/tick-format.ts"
import { TickMessage } from "../../../../../src/protocol/market/tick/tick-schema.ts"
import { fractionsOf } from "../../../../support/seeded-random.ts"
import { fillRandom, recordNames } from "../../../../support/serial-records.ts"

const names = recordNames()
const seed = 20261121
const encoder = new TextEncoder()
const bytesOf = (written: string | Uint8Array) => (typeof written === "string" ? encoder.encode(written) : written)

const writers = tickFormats.map((format) => makeTickSerializer(format, names))
const [json] = writers

/** Random records, each in every form. */
const each = (count: number, look: (text: string, forms: ReadonlyArray<Uint8Array>, record: string) => void) => {
  const random = fractionsOf(seed)
  const slab = new TickSlab(1)
  for (let n = 0; n < count; n++) {
    fillRandom(slab, 0, random)
    const forms = writers.map((writer) => bytesOf(writer.write(slab, 0, n % 2)))
    look(Buffer.from(json?.write(slab, 0, n % 2) ?? []).toString(), forms, `seed ${seed}, record ${n}`)
  }
}

describe("formatOf", () => {
  it("finds the form of each of 4,000 messages by its first bytes", () => {
    each(1000, (_, forms, record) => assert.deepStrictEqual(forms.map(formatOf), [...tickFormats], record))
  })

  it("finds it for a tick with mandatory keys only", () => {
    const slab = new TickSlab(1)
    slab.f64.fill(Number.MAX_VALUE)
    slab.i32.fill(0, word.bidVolume1, word.askVolume1 + 5)
    slab.i32.fill(-1, word.tradingDay, word.actionDay + 1)
    slab.i32[word.lastVolume] = -1
    slab.u32[word.verdict] = 0
    slab.i32[word.instrument] = 0
    slab.f64[double.exchangeTimeMs] = 1_795_222_923_007
    assert.deepStrictEqual(
      writers.map((writer) => formatOf(bytesOf(writer.write(slab, 0, 0)))),
      [...tickFormats]
    )
  })

  it("knows no other form", () => {
    const others = [[], [0x54], [0x54, 0x4b], [0x80], [0x80, 6], [0x5b], [0x90], [0x31], [0x1f, 0x8b]]
    for (const bytes of others) assert.isUndefined(formatOf(Uint8Array.from(bytes)), String(bytes))
  })
})

describe("msgpack", () => {
  it("says what the JSON says of 3,000 random records, in the same order", () => {
    each(3000, (text, forms, record) => {
      const tick = decode(forms[2] as Uint8Array)
      assert.strictEqual(JSON.stringify(tick), text, record)
      Schema.decodeUnknownSync(TickMessage)(tick)
    })
  })
})

describe("the writers", () => {
  it("give their name and content type, and refuse half a message", () => {
    const slab = new TickSlab(1)
    for (const [at, writer] of writers.entries()) {
      assert.strictEqual(writer.name, tickFormats[at])
      assert.strictEqual(writer.contentType, contentTypes[writer.name])
      fillRandom(slab, 0, fractionsOf(seed))
      assert.throws(() => writer.write(slab, 0, 2), /no feed has index 2/)
      slab.f64[double.exchangeTimeMs] = 0
      assert.throws(() => writer.write(slab, 0, 0), /not an exchange time/)
      slab.i32[word.instrument] = 99
      assert.throws(() => writer.write(slab, 0, 0), /no instrument has index 99/)
    }
  })

  it("never write again what they gave out", () => {
    const kept: Array<{ readonly forms: ReadonlyArray<Uint8Array>; readonly copies: ReadonlyArray<Uint8Array> }> = []
    each(500, (_, forms) => void kept.push({ forms, copies: forms.map((bytes) => Uint8Array.from(bytes)) }))
    for (const { forms, copies } of kept) {
      for (const [at, copy] of copies.entries()) assert.isTrue(Buffer.from(copy).equals(forms[at] as Uint8Array))
    }
  })
})

describe("readTick", () => {
  it("reads every form but a pickle, and says why", () => {
    each(500, (text, forms, record) => {
      for (const bytes of forms.slice(0, 3)) {
        assert.strictEqual(JSON.stringify((readTick(bytes) as { tick: unknown }).tick), text, record)
      }
      assert.match((readTick(forms[3] as Uint8Array) as { reason: string }).reason, /pickle\.loads/)
    })
  })

  it("never throws, whatever it is given", () => {
    const random = fractionsOf(seed)
    each(1000, (_, forms) => {
      for (const bytes of forms) {
        const damaged = Uint8Array.from(bytes.subarray(0, Math.floor(random() * bytes.length)))
        if (damaged.length > 0) damaged[Math.floor(random() * damaged.length)] = Math.floor(random() * 256)
        readTick(damaged)
      }
    })
    for (const text of [
      "{}",
      "[]",
      "{",
      "",
      '{"symbol":"a","exchange":"b","feed":"c","datetime":"d"}',
      "\u0081\u0001"
    ]) {
      assert.property(readTick(encoder.encode(text)), "reason", text)
    }
  })
})

describe("tail", () => {
  it("shows the same line and the same JSON for every form it can read, and names what it cannot", () => {
    each(200, (text, forms, record) => {
      assert.strictEqual(new Set(forms.slice(0, 3).map((bytes) => lineOf("s", bytes, 0))).size, 1, record)
      assert.deepStrictEqual(new Set(forms.slice(0, 3).map((bytes) => jsonOf("s", bytes))), new Set([text]), record)
      const pickle = forms[3] as Uint8Array
      assert.match(lineOf("s.t", pickle, 0), new RegExp(`^s\\.t \\(${pickle.length} bytes: it is a pickle`))
      assert.deepInclude(JSON.parse(jsonOf("s.t", pickle)), { subject: "s.t", format: "pickle", bytes: pickle.length })
    })
    const gap = '{"version":1,"id":"x"}'
    assert.strictEqual(lineOf("md.gap.primary", encoder.encode(gap), 0), `md.gap.primary ${gap}`)
    assert.strictEqual(jsonOf("md.gap.primary", encoder.encode("text")), "text")
  })
})

describe("the stream's mark", () => {
  it("is compared, and a stream without one holds JSON", () => {
    const wanted = (format: (typeof tickFormats)[number]) => streamShape({ contentType: contentTypes[format] })
    const between = (found: FoundStream, wants: StreamShape) => differenceText(formDifferences(found, wants))
    const differences = (found: (typeof tickFormats)[number], wants: (typeof tickFormats)[number]) =>
      between({ metadata: { "_nats.ver": "2.11.0", ...wanted(found).metadata } }, wanted(wants))
    for (const found of tickFormats) {
      for (const wants of tickFormats) assert.strictEqual(differences(found, wants) === "", found === wants)
    }
    assert.strictEqual(
      differences("compact", "json"),
      "tickd.content_type is application/vnd.tickd.compact instead of application/json"
    )
    assert.strictEqual(between({}, wanted("json")), "")
    assert.strictEqual(
      between({}, wanted("compact")),
      "tickd.content_type is not marked, which means application/json instead of application/vnd.tickd.compact"
    )
    const newer = { ...wanted("json").metadata, "tickd.schema": "2" }
    assert.strictEqual(between({ metadata: newer }, wanted("json")), "tickd.schema is 2 instead of 1")
    assert.strictEqual(between({ metadata: newer }, streamShape({})), "")
  })
})

// Most consumers are Python programs: what they read out of the real stream must be what the JSON says, to the last
// bit.
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { jetstream, jetstreamManager } from "@nats-io/jetstream"
import { Effect, Fiber } from "effect"
import { LatencyHistogram } from "../../src/kernel/latency-histogram.ts"
import { TickSlab, word } from "../../src/kernel/tick/tick-slab.ts"
import { declareStream } from "../../src/market/adapters/jetstream/tick-stream.ts"
import { makeTickSerializer } from "../../src/market/adapters/serial/tick-serializer.ts"
import { EventBus } from "../../src/market/layers/events/daemon-events.ts"
import { makeJetStreamTickPublisher } from "../../src/market/layers/publish/publisher.ts"
import { streamShape } from "../../src/protocol/market/streams.ts"
import { contentTypes, type TickFormat, tickFormats } from "../../src/protocol/market/tick/tick-format.ts"
import { TickMessage } from "../../src/protocol/market/tick/tick-schema.ts"
import { connection, startServer } from "../support/nats-server.ts"
import { fractionsOf } from "../support/seeded-random.ts"
import { fillRandom, recordNames } from "../support/serial-records.ts"
import { makeLedger } from "../support/tick-records.ts"

const names = recordNames()
const seed = 20261121
const count = 600

const publisherOf = (url: string, format: TickFormat, stream = `MD_${format}`) =>
  makeJetStreamTickPublisher({
    instance: "test",
    config: {
      stream,
      subjectTemplate: `${stream}.{exchange}.{instrument}`,
      serializer: format,
      queueTicks: 1000,
      window: 1024,
      maxAgeHours: 1,
      replay: false
    },
    connection: () => ({ url, name: "test" }),
    ...names,
    ledgers: names.feedNames.map(() => makeLedger(() => 0)),
    latency: new LatencyHistogram(),
    monotonicMs: () => 0,
    events: new EventBus()
  })

/** Publishes random records through the daemon's own publisher; returns the stored messages, with the JSON of each. */
const stored = Effect.fnUntraced(function* (url: string, format: TickFormat) {
  const { publisher, run } = yield* publisherOf(url, format)
  yield* Effect.forkScoped(run)
  while (publisher.room() === 0) yield* Effect.sleep(5)
  const json = makeTickSerializer("json", names)
  const random = fractionsOf(seed)
  const slab = new TickSlab(1)
  const texts: Array<string> = []
  for (let n = 0; n < count; n++) {
    fillRandom(slab, 0, random)
    slab.u32[word.seqLow] = n
    texts.push(Buffer.from(json.write(slab, 0, n % 2)).toString())
    publisher.send(slab, 0, n % 2)
  }
  yield* publisher.drained
  const nats = yield* connection(url)
  return yield* Effect.promise(async () => {
    const consumer = await jetstream(nats).consumers.get(`MD_${format}`)
    const messages = await consumer.fetch({ max_messages: count, expires: 5000 })
    const bytes: Array<Uint8Array> = []
    for await (const message of messages) bytes.push(message.data)
    const { config } = await (await jetstreamManager(nats)).streams.info(`MD_${format}`)
    return { texts, bytes, metadata: config.metadata ?? {} }
  })
})

/** Runs `program`, which reads a line of JSON `[hex, json]` for each message on stdin, and returns its output. */
const python = (program: string, texts: ReadonlyArray<string>, bytes: ReadonlyArray<Uint8Array>): string =>
  execFileSync("python3", ["-c", program], {
    encoding: "utf8",
    input: texts
      .map((text, at) => JSON.stringify([Buffer.from(bytes[at] as Uint8Array).toString("hex"), text]))
      .join("\n")
  })

/** JSON's numbers as in JavaScript: doubles, of which those below 2^53 may be read as integers. */
const loop = `
import json, math, sys
def whole(text):
    return int(text) if abs(int(text)) < 2 ** 53 else float(text)
def pairs():
    for line in sys.stdin:
        data, text = json.loads(line)
        yield bytes.fromhex(data), json.loads(text, parse_int=whole)
`

const page = readFileSync(new URL("../../docs/reference/tick.md", import.meta.url), "utf8")
const recipe = /```python\n([\s\S]*?)```/.exec(page)?.[1] ?? ""

describe("python", () => {
  it.live(
    "reads compact messages of a real stream with the program of the reference page",
    () =>
      Effect.gen(function* () {
        const server = yield* startServer()
        const { texts, bytes, metadata } = yield* stored(server.url, "compact")
        assert.strictEqual(metadata["tickd.content_type"], contentTypes.compact)
        assert.strictEqual(metadata["tickd.schema"], "1")
        assert.lengthOf(bytes, count)
        const program = `${recipe}${loop}
n = 0
for data, expected in pairs():
    tick = read_compact(data)
    assert tick == expected, (tick, expected)
    assert not any(isinstance(v, float) and v == 0 and math.copysign(1, v) < 0 for v in tick.values()), tick
    n += 1
for data in (b"TKC\\x02" + bytes(200), b"{" + bytes(200)):
    try:
        read_compact(data)
        raise SystemExit("another version was read")
    except ValueError:
        pass
print(n)`
        assert.strictEqual(python(program, texts, bytes).trim(), String(count))
      }),
    60_000
  )

  it.live(
    "loads pickles of a real stream as a plain dict that has every key",
    () =>
      Effect.gen(function* () {
        const server = yield* startServer()
        const { texts, bytes, metadata } = yield* stored(server.url, "pickle")
        assert.strictEqual(metadata["tickd.content_type"], contentTypes.pickle)
        assert.lengthOf(bytes, count)
        const program = `${loop}
import pickle, pickletools
keys = ${JSON.stringify(Object.keys(TickMessage.fields))}
plain = {str, float, int, type(None)}
class Nothing(pickle.Unpickler):
    def find_class(self, module, name):
        raise AssertionError("a plain dict names no class")
import io
n = 0
for data, expected in pairs():
    tick = Nothing(io.BytesIO(data)).load()
    assert tick == pickle.loads(data)
    assert type(tick) is dict and sorted(tick) == sorted(keys), sorted(tick)
    assert {type(value) for value in tick.values()} <= plain
    for key, value in tick.items():
        counted = "volume" in key or key in ("ts", "seq")
        text = key in ("symbol", "exchange", "datetime", "trading_day", "action_day", "feed", "flags")
        assert value is None or type(value) is (str if text else int if counted else float), (key, value)
        wanted = expected.get(key)
        if key == "flags" and wanted is not None:
            wanted = ",".join(wanted)
        assert value == wanted and (value is None) == (wanted is None), (key, value, wanted)
        assert not (type(value) is float and value == 0 and math.copysign(1, value) < 0), key
    last = [(op.name, pos) for op, _, pos in pickletools.genops(data)][-1]
    assert last == ("STOP", len(data) - 1), last
    n += 1
print(n)`
        assert.strictEqual(python(program, texts, bytes).trim(), String(count))
      }),
    60_000
  )
})

describe("a stream's form", () => {
  it.live(
    "is kept: another one is refused by name, with the ways out, and nothing is published",
    () =>
      Effect.gen(function* () {
        const server = yield* startServer()
        const nats = yield* connection(server.url)
        const manager = yield* Effect.promise(() => jetstreamManager(nats))
        yield* declareStream(
          manager,
          streamShape({ name: "MD_old", subjects: ["MD_old.>"], maxAgeMs: 3_600_000 }),
          "all"
        )
        for (const format of tickFormats) {
          const { run, publisher } = yield* publisherOf(server.url, format, "MD_old")
          const running = yield* Effect.forkScoped(run)
          if (format === "json") {
            while (publisher.room() === 0) yield* Effect.sleep(5)
            yield* Fiber.interrupt(running)
            continue
          }
          const error = yield* Effect.flip(Fiber.join(running))
          assert.strictEqual(error.code, "STREAM_MISMATCH")
          assert.include(error.message, `not marked, which means application/json instead of ${contentTypes[format]}`)
          assert.match(error.message, /set TICK_SERIALIZER to what it holds/)
          assert.strictEqual(publisher.room(), 0)
        }
        const { run } = yield* publisherOf(server.url, "compact", "MD_new")
        const first = yield* Effect.forkScoped(run)
        while ((yield* Effect.promise(() => manager.streams.names("MD_new.>").next())).length === 0)
          yield* Effect.sleep(5)
        yield* Fiber.interrupt(first)
        const other = yield* publisherOf(server.url, "msgpack", "MD_new")
        const error = yield* Effect.flip(other.run)
        assert.include(error.message, `${contentTypes.compact} instead of ${contentTypes.msgpack}`)
      }),
    60_000
  )
})

// The steps of a machine at 21:00:03 must be stored afterwards, complete and in sequence, and storing them must never
// burden the line.

import { assert, describe, it } from "@effect/vitest"
import { jetstream } from "@nats-io/jetstream"
import { Kvm } from "@nats-io/kv"
import { Effect, Schema } from "effect"
import { lasting } from "../../actors/market/lasting-child.ts"
import { Registry } from "../../actors/runtime/registry.ts"
import { WaitBoard } from "../../src/market/layers/causes/wait-board.ts"
import { makeStateJournal } from "../../src/market/layers/journal/state-journal.ts"
import { StateSnapshot } from "../../src/protocol/control/state.ts"
import { stateBucketName } from "../../src/protocol/control/stream-names.ts"
import { EventMessage } from "../../src/protocol/market/event.ts"
import { connection, readStream, startServer, temporaryFolder } from "../support/nats-server.ts"
import { until, untilAnswer } from "../support/until.ts"

const startJournal = Effect.fnUntraced(function* (url: () => string) {
  const registry = new Registry()
  const troubles: Array<string> = []
  const board = new WaitBoard({ write: (_level, message) => troubles.push(message) }, () => performance.now())
  const journal = makeStateJournal({
    config: { instance: "t1", nats: { url: undefined, user: undefined, password: undefined, port: 0 } },
    broker: { url, whenUp: Effect.void },
    registry,
    nowMs: () => Date.now(),
    reports: {
      failed: (what, trouble) => board.failed(what, trouble, { blocks: false }),
      worked: (what) => board.worked(what),
      note: ({ message }) => troubles.push(message)
    }
  })
  const step = (n: number) =>
    registry.noteTransition("session-primary", {
      state: n % 2 === 0 ? "connecting" : "backingOff",
      event: n % 2 === 0 ? "FRONT_CONNECTED" : "FRONT_DISCONNECTED",
      atMs: Date.now(),
      context: { n }
    })
  const stored = Effect.gen(function* () {
    while (journal.waiting() > 0) yield* Effect.sleep(20)
  })
  /** Like in the daemon: restarted after every end. */
  const body = lasting(
    {
      reports: board.of("control plane", { blocks: false }),
      isFatal: () => false,
      readyAtOnce: true,
      monotonicMs: () => performance.now()
    },
    journal.body
  )
  return { registry, journal, body, step, stored, troubles }
})

const eventsOf = (url: string) =>
  Effect.map(readStream(url, "MD_EVENTS"), (lines) =>
    lines.map(({ text }) => Schema.decodeUnknownSync(Schema.fromJsonString(EventMessage))(text))
  )
const placesOf = (events: ReadonlyArray<EventMessage>) =>
  events.flatMap((event) => (event.kind === "transition" ? [Number(event.context["n"])] : []))
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n)

const snapshotIn = (url: string) =>
  Effect.gen(function* () {
    const reader = yield* connection(url)
    return yield* Effect.promise(async () => {
      const kv = await new Kvm(reader).open(stateBucketName)
      const entry = await kv.get("t1.session-primary")
      const snapshot = Schema.decodeUnknownSync(Schema.fromJsonString(StateSnapshot))(entry?.string())
      return { snapshot, revision: entry?.revision ?? 0 }
    })
  })

describe("the journal of states and events", () => {
  it.live(
    "a storm of 700 changes a second is a few writes of the snapshot, the last one included, and all events",
    () =>
      Effect.gen(function* () {
        const server = yield* startServer()
        const { journal, step, stored } = yield* startJournal(() => server.url)
        yield* Effect.forkScoped(journal.body(Effect.void))
        yield* journal.connection
        const startMs = Date.now()
        for (let n = 0; n < 1400; n += 70) {
          for (let k = 0; k < 70; k++) step(n + k)
          yield* Effect.sleep(100)
        }
        yield* stored
        const stormMs = Date.now() - startMs
        let found = yield* snapshotIn(server.url)
        while (found.snapshot.context["n"] !== 1399) {
          yield* Effect.sleep(50)
          found = yield* snapshotIn(server.url)
        }
        const { snapshot, revision } = found
        assert.strictEqual(snapshot.context["n"], 1399)
        assert.strictEqual(snapshot.transitions, 1400)
        // Two a second during the storm, the first and the last.
        assert.isAtMost(revision, 3 + stormMs / 400)
        assert.deepStrictEqual(placesOf(yield* eventsOf(server.url)), upTo(1400))
        assert.strictEqual(journal.dropped(), 0)
      })
  )

  it.live("a stop stores what is left", () =>
    Effect.gen(function* () {
      const server = yield* startServer()
      const { journal, step, stored } = yield* startJournal(() => server.url)
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* Effect.forkScoped(Effect.scoped(journal.body(Effect.void)))
          yield* journal.connection
          step(0)
          yield* stored
          for (const n of [1, 2, 3]) step(n)
        })
      )
      assert.deepStrictEqual(placesOf(yield* eventsOf(server.url)), [0, 1, 2, 3])
      assert.strictEqual((yield* snapshotIn(server.url)).snapshot.context["n"], 3)
    })
  )

  it.live("what a previous run of the same instance left is removed, what others wrote stays", () =>
    Effect.gen(function* () {
      const server = yield* startServer()
      const reader = yield* connection(server.url)
      const kv = yield* Effect.promise(() => new Kvm(jetstream(reader)).create(stateBucketName))
      for (const key of ["t1.session-old", "t1.session-primary", "t10.daemon", "t2.daemon"])
        yield* Effect.promise(() => kv.put(key, "old"))
      const { journal, step, stored } = yield* startJournal(() => server.url)
      step(0)
      yield* Effect.forkScoped(journal.body(Effect.void))
      yield* stored
      const textOf = async (key: string) => {
        const entry = await kv.get(key)
        return entry?.operation === "PUT" ? entry.string() : undefined
      }
      yield* untilAnswer("the sweep", async () => (await textOf("t1.session-old")) === undefined)
      yield* untilAnswer("the snapshot", async () => (await textOf("t1.session-primary")) !== "old")
      const texts = yield* Effect.promise(() =>
        Promise.all(["t1.session-old", "t1.session-primary", "t10.daemon", "t2.daemon"].map(textOf))
      )
      assert.strictEqual(texts[0], undefined)
      assert.include(texts[1], '"state":"connecting"')
      assert.deepStrictEqual(texts.slice(2), ["old", "old"])
    })
  )

  it.live("a server that is killed and comes back costs no event and repeats none", () =>
    Effect.gen(function* () {
      const storeDir = yield* temporaryFolder
      let port = 0
      let n = 0
      const { body, step, stored, troubles } = yield* startJournal(() => `nats://127.0.0.1:${port}`)
      yield* Effect.scoped(
        Effect.gen(function* () {
          const first = yield* startServer({ storeDir })
          port = first.port
        })
      )
      const life = Effect.scoped(
        Effect.gen(function* () {
          yield* startServer({ storeDir, port })
          for (let k = 0; k < 50; k++) {
            step(n++)
            yield* Effect.sleep(5)
          }
        })
      )
      yield* Effect.forkScoped(body(Effect.void))
      yield* life
      for (let k = 0; k < 50; k++) step(n++)
      yield* until("the loss of the link", () => troubles.length > 0)
      yield* life
      const last = yield* startServer({ storeDir, port })
      yield* stored
      assert.deepStrictEqual(placesOf(yield* eventsOf(last.url)), upTo(150))
      assert.isAtMost(troubles.length, 8)
    })
  )

  it.live("more than it keeps while the server is away is reported as a gap, and the newest are kept", () =>
    Effect.gen(function* () {
      let url = "nats://127.0.0.1:1"
      const { journal, step, stored } = yield* startJournal(() => url)
      for (let n = 0; n < 10_050; n++) step(n)
      assert.strictEqual(journal.waiting(), 10_000)
      assert.strictEqual(journal.dropped(), 50)
      const server = yield* startServer()
      url = server.url
      yield* Effect.forkScoped(journal.body(Effect.void))
      yield* stored
      const events = yield* eventsOf(server.url)
      const gap = events.find((event) => event.kind === "gap")
      assert.strictEqual(gap?.kind === "gap" ? gap.count : 0, 50)
      assert.strictEqual(events.indexOf(gap as EventMessage), 0)
      assert.deepStrictEqual(placesOf(events), upTo(10_050).slice(50))
    })
  )
})

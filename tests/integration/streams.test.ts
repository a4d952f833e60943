// A stream that is not what was configured loses ticks quietly, years later: every difference is named, with its cure.

import { assert, describe, it } from "@effect/vitest"
import { jetstreamManager, type StreamConfig } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, Result } from "effect"
import { makeAckedPublisher } from "../../src/market/adapters/jetstream/acked-publisher.ts"
import { checkStream, reconcileStream } from "../../src/market/adapters/jetstream/stream-upkeep.ts"
import { connectNats } from "../../src/platform/nats/connect.ts"
import { creationOf } from "../../src/protocol/control/stream-shape.ts"
import { type DeclaredStream, declaredStreams, tickOptions } from "../../src/protocol/market/streams.ts"
import { makeTickSubjects } from "../../src/protocol/market/subjects.ts"
import { tickd } from "../support/cli-process.ts"
import { startPublishRun } from "../support/nats-publish-run.ts"
import { connectAs, startSecure } from "../support/nats-secure.ts"
import { connection, startServer } from "../support/nats-server.ts"

const subjects = Result.getOrThrow(makeTickSubjects())
const settings = { stream: "MD_TICKS", serializer: "json", maxAgeHours: 120, maxBytes: 50_000_000 } as const
const declared = declaredStreams(settings, subjects)
const ticks = declared.find(({ shape }) => shape.name === "MD_TICKS") as DeclaredStream
const names = ["KV_md_epoch", "MD_TICKS", "MD_QUARANTINE", "MD_INTEGRITY", "MD_EVENTS", "KV_md_state"]

const manage = (url: string) =>
  Effect.flatMap(connection(url), (nc) => Effect.promise(() => jetstreamManager(nc, { checkAPI: false })))

/** The reports of a daemon with these settings about the stream at its first connection. */
const startsOn = (url: string) =>
  Effect.gen(function* () {
    const publisher = yield* makeAckedPublisher({
      connect: connectNats({ url, name: "test", reconnect: false }),
      stream: tickOptions(settings, subjects),
      onStored: () => {}
    })
    return yield* Effect.raceFirst(
      Effect.map(Effect.flip(Effect.scoped(publisher.run)), ({ code, message }) => `${code} ${message}`),
      Effect.as(publisher.awaitRoom, "starts")
    )
  })

const changes: ReadonlyArray<readonly [change: Partial<StreamConfig>, difference: string, fixed?: "fixed"]> = [
  [{ subjects: ["md.tick.>", "md.more.>"] }, "subjects is md.more.> md.tick.> instead of md.tick.>"],
  [{ discard: "new" }, "discard is new instead of old"],
  [{ max_age: 3600e9 }, "max_age is 1 h instead of 120 h"],
  [{ max_bytes: 1_000_000 }, "max_bytes is 1,000,000 instead of 50,000,000"],
  [{ max_bytes: -1 }, "max_bytes is unlimited instead of 50,000,000"],
  [{ max_msgs: 10 }, "max_msgs is 10 instead of unlimited"],
  [{ allow_direct: false }, "allow_direct is false instead of true"],
  [{ storage: "memory" }, "storage is memory instead of file", "fixed"],
  [{ retention: "workqueue" }, "retention is workqueue instead of limits", "fixed"],
  [
    { metadata: { "tickd.content_type": "application/vnd.tickd.compact", "tickd.schema": "1" } },
    "another form",
    "fixed"
  ]
]

describe("a stream that differs", () => {
  for (const [change, difference, fixed] of changes) {
    it.live(`is refused at the start and ${fixed === undefined ? "made right" : "left alone"}: ${difference}`, () =>
      Effect.gen(function* () {
        const { url } = yield* startServer()
        const manager = yield* manage(url)
        yield* Effect.promise(() => manager.streams.add({ ...creationOf(ticks.shape), ...change }))
        const said = yield* startsOn(url)
        assert.match(said, /^STREAM_MISMATCH /)
        assert.include(said, difference)
        assert.match(
          said,
          fixed === undefined ? /tickd streams reconcile/ : /cannot be changed in place|delete the stream/
        )
        assert.strictEqual((yield* checkStream(manager, ticks)).state, "differs")
        const after = yield* reconcileStream(manager, ticks)
        assert.strictEqual(after.state, fixed === undefined ? "changed" : "refused")
        assert.strictEqual((yield* checkStream(manager, ticks)).state, fixed === undefined ? "same" : "differs")
        if (fixed === undefined) assert.strictEqual(yield* startsOn(url), "starts")
        else assert.match(after.reason ?? "", /MD_TICKS/)
      })
    )
  }

  it.live("keeps its limits when an operator changes them under a running daemon, until the next start", () =>
    Effect.gen(function* () {
      const { url } = yield* startServer()
      const manager = yield* manage(url)
      const connections: Array<NatsConnection> = []
      const run = yield* startPublishRun(url, {
        connect: Effect.tap(connectNats({ url, name: "test", reconnect: false }), (nc) =>
          Effect.sync(() => void connections.push(nc))
        )
      })
      yield* run.sendUpTo(10)
      yield* run.publisher.drained
      yield* Effect.promise(() => manager.streams.update("MD_TICKS", { max_age: 3600e9 }))
      yield* Effect.promise(async () => await connections[0]?.close())
      while (connections.length < 2) yield* Effect.sleep(20)
      yield* run.sendUpTo(20)
      yield* run.publisher.drained
      assert.strictEqual((yield* Effect.promise(() => manager.streams.info("MD_TICKS"))).config.max_age, 3600e9)
    })
  )
})

describe("tickd streams", () => {
  it.live(
    "reports what is missing and different, changes nothing without --yes, and fixes all of it with --yes",
    () =>
      Effect.gen(function* () {
        const { url } = yield* startServer()
        const manager = yield* manage(url)
        yield* Effect.promise(() => manager.streams.add({ ...creationOf(ticks.shape), max_bytes: -1, max_age: 3600e9 }))
        const ask = (verb: ReadonlyArray<string>) =>
          Effect.promise(() =>
            tickd(["streams", ...verb], { NATS_URL: url, TICK_STREAM_MAX_BYTES: "50000000", TICK_SERIALIZER: "json" })
          )
        const told = yield* ask(["check"])
        assert.strictEqual(told.code, 1)
        assert.match(
          told.stdout,
          /MD_TICKS +DIFFERS +0 messages\n {2}max_age is 1 h, wanted 120 h\n {2}max_bytes is unlimited/
        )
        assert.match(told.stdout, /KV_md_state +MISSING/)
        assert.match(told.stderr, /^tickd: .*MD_TICKS differs.*\[STREAMS_DIFFER\]\n$/)
        assert.strictEqual((yield* ask(["reconcile"])).code, 1)
        assert.strictEqual((yield* checkStream(manager, ticks)).state, "differs")
        const done = yield* ask(["reconcile", "--yes", "--json"])
        assert.strictEqual(done.code, 0, done.stderr)
        const reply = JSON.parse(done.stdout) as { ok: boolean; streams: Array<{ stream: string; state: string }> }
        assert.deepStrictEqual(
          reply.streams.map(({ stream, state }) => `${stream} ${state}`),
          names.map((name) => `${name} ${name === "MD_TICKS" ? "changed" : "created"}`)
        )
        const again = yield* ask(["check"])
        assert.strictEqual(again.code, 0, again.stdout)
        assert.match(again.stdout, /Every stream and bucket is as declared/)
      }),
    60_000
  )

  it.live("is reported with a daemon's or a reader's key, and done with the admin's only", () =>
    Effect.gen(function* () {
      const installation = yield* startSecure
      const managerAs = (role: "daemon" | "reader" | "admin") =>
        Effect.flatMap(connectAs(installation, role), (nc) =>
          Effect.promise(() => jetstreamManager(nc, { checkAPI: false }))
        )
      const daemon = yield* managerAs("daemon")
      yield* Effect.promise(() => daemon.streams.add({ ...creationOf(ticks.shape), max_age: 3600e9 }))
      for (const role of ["daemon", "reader"] as const) {
        const manager = yield* managerAs(role)
        assert.strictEqual((yield* checkStream(manager, ticks)).state, "differs")
        const after = yield* reconcileStream(manager, ticks)
        assert.strictEqual(after.state, "refused")
        assert.match(after.reason ?? "", /admin/)
      }
      assert.strictEqual((yield* reconcileStream(yield* managerAs("admin"), ticks)).state, "changed")
      assert.strictEqual((yield* checkStream(daemon, ticks)).state, "same")
    })
  )

  it.live("finds nothing to say about what a daemon has declared itself", () =>
    Effect.gen(function* () {
      const { url } = yield* startServer()
      const manager = yield* manage(url)
      for (const { shape } of declared) yield* Effect.promise(() => manager.streams.add(creationOf(shape)))
      for (const stream of declared) assert.strictEqual((yield* checkStream(manager, stream)).state, "same")
    })
  )
})

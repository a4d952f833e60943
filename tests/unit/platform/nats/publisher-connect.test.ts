// Passwords must never reach a log, and a wrong URL must say so instead of failing somewhere deep in a client library.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { clientOptions, connectNats } from "../../../../src/platform/nats/connect.ts"
import { newEnough, parseVersion } from "../../../../src/platform/nats/find-nats-server.ts"
import { publicUrl } from "../../../../src/protocol/control/public-url.ts"
import { differencesOf, differenceText, type FoundStream } from "../../../../src/protocol/control/stream-shape.ts"
import { streamShape } from "../../../../src/protocol/market/streams.ts"

describe("NATS options", () => {
  it("shows a URL without what stands before the host", () => {
    assert.strictEqual(publicUrl("nats://user:secret@host:4222"), "nats://host:4222")
    assert.strictEqual(publicUrl("tls://a:b@one:1, nats://c:d/e@two:2"), "tls://one:1,nats://two:2")
    assert.strictEqual(publicUrl("token@host"), "host")
    assert.strictEqual(publicUrl("nats://host"), "nats://host")
  })

  it("takes user and password out of the URL, and prefers those given beside it", () => {
    const fromUrl = clientOptions({ url: "nats://me:p%40ss@host", name: "x" })
    assert.deepStrictEqual([fromUrl.servers, fromUrl.user, fromUrl.pass], [["host:4222"], "me", "p@ss"])
    const beside = clientOptions({ url: "nats://me:other@host:5", name: "x", user: "you", pass: "word" })
    assert.deepStrictEqual([beside.servers, beside.user, beside.pass], [["host:5"], "you", "word"])
    assert.strictEqual(fromUrl.noAsyncTraces, true)
    assert.strictEqual(fromUrl.timeout, 1500)
    assert.strictEqual(fromUrl.tls, undefined)
    assert.deepStrictEqual(clientOptions({ url: "tls://host", name: "x" }).tls, {})
  })

  it.effect("refuses a URL and a credentials file that cannot be used", () =>
    Effect.gen(function* () {
      for (const options of [
        { url: "nats://", name: "x" },
        { url: "nats://host", name: "x", credsFile: "/nonexistent/file.creds" }
      ]) {
        const error = yield* Effect.flip(connectNats(options))
        assert.strictEqual(error.code, "NATS_OPTIONS_INVALID")
        assert.isFalse(error.retryable)
      }
    })
  )
})

describe("versions of nats-server", () => {
  it("takes 2.10 and newer", () => {
    const verdict = (text: string) => {
      const version = parseVersion(text)
      return version === undefined ? "none" : newEnough(version)
    }
    assert.strictEqual(verdict("nats-server: v2.10.27"), true)
    assert.strictEqual(verdict("nats-server: v2.9.25"), false)
    assert.strictEqual(verdict("nats-server: v1.4.1"), false)
    assert.strictEqual(verdict("nats-server: v3.0.0-beta"), true)
    assert.strictEqual(verdict("something else 2.10"), "none")
  })
})

describe("the stream of ticks", () => {
  it("is compared in what would lose ticks, and in nothing else", () => {
    const wanted = streamShape({ maxBytes: 5_000_000 })
    const found = (change: FoundStream) => differencesOf({ ...wanted, ...change }, wanted)
    const broken = (change: FoundStream) => differenceText(found(change).filter(({ breaks }) => breaks))
    assert.strictEqual(broken({ max_age: 1, num_replicas: 3, max_bytes: 5, allow_direct: false }), "")
    assert.strictEqual(broken({ no_ack: true }), "no_ack is true instead of false")
    assert.strictEqual(broken({ discard: "new" }), "discard is new instead of old")
    assert.strictEqual(broken({ retention: "workqueue" }), "retention is workqueue instead of limits")
    assert.strictEqual(broken({ subjects: ["md.other.>"] }), "subjects is md.other.> instead of md.tick.>")
  })

  it("is compared in every limit too, in words that an operator reads", () => {
    const wanted = streamShape({ maxBytes: 5_000_000 })
    const texts = (change: FoundStream) => differenceText(differencesOf({ ...wanted, ...change }, wanted))
    assert.strictEqual(texts({}), "")
    // values that a server leaves out, or that mean no limit, are not a difference
    assert.strictEqual(texts({ max_msgs: 0, max_msgs_per_subject: -1 }), "")
    assert.strictEqual(texts({ max_age: 3600e9 }), "max_age is 1 h instead of 120 h")
    assert.strictEqual(texts({ max_age: 0 }), "max_age is unlimited instead of 120 h")
    assert.strictEqual(texts({ max_bytes: -1 }), "max_bytes is unlimited instead of 5,000,000")
    assert.strictEqual(texts({ max_msgs_per_subject: 1 }), "max_msgs_per_subject is 1 instead of unlimited")
    assert.strictEqual(texts({ num_replicas: 3 }), "num_replicas is 3 instead of 1")
    assert.strictEqual(texts({ allow_direct: false }), "allow_direct is false instead of true")
    assert.deepStrictEqual(
      differencesOf({ ...wanted, storage: "memory", max_age: 1e9 }, wanted).map(({ field, fixed }) => [field, fixed]),
      [
        ["storage", true],
        ["max_age", false]
      ]
    )
  })
})

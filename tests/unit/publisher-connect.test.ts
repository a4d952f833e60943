// Passwords must never reach a log, and a wrong URL must say so instead of failing somewhere deep in a client library.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { breakingDifferences, wantedConfig } from "../../src/adapters/jetstream/tick-stream.ts"
import { clientOptions, connectNats, publicUrl } from "../../src/adapters/nats/connect.ts"
import { newEnough, parseVersion } from "../../src/adapters/nats/find-nats-server.ts"

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
    const wanted = wantedConfig({})
    assert.deepStrictEqual(breakingDifferences({ ...wanted, max_age: 1, num_replicas: 3, max_bytes: 5 }, wanted), [])
    assert.deepStrictEqual(breakingDifferences({ ...wanted, no_ack: true }, wanted), ["no_ack is on"])
    assert.deepStrictEqual(breakingDifferences({ ...wanted, discard: "new" }, wanted), [
      "discard is new instead of old"
    ])
    assert.deepStrictEqual(breakingDifferences({ ...wanted, retention: "workqueue" }, wanted), [
      "retention is workqueue instead of limits"
    ])
  })
})

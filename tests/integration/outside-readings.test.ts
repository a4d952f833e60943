// A full store or a certificate that ended stops every tick at once, and no tick warns of it: the readings must be true
// on a secure server, with the rights that a daemon has there.
import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { jetstreamManager } from "@nats-io/jetstream"
import { Effect } from "effect"
import { readStore } from "../../src/market/adapters/jetstream/store-reading.ts"
import { type CertificateEnd, certificateEnds } from "../../src/platform/nats/certificate-ends.ts"
import { connectAs, startSecure } from "../support/nats-secure.ts"
import { connection, startServer } from "../support/nats-server.ts"

const day = 86_400_000

describe("the certificates of NATS", () => {
  it.live("are those of the files and of the server, also when its authority is not trusted or gone", () =>
    Effect.gen(function* () {
      const { folder, url } = yield* startSecure
      const caFile = join(folder, "ca.crt")
      const read = (file: string) => Effect.promise(() => certificateEnds(url, { caFile: file, certFile: "/none.crt" }))
      const [authority, server] = yield* read(caFile)
      assert.deepInclude(authority, { certificate: "authority" })
      assert.deepInclude(server, { certificate: "server" })
      for (const end of [authority, server]) {
        assert.isAbove(end?.endMs ?? 0, Date.now() + 300 * day)
        assert.isBelow(end?.endMs ?? 0, Date.now() + 40 * 366 * day)
      }
      writeFileSync(caFile, "no certificate")
      assert.deepStrictEqual(yield* read(caFile), [server as CertificateEnd])
      rmSync(caFile)
      assert.deepStrictEqual(yield* read(caFile), [server as CertificateEnd])
    })
  )

  it.live("are none on a server without TLS, and where none answers", () =>
    Effect.gen(function* () {
      const { url } = yield* startServer({})
      const read = (address: string) => Effect.promise(() => certificateEnds(address, {}))
      assert.deepStrictEqual(yield* read(`tls://${url.replace(/^\w+:\/\//, "")},127.0.0.1:1,%%`), [])
    })
  )
})

describe("the store of the broker", () => {
  it.live("is read with the rights of a daemon, and what is missing is left out", () =>
    Effect.gen(function* () {
      const installation = yield* startSecure
      const daemon = yield* connectAs(installation, "daemon")
      const manager = yield* Effect.promise(() => jetstreamManager(daemon, { checkAPI: false }))
      yield* Effect.promise(() => manager.streams.add({ name: "MD_TICKS", subjects: ["md.tick.>"], max_bytes: 1e6 }))
      const { account, disk, streams } = yield* Effect.promise(() =>
        readStore(daemon, ["MD_TICKS", "MD_GONE"], undefined)
      )
      assert.deepStrictEqual(streams, [{ stream: "MD_TICKS", used: 0, limit: 1e6 }])
      assert.strictEqual(account?.used, 0)
      assert.isUndefined(disk)
      const reader = yield* connectAs(installation, "reader")
      const seen = yield* Effect.promise(() => readStore(reader, ["MD_TICKS"], undefined))
      assert.lengthOf(seen.streams, 1)
    })
  )

  it.live("has its disk where it is on this host", () =>
    Effect.gen(function* () {
      const { url } = yield* startServer({})
      const nats = yield* connection(url)
      const { disk } = yield* Effect.promise(() => readStore(nats, [], process.cwd()))
      assert.isAbove(disk?.size ?? 0, disk?.free ?? 0)
      assert.isUndefined((yield* Effect.promise(() => readStore(nats, [], "/nowhere"))).disk)
    })
  )
})

// Keys that others may read, or that are overwritten by a slip of the hand, cost a night: both must be impossible.
import { X509Certificate } from "node:crypto"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { nkeys } from "@nats-io/transport-node"
import { Effect } from "effect"
import { initNats, natsRoles } from "../../../../src/cli/nats/nats-init.ts"
import { opensslConfig } from "../../../../src/cli/nats/nats-init-certificates.ts"
import { renderInit } from "../../../../src/cli/nats.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "tickd-init-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)
const init = (dir: string, more: { readonly hosts?: ReadonlyArray<string>; readonly force?: boolean } = {}) =>
  initNats({ dir, hosts: [], force: false, json: false, ...more })

describe("tickd nats init", () => {
  it.live("writes keys, certificates and configuration for this user only", () =>
    Effect.gen(function* () {
      const dir = join(yield* folder, "new")
      const umask = process.umask(0)
      const report = yield* Effect.ensuring(
        init(dir, { hosts: ["nats-1", "10.0.0.5"] }),
        Effect.sync(() => process.umask(umask))
      )
      assert.deepStrictEqual(readdirSync(dir).sort(), [...report.files].sort())
      assert.strictEqual(statSync(dir).mode & 0o777, 0o700)
      for (const name of readdirSync(dir)) assert.strictEqual(statSync(join(dir, name)).mode & 0o777, 0o600, name)
      const seeds = natsRoles.map((role) => readFileSync(join(dir, `${role}.nk`), "utf8").trim())
      assert.deepStrictEqual(
        seeds.map((seed) => nkeys.fromSeed(new TextEncoder().encode(seed)).getPublicKey()),
        natsRoles.map((role) => report.public_keys[role])
      )
      assert.strictEqual(new Set(seeds).size, natsRoles.length)
      for (const seed of seeds) assert.notInclude(renderInit(report) + JSON.stringify(report), seed)
      const authority = new X509Certificate(readFileSync(join(dir, "ca.crt")))
      const server = new X509Certificate(readFileSync(join(dir, "server.crt")))
      assert.isTrue(server.verify(authority.publicKey) && server.checkIssued(authority) && authority.ca)
      assert.isFalse(server.ca)
      for (const host of ["nats-1", "localhost"]) assert.strictEqual(server.checkHost(host), host)
      for (const ip of ["10.0.0.5", "127.0.0.1"]) assert.strictEqual(server.checkIP(ip), ip)
      assert.isUndefined(server.checkHost("elsewhere"))
      assert.include(readFileSync(join(dir, "daemon.env"), "utf8"), "NATS_URL=tls://nats-1:4222\n")
    })
  )

  it.live("replaces nothing without --force, and everything with it", () =>
    Effect.gen(function* () {
      const dir = yield* folder
      writeFileSync(join(dir, "mine.txt"), "kept")
      const first = yield* init(dir)
      const before = readFileSync(join(dir, "ops.nk"), "utf8")
      const error = yield* Effect.flip(init(dir))
      assert.strictEqual(error.code, "NATS_INIT_EXISTS")
      assert.strictEqual(readFileSync(join(dir, "ops.nk"), "utf8"), before)
      const second = yield* init(dir, { force: true })
      for (const role of natsRoles) assert.notStrictEqual(second.public_keys[role], first.public_keys[role])
      assert.strictEqual(readFileSync(join(dir, "mine.txt"), "utf8"), "kept")
    })
  )

  it.live("says in one sentence that openssl is missing or failed, and leaves nothing behind", () =>
    Effect.gen(function* () {
      const dir = yield* folder
      for (const [program, code] of [
        ["no-such-openssl", "OPENSSL_MISSING"],
        ["false", "OPENSSL_FAILED"]
      ] as const) {
        const error = yield* Effect.flip(initNats({ dir, hosts: [], force: false, json: false }, program))
        assert.strictEqual(error.code, code)
        assert.notInclude(error.message, "\n")
        assert.deepStrictEqual(readdirSync(dir), [])
      }
      const file = join(dir, "file")
      writeFileSync(file, "")
      assert.strictEqual((yield* Effect.flip(init(join(file, "under")))).code, "NATS_INIT_FAILED")
      assert.isFalse(existsSync(join(file, "under")))
    })
  )

  it("names hosts and addresses each in its own kind", () => {
    assert.include(opensslConfig(["a.b", "::1", "10.0.0.1"]), "subjectAltName = DNS:a.b, IP:::1, IP:10.0.0.1")
  })
})

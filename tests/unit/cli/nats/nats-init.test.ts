// Keys that other users can read, or that a mistake overwrites, cost a night: both must be impossible.
import { createPublicKey, type KeyObject, X509Certificate } from "node:crypto"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { nkeys } from "@nats-io/transport-node"
import { Effect } from "effect"
import { initNats, natsRoles, renderInit } from "../../../../src/cli/nats/nats-init.ts"
import { makeCertificates } from "../../../../src/cli/nats/nats-init-certificates.ts"
import { renewNats } from "../../../../src/cli/nats/nats-renew.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "tickd-init-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)
const spkiOf = (key: KeyObject) => key.export({ type: "spki", format: "pem" })
const publicOf = (pem: string) => spkiOf(createPublicKey(pem))
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

  it.live("signs a new certificate for the same key and names, or for other names", () =>
    Effect.gen(function* () {
      const dir = yield* folder
      const read = (name: string) => readFileSync(join(dir, name), "utf8")
      yield* init(dir, { hosts: ["nats-1", "10.0.0.5"] })
      const [before, key] = [new X509Certificate(read("server.crt")), read("server.key")]
      const renewed = yield* renewNats({ dir, hosts: [], json: false })
      const after = new X509Certificate(read("server.crt"))
      assert.notStrictEqual(after.serialNumber, before.serialNumber)
      assert.strictEqual(after.subjectAltName, before.subjectAltName)
      assert.strictEqual(after.publicKey.export({ type: "spki", format: "pem" }), publicOf(key))
      assert.strictEqual(read("server.key"), key)
      assert.isTrue(after.verify(new X509Certificate(read("ca.crt")).publicKey))
      assert.strictEqual(statSync(join(dir, "server.crt")).mode & 0o777, 0o600)
      assert.deepStrictEqual(renewed.hosts, ["nats-1", "10.0.0.5", "localhost", "127.0.0.1"])
      yield* renewNats({ dir, hosts: ["nats-2"], json: false })
      assert.strictEqual(new X509Certificate(read("server.crt")).subjectAltName, "DNS:nats-2")
      // The key of the authority is kept elsewhere, so this is the usual slip.
      rmSync(join(dir, "ca.key"))
      assert.strictEqual((yield* Effect.flip(renewNats({ dir, hosts: [], json: false }))).code, "NATS_RENEW_FAILED")
      writeFileSync(join(dir, "ca.key"), "no key")
      assert.strictEqual((yield* Effect.flip(renewNats({ dir, hosts: [], json: false }))).code, "NATS_RENEW_FAILED")
    })
  )

  it.live("leaves nothing behind where the folder cannot be filled", () =>
    Effect.gen(function* () {
      const dir = yield* folder
      const file = join(dir, "file")
      writeFileSync(file, "")
      assert.strictEqual((yield* Effect.flip(init(join(file, "under")))).code, "NATS_INIT_FAILED")
      assert.isFalse(existsSync(join(file, "under")))
    })
  )

  it.live(
    "makes certificates that name hosts and addresses each in its own kind, and nothing that a client refuses",
    () =>
      Effect.gen(function* () {
        const files = new Map<string, string>(yield* makeCertificates(["a.b", "::1", "10.0.0.1"]))
        const authority = new X509Certificate(files.get("ca.crt") ?? "")
        const server = new X509Certificate(files.get("server.crt") ?? "")
        assert.strictEqual(server.subjectAltName, "DNS:a.b, IP Address:0:0:0:0:0:0:0:1, IP Address:10.0.0.1")
        assert.strictEqual(authority.subject, "CN=tickd NATS authority")
        assert.strictEqual(server.issuer, authority.subject)
        assert.strictEqual(server.subject, "CN=a.b")
        assert.deepStrictEqual(server.keyUsage, ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"])
        assert.isBelow(Number.parseInt(server.serialNumber.slice(0, 2), 16), 0x80)
        const days = (of: X509Certificate) => (Date.parse(of.validTo) - Date.parse(of.validFrom)) / 86_400_000
        assert.deepStrictEqual([days(authority), days(server)], [3650, 825])
        assert.strictEqual(publicOf(files.get("server.key") ?? ""), spkiOf(server.publicKey))
        assert.strictEqual(server.publicKey.asymmetricKeyDetails?.namedCurve, "prime256v1")
      })
  )
})

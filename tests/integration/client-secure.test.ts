// A reader of a secured server has one file from its operator: with it the client reads, and what is wrong is named
// as the daemon does.
import { readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { parseEnv } from "node:util"
import { assert, it } from "@effect/vitest"
import { nkeys } from "@nats-io/transport-node"
import { Effect, Stream } from "effect"
import { latest, latestAll, type TickClientError, type TicksOptions, ticks } from "../../src/client/tick-client.ts"
import { connectAs, seedOf } from "../support/nats-secure.ts"
import { startSecureTicks } from "../support/secure-ticks.ts"

const failureOf = (options: TicksOptions) => Effect.flip(latestAll(options))

const expectCode = (error: TickClientError, code: string, fix: RegExp) => {
  assert.strictEqual(error.code, code, error.message)
  assert.match(error.message, fix)
}

it.live("U6: one env file, the environment or named options read ticks and gaps from a secured server", () =>
  Effect.gen(function* () {
    const { envFile, installation, store } = yield* startSecureTicks(3)
    const symbols = yield* ticks.fromEnv({ envFile, from: "snapshot" }).stream.pipe(
      Stream.take(3),
      Stream.map(({ symbol }) => symbol),
      Stream.runCollect
    )
    assert.deepStrictEqual(symbols, ["rb1001", "rb1002", "rb1003"])
    assert.strictEqual((yield* latest.fromEnv("rb1002", { envFile }))?.seq, 2)
    const env = parseEnv(readFileSync(envFile, "utf8"))
    assert.strictEqual((yield* latestAll.fromEnv({ env })).size, 3)
    const named = {
      url: installation.url,
      nkeyFile: join(installation.folder, "reader.nk"),
      tlsCa: join(installation.folder, "ca.crt"),
      inboxPrefix: "_INBOX_READER"
    }
    assert.strictEqual((yield* latest("rb1003", named))?.seq, 3)

    // A file is one identity: the process's other credentials are not used.
    const beside = { NATS_USER: "someone", NATS_PASSWORD: "else", NATS_URL: "nats://127.0.0.1:1" }
    assert.strictEqual((yield* latestAll.fromEnv({ envFile, env: beside })).size, 3)
    // As an operator hands it over: the three files in one folder, named without a path.
    const handed = join(installation.folder, "handed.env")
    writeFileSync(handed, readFileSync(envFile, "utf8").replaceAll(`${dirname(envFile)}/`, ""))
    assert.strictEqual((yield* latestAll.fromEnv({ envFile: handed })).size, 3)
    yield* store([["md.tick.SHFE.rb.rb1001", "{}"]])
  })
)

it.live("U6: a wrong key, authority or file has the daemon's code and the fix, and no secret", () =>
  Effect.gen(function* () {
    const { envFile, installation } = yield* startSecureTicks(1)
    const { folder, url } = installation
    const nkeyFile = join(folder, "reader.nk")
    const tlsCa = join(folder, "ca.crt")
    const stranger = join(folder, "stranger.nk")
    const seed = new TextDecoder().decode(nkeys.createUser().getSeed())
    writeFileSync(stranger, `${seed}\n`)
    const auth = yield* failureOf({ url, tlsCa, nkeyFile: stranger })
    expectCode(auth, "NATS_AUTH_REJECTED", /NATS_NKEY_FILE.* of a reader/)
    assert.notInclude(auth.message, seed)
    expectCode(yield* failureOf({ url, tlsCa }), "NATS_AUTH_REJECTED", /nkeyFile/)
    expectCode(yield* failureOf({ url, tlsCa, user: "me", password: "s3cret" }), "NATS_AUTH_REJECTED", /nkeyFile/)

    // Neither the system's authorities nor the one of another installation have signed it.
    expectCode(yield* failureOf({ url, nkeyFile }), "NATS_TLS_REJECTED", /tlsCa \(NATS_TLS_CA\)/)
    const other = yield* startSecureTicks(1)
    const wrongCa = join(other.installation.folder, "ca.crt")
    expectCode(yield* failureOf({ url, nkeyFile, tlsCa: wrongCa }), "NATS_TLS_REJECTED", /tlsCa/)
    const plain = url.replace("tls:", "nats:")
    expectCode(yield* failureOf({ url: plain, nkeyFile }), "NATS_TLS_REJECTED", /tlsCa/)

    expectCode(yield* failureOf({ url, tlsCa: join(folder, "none.crt") }), "CLIENT_OPTIONS_INVALID", /none\.crt/)
    const noSeed = yield* failureOf({ url, tlsCa, nkeyFile: tlsCa })
    expectCode(noSeed, "CLIENT_OPTIONS_INVALID", /ca\.crt holds no nkey seed/)
    const absent = yield* Effect.flip(latestAll.fromEnv({ envFile: join(folder, "none.env") }))
    expectCode(absent, "CLIENT_OPTIONS_INVALID", /none\.env cannot be read .*reader\.env/)
    const empty = yield* Effect.flip(latestAll.fromEnv({ env: {} }))
    expectCode(empty, "CLIENT_OPTIONS_INVALID", /NATS_URL is not set in the environment/)
    // A known role that may not read ticks, and a reader whose role may not use its inbox.
    const ops = join(folder, "ops.nk")
    const denied = yield* failureOf({ url, tlsCa, nkeyFile: ops, inboxPrefix: "_INBOX_OPS" })
    expectCode(denied, "NATS_DENIED", /credentials of a reader/)
    assert.notInclude(denied.message, seedOf(installation, "ops"))
    expectCode(yield* failureOf({ url, tlsCa, nkeyFile }), "NATS_DENIED", /set inboxPrefix \(NATS_INBOX_PREFIX\)/)
    const reader = yield* connectAs(installation, "reader")
    expectCode(yield* failureOf({ connection: reader }), "NATS_DENIED", /inboxPrefix/)
    assert.strictEqual((yield* latestAll.fromEnv({ envFile })).size, 1)
  })
)

it.live("U6: a key that is taken back while it reads ends the reader with the refusal", () =>
  Effect.gen(function* () {
    const { envFile, installation, server } = yield* startSecureTicks(1)
    const keys = join(installation.folder, "keys.conf")
    const fresh = nkeys.createUser().getPublicKey()
    const ended = yield* ticks.fromEnv({ envFile, from: "snapshot" }).stream.pipe(
      Stream.tap(() =>
        Effect.sync(() => {
          writeFileSync(keys, readFileSync(keys, "utf8").replace(/(READER_NKEY: ).*/, `$1"${fresh}"`))
          server.kill("SIGHUP")
        })
      ),
      Stream.runDrain,
      Effect.flip
    )
    expectCode(ended, "NATS_AUTH_REJECTED", /while reading MD_TICKS .* continue from the last sequence/)
  })
)

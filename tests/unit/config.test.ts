// A daemon that starts with a wrong setting fails at 21:00, not at noon: everything wrong is told at once, and no secret is shown.
import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readConfig } from "../../src/app/config.ts"

const needed = {
  CTP_MD_LIBRARY: "/opt/md.so",
  CTP_PRIMARY_MD_ADDRESS: "127.0.0.1:41213, tcp://10.0.0.1:41213",
  CTP_PRIMARY_BROKER_ID: "9999",
  CTP_PRIMARY_USER_ID: "0123456789",
  CTP_PRIMARY_PASSWORD: "hunter2"
}

describe("configuration", () => {
  it.effect("reads what it needs and fills in the rest", () =>
    Effect.gen(function* () {
      const config = yield* readConfig({ ...needed, TICKD_INSTRUMENTS: " rb2701 ,IF2612,", NATS_PORT: "  " })
      assert.deepStrictEqual(config.ctp.profile.addresses, ["tcp://127.0.0.1:41213", "tcp://10.0.0.1:41213"])
      assert.deepStrictEqual(config.instruments, ["rb2701", "IF2612"])
      assert.strictEqual(config.nats.port, 4222)
      assert.strictEqual(config.http.host, "127.0.0.1")
      assert.strictEqual(config.http.port, 9100)
    })
  )

  it.effect("keeps the spool beside the state unless told otherwise, and goes without at a bound of 0", () =>
    Effect.gen(function* () {
      const usual = yield* readConfig({ ...needed, TICKD_STATE_DIR: "/var/lib/tickd" })
      assert.deepStrictEqual(usual.tick.spool, {
        folder: "/var/lib/tickd/spool",
        maxBytes: 1024 * 1024 * 1024,
        fsync: "interval",
        afterMs: 500
      })
      const own = yield* readConfig({
        ...needed,
        TICK_SPOOL_DIR: "/data/spool",
        TICK_SPOOL_MAX_MB: "16",
        TICK_SPOOL_FSYNC: "always",
        TICK_SPOOL_AFTER_MS: "100"
      })
      assert.deepStrictEqual(own.tick.spool, {
        folder: "/data/spool",
        maxBytes: 16 * 1024 * 1024,
        fsync: "always",
        afterMs: 100
      })
      const without = yield* readConfig({ ...needed, TICK_SPOOL_MAX_MB: "0", TICK_SPOOL_DIR: "/data/spool" })
      assert.isUndefined(without.tick.spool)
      assert.deepStrictEqual([usual.tick.unusedSpool, without.tick.unusedSpool], [undefined, "/data/spool"])
    })
  )

  it.effect("never shows the password", () =>
    Effect.gen(function* () {
      const config = yield* readConfig({ ...needed, NATS_PASSWORD: "hunter2" })
      for (const text of [JSON.stringify(config), inspect(config, { depth: 9 }), `${config.ctp.profile.password}`])
        assert.notInclude(text, "hunter2")
      assert.strictEqual(config.ctp.profile.password.reveal(), "hunter2")
    })
  )

  it.effect("names every wrong and every missing variable in one sentence", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(readConfig({ NATS_PORT: "70000", LOG_LEVEL: "LOUD", NATS_URL: "u:secret@host" }))
      assert.strictEqual(error.code, "CONFIG_INVALID")
      for (const part of ['NATS_PORT is "70000"', 'LOG_LEVEL is "LOUD"', "NATS_URL", ...Object.keys(needed)])
        assert.include(error.message, part)
      assert.notInclude(error.message, "secret")
      assert.notInclude(error.message, "\n")
    })
  )

  it.effect("takes the names of the reference service for the primary profile", () =>
    Effect.gen(function* () {
      const legacy = Object.entries(needed).map(([name, value]) => [name.replace("PRIMARY_", ""), value] as const)
      const config = yield* readConfig(Object.fromEntries(legacy))
      assert.strictEqual(config.ctp.profile.userId, "0123456789")
    })
  )

  it.effect("refuses a front address that no library can dial, and a password file that is not there", () =>
    Effect.gen(function* () {
      const address = yield* Effect.flip(readConfig({ ...needed, CTP_PRIMARY_MD_ADDRESS: "front.example.com" }))
      assert.include(address.message, "tcp://HOST:PORT")
      const file = yield* Effect.flip(readConfig({ ...needed, CTP_PRIMARY_PASSWORD_FILE: "/nowhere/password" }))
      assert.include(file.message, "/nowhere/password")
    })
  )
})

// A daemon with a wrong setting must fail at noon, not at 21:00: all faults are reported at once, and no secret is
// shown.
import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readConfig } from "../../../../src/market/config/config.ts"
import { maskedAccounts } from "../../../../src/market/config/ctp-login-variables.ts"

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
      assert.deepStrictEqual(config.ctp.profiles[0].addresses, ["tcp://127.0.0.1:41213", "tcp://10.0.0.1:41213"])
      assert.deepStrictEqual(config.instruments, ["rb2701", "IF2612"])
      assert.strictEqual(config.nats.port, 4222)
      assert.strictEqual(config.http.host, "127.0.0.1")
      assert.strictEqual(config.http.port, 9100)
    })
  )

  it.effect("keeps the spool beside the state by default, and goes without at a bound of 0", () =>
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
      for (const text of [JSON.stringify(config), inspect(config, { depth: 9 }), `${config.ctp.profiles[0].password}`])
        assert.notInclude(text, "hunter2")
      assert.strictEqual(config.ctp.profiles[0].password.reveal(), "hunter2")
    })
  )

  it.effect("U9: reports every fault at once, each on a line of its own", () =>
    Effect.gen(function* () {
      const env = {
        NATS_PORT: "70000",
        LOG_LEVEL: "LOUD",
        NATS_URL: "u:secret@host",
        CTP_PRIMARY_PASWORD: "secret",
        CTP_PRIMARY_PASSWORD_FILE: "/nowhere/password"
      }
      const error = yield* Effect.flip(readConfig(env))
      assert.strictEqual(error.code, "CONFIG_INVALID")
      const [first, ...lines] = error.message.split("\n")
      assert.strictEqual(
        first,
        "The configuration has 8 faults: correct the environment, see docs/operations/real-front.md."
      )
      const starts = [
        'NATS_PORT is "70000"',
        "NATS_URL",
        'LOG_LEVEL is "LOUD"',
        "CTP_PRIMARY_PASSWORD_FILE names /nowhere/password",
        ...["CTP_MD_LIBRARY", "CTP_PRIMARY_MD_ADDRESS", "CTP_PRIMARY_BROKER_ID", "CTP_PRIMARY_USER_ID"].map(
          (name) => `${name} is not set`
        ),
        "note: CTP_PRIMARY_PASWORD is not a variable of tickd and has no effect: did you mean CTP_PRIMARY_PASSWORD?"
      ]
      for (const start of starts)
        assert.lengthOf(
          lines.filter((line) => line.startsWith(`  ${start}`)),
          1,
          start
        )
      assert.lengthOf(lines, starts.length)
      assert.notInclude(error.message, "secret")
      const one = yield* Effect.flip(readConfig({ ...needed, LOG_LEVEL: "LOUD" }))
      assert.notInclude(one.message, "\n")
    })
  )

  it.effect("takes the names of the reference service for the primary profile", () =>
    Effect.gen(function* () {
      const legacy = Object.entries(needed).map(([name, value]) => [name.replace("PRIMARY_", ""), value] as const)
      const config = yield* readConfig(Object.fromEntries(legacy))
      assert.strictEqual(config.ctp.profiles[0].userId, "0123456789")
    })
  )

  it.effect("refuses a front address that no library can dial, and a password file that is not there", () =>
    Effect.gen(function* () {
      const address = yield* Effect.flip(readConfig({ ...needed, CTP_PRIMARY_MD_ADDRESS: "front.example.com" }))
      assert.include(address.message, "tcp://HOST:PORT")
      const file = yield* Effect.flip(readConfig({ ...needed, CTP_PRIMARY_PASSWORD_FILE: "/nowhere/password" }))
      assert.include(file.message, "/nowhere/password")
      const { ctp } = yield* readConfig({ ...needed, CTP_PRIMARY_PASSWORD_FILE: "/nowhere/password" }, "waits")
      assert.include(ctp.profiles[0].password.problem(), "/nowhere/password")
    })
  )

  it.effect("takes a second feed whole or not at all, in the words of the reference service", () =>
    Effect.gen(function* () {
      const backup = {
        CTP_BACKUP_MD_ADDRESS: "10.0.0.2:41213",
        CTP_BACKUP_BROKER_ID: "8888",
        CTP_BACKUP_USER_ID: "9876543210",
        CTP_BACKUP_PASSWORD: "hunter3"
      }
      const two = yield* readConfig({ ...needed, ...backup, ACTIVE_FEED: "Backup" })
      assert.deepStrictEqual(
        two.ctp.profiles.map(({ feed, brokerId, addresses }) => [feed, brokerId, addresses.at(-1)]),
        [
          ["primary", "9999", "tcp://10.0.0.1:41213"],
          ["backup", "8888", "tcp://10.0.0.2:41213"]
        ]
      )
      assert.strictEqual(two.ctp.preferred, "backup")
      assert.notInclude(inspect(two, { depth: 9 }), "hunter3")
      const { account, accounts } = maskedAccounts(two.ctp.profiles)
      assert.strictEqual(account, [...accounts.values()].join(","))
      assert.notInclude(account, "9876543210")
      const part = yield* Effect.flip(readConfig({ ...needed, CTP_BACKUP_USER_ID: "9876543210" }))
      assert.strictEqual(part.code, "CONFIG_INVALID")
      assert.include(
        part.message,
        "incomplete_backup_profile missing=[CTP_BACKUP_MD_ADDRESS, CTP_BACKUP_BROKER_ID, CTP_BACKUP_PASSWORD (or CTP_BACKUP_PASSWORD_FILE)]"
      )
      const route = yield* Effect.flip(readConfig({ ...needed, CTP_ROUTE_SELECTOR: "third" }))
      assert.include(route.message, 'invalid_route_selector allowed=[primary, backup, auto] provided="third"')
      const alone = yield* Effect.flip(readConfig({ ...needed, CTP_ROUTE_SELECTOR: "backup" }))
      assert.include(alone.message, "no second feed")
      const usual = yield* readConfig({ ...needed, SESSION_CONFIG: "auto" })
      assert.deepStrictEqual([usual.ctp.preferred, usual.ctp.profiles.length], ["primary", 1])
    })
  )
})

// A check that promises more than it checks lets a value through to the vendor's library, which cuts it to another
// user's name or crashes: every accepted value must be safe for the library.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readContractSettings } from "../../../../src/app/contracts/contract-environment.ts"
import { readConfig } from "../../../../src/market/config/config.ts"

const needed = {
  CTP_MD_LIBRARY: "/opt/md.so",
  CTP_PRIMARY_MD_ADDRESS: "127.0.0.1:41213",
  CTP_PRIMARY_BROKER_ID: "9999",
  CTP_PRIMARY_USER_ID: "0123456789",
  CTP_PRIMARY_PASSWORD: "hunter2"
}
const trader = {
  CTP_TD_LIBRARY: "/opt/td.so",
  CTP_PRIMARY_TD_ADDRESS: "127.0.0.1:41205",
  CTP_PRIMARY_APP_ID: "app_1.0",
  CTP_PRIMARY_AUTH_CODE: "0000000000000000"
}
const all = { ...needed, ...trader }
const backup = {
  CTP_BACKUP_MD_ADDRESS: "10.0.0.2:41213",
  CTP_BACKUP_BROKER_ID: "8888",
  CTP_BACKUP_USER_ID: "9876543210",
  CTP_BACKUP_PASSWORD: "hunter3"
}

/** The sentence of a refused configuration. */
const refusal = (more: Readonly<Record<string, string>>) =>
  Effect.flip(readConfig({ ...all, ...backup, ...more })).pipe(
    Effect.tap((error) => Effect.sync(() => assert.strictEqual(error.code, "CONFIG_INVALID"))),
    Effect.map(({ message }) => message)
  )

describe("addresses", () => {
  it.effect("V12: takes no scheme that the library throws at, and no port that there is not", () =>
    Effect.gen(function* () {
      for (const name of ["CTP_PRIMARY_MD_ADDRESS", "CTP_BACKUP_MD_ADDRESS", "CTP_PRIMARY_TD_ADDRESS"]) {
        for (const address of [
          "udp://10.0.0.1:41213",
          "xyz://10.0.0.1:41213",
          "TCP://10.0.0.1:41213",
          "tcp://10.0.0.1:0",
          "10.0.0.1:99999",
          "tcp://10.0.0.1",
          "tcp://:41213",
          "tcp://a b:41213",
          "tcp://tcp://a:41213",
          "tcp://10.0.0.1:41213:41214",
          "10.0.0.1:41213,udp://10.0.0.1:41213",
          `tcp://${"h".repeat(254)}:41213`
        ])
          assert.include(yield* refusal({ [name]: address }), name, address)
        assert.match(
          yield* refusal({ [name]: "udp://10.0.0.1:1" }),
          /no library supports "udp:\/\/": expected tcp:\/\/HOST:PORT/
        )
        assert.match(yield* refusal({ [name]: "tcp://10.0.0.1:99999" }), /99999 is not a port: expected 1 to 65535/)
      }
      const { ctp } = yield* readConfig({
        ...all,
        CTP_PRIMARY_MD_ADDRESS: "front-1.broker.cn:41213, tcp://10.0.0.1:65535"
      })
      assert.deepStrictEqual(ctp.profiles[0].addresses, ["tcp://front-1.broker.cn:41213", "tcp://10.0.0.1:65535"])
    })
  )

  it.effect("V12: takes ssl:// and bench:// for a library that has them only", () =>
    Effect.gen(function* () {
      const folder = mkdtempSync(join(tmpdir(), "tickd-schemes-"))
      yield* Effect.addFinalizer(() => Effect.sync(() => rmSync(folder, { recursive: true, force: true })))
      const library = (text: string) => {
        const path = join(folder, "md.so")
        writeFileSync(path, text)
        return { CTP_MD_LIBRARY: path, CTP_TD_LIBRARY: path }
      }
      const ssl = { CTP_PRIMARY_MD_ADDRESS: "ssl://10.0.0.1:41213" }
      const bench = { CTP_PRIMARY_MD_ADDRESS: "bench://2:1000:4" }
      const plain = library("ELF tcp\0 OpenSSL sslclient\0")
      assert.match(
        yield* refusal({ ...plain, ...ssl }),
        /CTP_PRIMARY_MD_ADDRESS has an address with ssl:\/\/, which the library .*md\.so does not know: expected tcp:\/\//
      )
      assert.match(yield* refusal({ ...plain, ...bench }), /bench:\/\/, which the library/)
      assert.match(
        yield* refusal({ ...plain, CTP_PRIMARY_TD_ADDRESS: "ssl://10.0.0.1:1" }),
        /CTP_PRIMARY_TD_ADDRESS has/
      )
      const contracts = yield* Effect.flip(
        readContractSettings({ ...all, ...plain, CTP_PRIMARY_TD_ADDRESS: "ssl://10.0.0.1:1" })
      )
      assert.include(contracts.message, "does not know")
      yield* readConfig({ ...all, ...library("tcp\0ssl\0udp\0"), ...ssl })
      yield* readConfig({ ...all, ...library("\0tickd_sim_pace_with\0"), ...bench })
    }).pipe(Effect.scoped)
  )

  it.effect("V12: looks at the port and the host of every other address too", () =>
    Effect.gen(function* () {
      for (const name of ["NATS_URL", "NATS_OPS_URL"]) {
        for (const url of [
          "nats://h:99999",
          "nats://h:0",
          "nats://:4222",
          "nats://a:1,http://b:2",
          "nats://h:",
          "nats://"
        ])
          assert.include(yield* refusal({ [name]: url }), name, url)
        for (const url of ["nats://h", "tls://u:p@h:4222, nats://[::1]:4222", "wss://h:443/path"])
          yield* readConfig({ ...all, [name]: url })
      }
      for (const host of ["http://127.0.0.1", "127.0.0.1:9100", "a b", "a/b"])
        assert.include(yield* refusal({ INGEST_METRICS_HOST: host }), "INGEST_METRICS_HOST", host)
      for (const host of ["::", "::1", "0.0.0.0", "host-1.local"])
        yield* readConfig({ ...all, INGEST_METRICS_HOST: host })
      for (const stream of ["A.B", "A B", "A*", "A>", "A/B", "A\u0001"])
        assert.include(yield* refusal({ TICK_STREAM: stream }), "TICK_STREAM", stream)
      for (const port of ["-1", "65536", "9100x"])
        assert.include(yield* refusal({ INGEST_METRICS_PORT: port, NATS_PORT: port }), "INGEST_METRICS_PORT", port)
    })
  )
})

describe("logins", () => {
  const widths = { BROKER_ID: 10, USER_ID: 15, PASSWORD: 40 } as const

  it.effect("V10: takes no text that is wider than its field, counted in bytes, and does not repeat it", () =>
    Effect.gen(function* () {
      const fields: Array<readonly [string, number]> = [
        ...["PRIMARY", "BACKUP"].flatMap((feed) =>
          Object.entries(widths).map(([field, most]) => [`CTP_${feed}_${field}`, most] as const)
        ),
        ["CTP_PRIMARY_APP_ID", 32],
        ["CTP_PRIMARY_AUTH_CODE", 16]
      ]
      for (const [name, most] of fields) {
        yield* readConfig({ ...all, ...backup, [name]: "x".repeat(most) })
        const message = yield* refusal({ [name]: "x".repeat(most + 1) })
        assert.include(message, name)
        assert.include(message, `has ${most + 1} bytes and CTP has room for ${most}`)
        if (!/BROKER_ID|APP_ID/.test(name)) assert.notInclude(message, "xxxxx")
        // 三 is three bytes, in the command as in the field.
        assert.include(yield* refusal({ [name]: "三".repeat(most) }), `has ${3 * most} bytes`)
      }
    })
  )

  it.effect("V10, V11: looks at what a file holds as well", () =>
    Effect.gen(function* () {
      const folder = mkdtempSync(join(tmpdir(), "tickd-secrets-"))
      yield* Effect.addFinalizer(() => Effect.sync(() => rmSync(folder, { recursive: true, force: true })))
      const path = join(folder, "secret")
      for (const name of ["CTP_PRIMARY_PASSWORD", "CTP_BACKUP_PASSWORD", "CTP_PRIMARY_AUTH_CODE"]) {
        writeFileSync(path, "s3cret".repeat(10))
        const long = yield* refusal({ [`${name}_FILE`]: path })
        assert.match(long, new RegExp(`${name}_FILE names ${path}, whose text has 60 bytes and CTP has room for`))
        writeFileSync(path, "s3cret\nclose\n")
        const split = yield* refusal({ [`${name}_FILE`]: path })
        assert.match(split, /whose text holds a control character/)
        assert.notInclude(long + split, "s3cret")
        writeFileSync(path, "s3cret\n")
        yield* readConfig({ ...all, ...backup, [`${name}_FILE`]: path })
      }
    }).pipe(Effect.scoped)
  )

  it.effect("V11: takes no control character in a login, a path or an instrument, and names the instrument", () =>
    Effect.gen(function* () {
      for (const name of [
        ...["PRIMARY", "BACKUP"].flatMap((feed) => Object.keys(widths).map((field) => `CTP_${feed}_${field}`)),
        "CTP_PRIMARY_APP_ID",
        "CTP_PRIMARY_AUTH_CODE",
        "CTP_MD_LIBRARY",
        "CTP_TD_LIBRARY",
        "CTP_FLOW_DIR",
        "TICKD_STATE_DIR"
      ]) {
        for (const text of ["a\tb", "a\nclose", "a\u0000b", "a\u007fb"])
          assert.match(yield* refusal({ [name]: text }), new RegExp(`${name}.*holds a control character`), name)
      }
      const message = yield* refusal({ TICKD_INSTRUMENTS: `rb2701,aa\nclose,IF\t2612,${"x".repeat(81)}` })
      assert.include(
        message,
        String.raw`TICKD_INSTRUMENTS "aa\nclose" is not an instrument, it holds a control character`
      )
      assert.include(message, String.raw`"IF\t2612" is not an instrument`)
      assert.match(message, /"x{60}…" is not an instrument, it is longer than 80 bytes/)
      assert.notInclude(message, "\n")
    })
  )

  it.effect("V10: bounds the folder that the library puts its file names behind", () =>
    Effect.gen(function* () {
      assert.include(yield* refusal({ CTP_FLOW_DIR: `/${"f".repeat(200)}` }), "expected at most 200 bytes")
      assert.include(yield* refusal({ TICKD_STATE_DIR: `/${"f".repeat(190)}` }), "expected at most 190 bytes")
    })
  )
})

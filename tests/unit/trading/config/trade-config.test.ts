// Live keys on the wrong host, or a dry run on the live host, trade with real money by mistake: nothing may be
// connected before the whole configuration is right.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Redacted } from "effect"
import { decimalText } from "../../../../src/kernel/decimal.ts"
import { readTradeConfig } from "../../../../src/trading/config/trade-config.ts"

const folder = mkdtempSync(join(tmpdir(), "tickd-trade-config-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const read = (env: Readonly<Record<string, string>>) => Effect.runSyncExit(readTradeConfig(env))
const config = (env: Readonly<Record<string, string>>) => {
  const exit = read(env)
  if (Exit.isFailure(exit)) throw new Error(`refused: ${String(exit.cause)}`)
  return exit.value
}
const fault = (env: Readonly<Record<string, string>>): string => {
  const exit = read(env)
  return Exit.isSuccess(exit) ? "" : String(exit.cause)
}

const paper = { APCA_API_KEY_ID: "PKTEST", APCA_API_SECRET_KEY: "never-shown" }
const live = { APCA_API_KEY_ID: "AKTEST", APCA_API_SECRET_KEY: "never-shown" }
const liveHost = { APCA_API_BASE_URL: "https://api.alpaca.markets" }

describe("the configuration of trading", () => {
  it("is dry and without a venue when nothing is set", () => {
    const { settings, venue, database } = config({})
    assert.strictEqual(settings.mode, "dry")
    assert.isUndefined(venue)
    assert.isUndefined(database)
  })

  it("takes paper keys to the paper host, and live keys to the live host in live mode", () => {
    assert.strictEqual(config(paper).venue?.urls.trading, "https://paper-api.alpaca.markets")
    assert.strictEqual(
      config({ ...paper, TRADE_MODE: "live" }).venue?.urls.updates,
      "wss://paper-api.alpaca.markets/stream"
    )
    const { urls } = config({ ...live, ...liveHost, TRADE_MODE: "live" }).venue ?? {}
    assert.strictEqual(urls?.updates, "wss://api.alpaca.markets/stream")
  })

  it("derives every address from one origin of another server", () => {
    const { venue } = config({ ...paper, APCA_API_BASE_URL: "http://127.0.0.1:41210" })
    assert.deepStrictEqual(venue?.urls, {
      trading: "http://127.0.0.1:41210",
      updates: "ws://127.0.0.1:41210/stream",
      data: "http://127.0.0.1:41210",
      quotes: "ws://127.0.0.1:41210"
    })
  })

  it.each([
    ["live without keys", { TRADE_MODE: "live" }, "APCA_API_KEY_ID and APCA_API_SECRET_KEY are not set"],
    ["one key of two", { APCA_API_KEY_ID: "PKTEST" }, "APCA_API_SECRET_KEY or its file is not set"],
    ["the live host in a dry run", { ...live, ...liveHost }, "TRADE_MODE is dry"],
    ["paper keys on the live host", { ...paper, ...liveHost, TRADE_MODE: "live" }, "no live key"],
    ["live keys on the paper host", live, "is a live key"],
    ["plain text to another host", { ...paper, APCA_API_BASE_URL: "http://venue.example" }, "plain text"],
    ["a key file that is not there", { ...paper, APCA_API_SECRET_KEY_FILE: "/nowhere/key" }, "cannot be read"],
    ["a key with a line end in it", { ...paper, APCA_API_SECRET_KEY: "two words" }, "spaces or line ends"],
    ["a limit of 0", { FAT_FINGER_MAX_QTY: "0" }, "FAT_FINGER_MAX_QTY: expected a number above 0"],
    ["a share above 1", { TRADE_POSITION_SHARE: "20" }, "at most 1"],
    ["a mode with another word", { TRADE_MODE: "LIVE" }, "TRADE_MODE"],
    ["a database of another kind", { DATABASE_URL: "mysql://h/d" }, "DATABASE_URL"]
  ])("refuses %s", (_, env, sentence) => {
    const text = fault(env)
    assert.include(text, sentence)
    assert.notInclude(text, "never-shown")
  })

  it("names every fault at once", () => {
    const text = fault({ TRADE_MODE: "live", FAT_FINGER_MAX_QTY: "-1", TRADE_ORDERS_PER_MINUTE: "many" })
    assert.include(text, "has 2 faults")
    assert.include(text, "FAT_FINGER_MAX_QTY")
    assert.include(text, "TRADE_ORDERS_PER_MINUTE")
  })

  it("reads limits, intervals and files", () => {
    const url = join(folder, "url")
    writeFileSync(url, "postgres://tickd@127.0.0.1/book\n")
    const { database, settings } = config({
      FAT_FINGER_MAX_NOTIONAL: "2500.50",
      TRADE_BLACKLIST: "GME,AMC",
      RECONCILIATION_INTERVAL_SECONDS: "60",
      RECONCILIATION_SUBMITTED_UNCONFIRMED_GRACE_SECONDS: "120",
      DATABASE_URL_FILE: url
    })
    assert.strictEqual(decimalText(settings.limits.fatFingerNotional), "2500.5")
    assert.deepStrictEqual([...settings.limits.blacklist], ["GME", "AMC"])
    assert.strictEqual(settings.reconciliation.intervalMs, 60_000)
    assert.deepStrictEqual([settings.orders.graceMs, settings.reconciler.graceMs], [120_000, 120_000])
    assert.strictEqual(database === undefined ? "" : Redacted.value(database), "postgres://tickd@127.0.0.1/book")
  })

  it("has rates and a webhook secret for the API, and refuses what would open it", () => {
    const secretFile = join(folder, "webhook-secret")
    writeFileSync(secretFile, "a-secret-of-the-webhooks\n")
    const { http, stateDir } = config({
      TRADE_HTTP_SUBMIT_RATE: "4+1/8",
      TRADE_WEBHOOK_SECRET_FILE: secretFile,
      TICKD_STATE_DIR: folder
    })
    assert.deepStrictEqual(http.limits.submit, { perMinute: 4, burst: 1, allPerMinute: 8 })
    assert.deepStrictEqual(http.limits.cancel, { perMinute: 100, burst: 20, allPerMinute: 1000 })
    assert.strictEqual(http.webhook.secret?.reveal(), "a-secret-of-the-webhooks")
    assert.strictEqual(http.tokens, join(stateDir, "api-tokens.json"))
    assert.isFalse(http.webhook.unsigned)
    assert.isTrue(config({ TRADE_WEBHOOK_UNSIGNED: "dev" }).http.webhook.unsigned)
    for (const [env, sentence] of [
      [{ TRADE_HTTP_SUBMIT_RATE: "40" }, "expected PER_MINUTE+BURST/ALL"],
      [{ TRADE_WEBHOOK_SECRET: "short" }, "fewer than 16 characters"],
      [{ TRADE_WEBHOOK_SECRET_FILE: join(folder, "missing") }, "TRADE_WEBHOOK_SECRET_FILE cannot be read"],
      [{ TRADE_WEBHOOK_UNSIGNED: "dev", TRADE_HTTP_HOST: "0.0.0.0" }, "for a dry run on 127.0.0.1"],
      [{ ...paper, TRADE_MODE: "live", TRADE_WEBHOOK_UNSIGNED: "dev" }, "for a dry run on 127.0.0.1"]
    ] as ReadonlyArray<readonly [Record<string, string>, string]>) {
      assert.include(fault(env), sentence)
    }
  })
})

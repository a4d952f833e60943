// An operator who looks for a contract, or asks why one is gone, gets the answer at the terminal: also without a
// broker, without a front, and with a trader front that misbehaves.
import { appendFileSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, afterEach, describe, expect, it } from "vitest"
import { account, daemonEnvironment, startFront } from "../support/cli-daemon.ts"
import {
  endCommands,
  holdPort,
  lastJson,
  logLines,
  nativeFolder,
  startTickd,
  stateFolder,
  tickd
} from "../support/cli-process.ts"
import { expectSentence } from "../support/cli-sentence.ts"
import { catalogueBytes, extents } from "../support/recordings.ts"

const folder = stateFolder()
afterEach(endCommands)
afterAll(folder.remove)

const authCode = "4UTHC0DE"
const traderLibrary = (variant: string) => join(nativeFolder, `libtickd_sim_td_${variant}.so`)
const trader = (state: string, more: Readonly<Record<string, string>> = {}) => ({
  TICKD_STATE_DIR: join(folder.path, state),
  CTP_TD_LIBRARY: traderLibrary("65"),
  CTP_PRIMARY_TD_ADDRESS: "127.0.0.1:41205",
  CTP_PRIMARY_BROKER_ID: "9999",
  CTP_PRIMARY_USER_ID: account.user,
  CTP_PRIMARY_PASSWORD: account.password,
  CTP_PRIMARY_APP_ID: "app_tickd_1.0",
  CTP_PRIMARY_AUTH_CODE: authCode,
  ...more
})
/** A list as the simulated front reads it: two contracts of a day, their names in GBK. */
const listFile = (name: string, rows: ReadonlyArray<string>) => {
  const path = join(folder.path, name)
  writeFileSync(path, `${rows.join("\n")}\n`)
  return path
}
const expectNoSecret = (...texts: ReadonlyArray<string>) => {
  for (const text of texts) {
    expect(text).not.toContain(account.password)
    expect(text).not.toContain(authCode)
  }
}

describe("the trader front", () => {
  // Last days far in the future: this machine's clock decides what has expired, and the tests work on any day until
  // 2030.
  it("R18: is asked, its list kept, shown, and compared with the day before", async () => {
    const file = listFile("today.tsv", [
      "rb2701\tSHFE\trebar\trb\t10\t1\t20370115",
      "rb2711\tSHFE\trebar\trb\t10\t1\t20371115",
      "si2701\tGFEX\tsilicon\tsi\t5\t5\t20370114"
    ])
    const yesterday = listFile("yesterday.tsv", [
      "rb2701\tSHFE\trebar\trb\t10\t2\t20370115",
      "rb2611\tSHFE\trebar\trb\t10\t1\t20261116",
      "si2701\tGFEX\tsilicon\tsi\t5\t5\t20370114"
    ])
    const env = trader("kept", { TICKD_SIM_TD_FILE: yesterday })
    const first = await tickd(["contracts", "refresh"], env)
    expect(first.code, first.stderr).toBe(0)
    expect(first.stdout).toMatch(
      /trading day 20261123: 3 contracts, kept in .*\n {2}trader: 3 contracts\n {2}the first list/
    )
    const again = await tickd(["contracts", "refresh", "--json"], { ...env, TICKD_SIM_TD_FILE: file })
    expect(lastJson(again.stdout)).toMatchObject({
      trading_day: 20261123,
      contracts: 3,
      sources: [{ name: "trader", contracts: 3, problem: null }],
      compared_with: 20261123,
      // rb2611 had expired on that day already, so it never expires here.
      diff: {
        listed: [{ id: "rb2711", exchange: "SHFE" }],
        expired: [],
        changed: [{ id: "rb2701", exchange: "SHFE", field: "price_tick", before: 2, after: 1 }]
      }
    })
    const list = await tickd(["contracts", "list", "--product", "rb", "--glob", "*.SHFE", "--json"], env)
    expect(lastJson(list.stdout)).toMatchObject({ matching: 2, total: 3, source: "trader" })
    const show = await tickd(["contracts", "show", "si2701.GFEX"], env)
    expect(show.stdout).toMatch(/^si2701\n {2}exchange {4}GFEX\n[^]*price tick {2}5\n/)
    expectNoSecret(first.stdout, first.stderr, again.stderr)
    const versions = join(folder.path, "kept", "contracts")
    for (const name of readdirSync(versions)) expectNoSecret(readFileSync(join(versions, name), "utf8"))

    // A copy with the name of another day, and one cut off: both are reported, neither is used.
    copyFileSync(join(versions, "20261123.json"), join(versions, "20261124.json"))
    writeFileSync(join(versions, "20261125.json"), '{"format":1,"tra')
    const damaged = await tickd(["contracts", "list", "--limit", "1"], env)
    expect(damaged.code).toBe(0)
    expect(damaged.stdout).toMatch(/3 of 3 contracts match, 1 shown \(--limit\)/)
    expect(
      damaged.stderr.match(/^tickd: .*(20261124|20261125)\.json is damaged .*\[CONTRACTS_DAMAGED\]$/gm)
    ).toHaveLength(2)
    expectSentence(
      await tickd(["contracts", "diff", "20261123", "2026-11-20"], env),
      69,
      "NO_CONTRACTS",
      /of 20261120 in .*kept are 20261123/
    )
  })

  it("that refuses, is silent, or crashes is one sentence", async () => {
    const fault = (name: string, more = {}) => trader("refused", { TICKD_SIM_TD_FAULT: name, ...more })
    const login = await tickd(["contracts", "refresh"], fault("login"))
    expectSentence(login, 78, "TRADER_LOGIN_REFUSED", /error 3: CTP:不合法的登录/)
    const quick = { CTP_CONNECT_TIMEOUT_MS: "300" }
    expectSentence(
      await tickd(["contracts", "refresh"], fault("no-connect", quick)),
      69,
      "TRADER_NO_CONNECTION",
      /tcp:\/\/127\.0\.0\.1:41205/
    )
    expectSentence(await tickd(["contracts", "refresh"], fault("crash")), 69, "TRADER_WORKER_DIED", /signal SIGSEGV/)
    expectNoSecret(login.stdout, login.stderr)
    expect(existsSync(join(folder.path, "refused", "contracts"))).toBe(false)
  })

  it("R18: that fails beside a file leaves the former list in force, and the verb says so", async () => {
    const file = join(folder.path, "list.csv")
    writeFileSync(file, "InstrumentID,ExchangeID\nrb2701,SHFE\n")
    const contracts = listFile("partly.tsv", [
      "rb2701\tSHFE\trebar\trb\t10\t1\t20370115",
      "m2701\tDCE\tmeal\tm\t10\t1\t20370115"
    ])
    const env = trader("partly", { TICKD_SIM_TD_FILE: contracts, TICKD_CONTRACTS: file })
    expect((await tickd(["contracts", "refresh"], env)).code).toBe(0)
    const partly = await tickd(["contracts", "refresh", "--json"], { ...env, TICKD_SIM_TD_FAULT: "link" })
    expectSentence(partly, 1, "REFRESH_INCOMPLETE", /1 of 2 sources failed .*TRADER_LINK_LOST/)
    expect(lastJson(partly.stdout)).toMatchObject({ contracts: 2, diff: { listed: [], expired: [], changed: [] } })
  })
})

describe("without a trader front", () => {
  it.each(extents)("every contract list at hand is listed (%s)", async (extent) => {
    const names = [
      ["ctp_instruments_2021_xiaoqiyu", { slice: 239, whole: 3988 }],
      ["instruments_20251226_homalos", { slice: 175, whole: 844 }],
      ["wondertrader_contracts", { slice: 685, whole: 685 }]
    ] as const
    for (const [name, totals] of names) {
      const total = totals[extent]
      const file = join(folder.path, `${name}-${extent}.json`)
      writeFileSync(file, catalogueBytes(extent, `${name}.json`))
      const listed = await tickd(["contracts", "list", "--file", file, "--expired", "--limit", "2", "--json"])
      expect(lastJson(listed.stdout), name).toMatchObject({ total, matching: total })
    }
  })

  it("wrong use and missing things are one sentence each", async () => {
    const env = { TICKD_STATE_DIR: join(folder.path, "empty") }
    mkdirSync(env.TICKD_STATE_DIR, { recursive: true })
    expectSentence(await tickd(["contracts", "list"], env), 69, "NO_CONTRACTS", /tickd contracts refresh/)
    expectSentence(await tickd(["contracts", "refresh"], env), 78, "NO_CONTRACT_SOURCE", /CTP_TD_LIBRARY/)
    expectSentence(await tickd(["contracts", "diff"], env), 69, "NO_CONTRACTS", /no contract list/)
    expectSentence(
      await tickd(["contracts", "list", "--kind", "futures"], env),
      64,
      "WRONG_USE",
      /one of future, option/
    )
    expectSentence(await tickd(["contracts", "diff", "monday"], env), 64, "WRONG_USE", /20261123/)
    const list = join(folder.path, "short.csv")
    writeFileSync(list, "InstrumentID,ExchangeID\nrb2701,SHFE\n")
    expectSentence(
      await tickd(["contracts", "show", "RB2701", "--file", list], env),
      65,
      "UNKNOWN_CONTRACT",
      /is it rb2701\?/
    )
    expectSentence(
      await tickd(["contracts", "list", "--file", "/nowhere.json"], env),
      65,
      "CATALOGUE_MISSING",
      /nowhere/
    )
    const { CTP_PRIMARY_AUTH_CODE: _, ...incomplete } = trader("empty")
    expectSentence(
      await tickd(["contracts", "refresh"], incomplete),
      78,
      "CONFIG_INCOMPLETE",
      /CTP_PRIMARY_AUTH_CODE \(or CTP_PRIMARY_AUTH_CODE_FILE\) is not set/
    )
  })
})

it("a daemon starts on the trader front's list, counts it, and lets no crash of the query touch its ticks", async () => {
  const front = await startFront()
  const contracts = listFile("daemon.tsv", [
    "rb2701\tSHFE\trebar\trb\t10\t1\t20370115",
    "IF2612\tCFFEX\tindex\tIF\t300\t0.2\t20361218"
  ])
  const state = join(folder.path, "daemon")
  const run = (more: Readonly<Record<string, string>>) => {
    const { TICKD_INSTRUMENTS: _, ...env } = daemonEnvironment(state, front.address, {
      ...trader("daemon"),
      TICKD_SIM_TD_FILE: contracts,
      ...more
    })
    return startTickd(["run", "--embedded-nats"], env)
  }
  const nats = await holdPort()
  await nats.release()
  const first = run({ NATS_PORT: String(nats.port) })
  await first.printed(/"event":"contracts_refreshed"/)
  await first.printed(/"message":"session [A-Za-z]+ → streaming"/)
  // The list changes while the daemon runs: an operator does not wait for the next trading day.
  appendFileSync(contracts, "rb2711\tSHFE\trebar\trb\t10\t1\t20371115\n")
  const asked = [
    "--server",
    `nats://127.0.0.1:${nats.port}`,
    "--instance",
    "acceptance",
    "--reason",
    "listing day",
    "--json"
  ]
  const refreshed = await tickd(["refresh-contracts", ...asked])
  expect(refreshed.code, refreshed.stderr).toBe(0)
  expect(lastJson(refreshed.stdout)["refreshed"]).toMatchObject({ contracts: 3, listed: 1, expired: 0, failed: [] })
  expect(first.stdout()).toMatch(/"0 expired contracts left the wanted set, 1 new ones came"/)
  const at = ["--server", `nats://127.0.0.1:${nats.port}`, "--instance", "acceptance"]
  const live = await tickd(["contracts", "list", "--live", "--json", "--exchange", "SHFE", "--product", "rb", ...at])
  expect(lastJson(live.stdout), live.stderr).toMatchObject({
    source: "daemon acceptance",
    total: 3,
    contracts: [
      { id: "rb2701", exchange: "SHFE", kind: "future", product: "rb", price_tick: null, expired: false },
      { id: "rb2711" }
    ]
  })
  expectSentence(await tickd(["contracts", "list", "--live", "--day", "20261123", ...at]), 64, "WRONG_USE", /leave out/)
  first.child.kill("SIGTERM")
  const ended = await first.ended
  expect(ended.code, ended.stderr).toBe(0)
  expect(logLines(ended.stdout).find(({ event }) => event === "contracts_refreshed")).toMatchObject({
    contracts: 2,
    listed: null
  })
  expect(logLines(ended.stdout).filter(({ verb }) => verb === "contracts-refresh")).toHaveLength(2)

  // The second run starts with the stored list although its query dies each time.
  const second = run({ TICKD_SIM_TD_FAULT: "crash" })
  await second.printed(/"event":"contracts_not_refreshed".*TRADER_WORKER_DIED/)
  second.child.kill("SIGTERM")
  const end = await second.ended
  expect(end.code, end.stderr).toBe(0)
  expect(logLines(end.stdout).find(({ event }) => event === "ledger")).toBeDefined()
  expectNoSecret(ended.stdout, ended.stderr, end.stdout, end.stderr)
})

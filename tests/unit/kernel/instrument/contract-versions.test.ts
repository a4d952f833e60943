// A damaged or incomplete contract list must never empty the wanted set: the previous one is used, with a report.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Result } from "effect"
import { TestClock } from "effect/testing"
import { chinaCalendar } from "../../../../src/kernel/calendar/trading-calendar.ts"
import { type Contract, mergeContracts } from "../../../../src/kernel/instrument/contract.ts"
import { LatencyHistogram } from "../../../../src/kernel/latency-histogram.ts"
import {
  makeContractStore,
  textOfVersion,
  versionOfText
} from "../../../../src/market/adapters/catalogue/contract-store.ts"
import { TraderLineReader } from "../../../../src/market/adapters/catalogue/trader-lines.ts"
import { makeMetrics } from "../../../../src/market/adapters/prometheus/metrics.ts"
import { countContracts, keepContracts } from "../../../../src/market/application/contracts/keep-contracts.ts"
import {
  type ContractSource,
  refreshContracts
} from "../../../../src/market/application/contracts/refresh-contracts.ts"
import { type RefreshAnswer, RefreshAsks } from "../../../../src/market/application/subscriptions/refresh-asks.ts"
import { metricBounds } from "../../../../src/market/layers/status/metric-bounds.ts"
import { ContractCatalogueError } from "../../../../src/market/ports/contract-catalogue.ts"
import { ContractStore, type ContractVersion } from "../../../../src/market/ports/contract-store.ts"
import { withoutSecrets } from "../../../../src/platform/process/child-environment.ts"

const root = mkdtempSync(join(tmpdir(), "tickd-contracts-"))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let folders = 0
const freshFolder = () => join(root, String(++folders))

const rb: Contract = { id: "rb2701", exchange: "SHFE", product: "rb", priceTick: 1, multiplier: 10, name: "螺纹" }
const si: Contract = { id: "si2701", exchange: "GFEX", product: "si", expireDate: 20270115 }
const version = (tradingDay: number, contracts: ReadonlyArray<Contract> = [rb, si]): ContractVersion => ({
  tradingDay,
  writtenMs: 1_795_000_000_000,
  sources: [{ name: "trader", contracts: contracts.length }],
  contracts
})

describe("versions on disk", () => {
  it.effect("come back whole, newest first, and only so many are kept", () =>
    Effect.gen(function* () {
      const folder = freshFolder()
      const store = makeContractStore(folder, 3)
      assert.deepStrictEqual(yield* store.newest(20991231), { version: undefined, damaged: [] })
      for (const day of [20261118, 20261117, 20261119, 20261120]) yield* store.keep(version(day))
      assert.deepStrictEqual(yield* store.days, [20261118, 20261119, 20261120])
      assert.deepStrictEqual((yield* store.newest(20261119)).version, version(20261119))
      yield* store.keep(version(20261120, [rb]))
      assert.deepStrictEqual((yield* store.newest(20261231)).version, version(20261120, [rb]))
      // Nothing but versions: no draft is left.
      assert.deepStrictEqual(readdirSync(folder), ["20261118.json", "20261119.json", "20261120.json"])
    })
  )

  it.effect("pass over a damaged file, name it and leave it", () =>
    Effect.gen(function* () {
      const folder = freshFolder()
      const store = makeContractStore(folder, 10)
      for (const day of [20261117, 20261118, 20261119, 20261120]) yield* store.keep(version(day))
      const path = (day: number) => join(folder, `${day}.json`)
      writeFileSync(path(20261120), readFileSync(path(20261120), "utf8").slice(0, 100))
      writeFileSync(path(20261119), readFileSync(path(20261119), "utf8").replace('"priceTick":1', '"priceTick":2'))
      rmSync(path(20261118))
      mkdirSync(path(20261118))
      const read = yield* store.newest(20261231)
      assert.strictEqual(read.version?.tradingDay, 20261117)
      assert.deepStrictEqual(
        read.damaged.map(({ file }) => file),
        [path(20261120), path(20261119), path(20261118)]
      )
      assert.match(read.damaged[0]?.reason ?? "", /end with the checksum is missing/)
      assert.match(read.damaged[1]?.reason ?? "", /checksum is wrong/)
    })
  )

  it("refuse every cut and every changed byte", () => {
    const text = textOfVersion(version(20261120, [rb]))
    assert.strictEqual(versionOfText(text, 20261120)._tag, "Success")
    assert.strictEqual(versionOfText(text, 20261119)._tag, "Failure")
    for (let length = 0; length < text.length - 1; length++) {
      assert.strictEqual(versionOfText(text.slice(0, length), 20261120)._tag, "Failure", `cut to ${length}`)
    }
    for (let at = 0; at < text.length - 1; at++) {
      const other = text[at] === "7" ? "8" : "7"
      const changed = `${text.slice(0, at)}${other}${text.slice(at + 1)}`
      assert.strictEqual(versionOfText(changed, 20261120)._tag, "Failure", `byte ${at}`)
    }
  })

  it.effect("name the folder that cannot be written", () =>
    Effect.gen(function* () {
      const file = freshFolder()
      writeFileSync(file, "")
      const error = yield* Effect.flip(makeContractStore(join(file, "contracts"), 3).keep(version(20261120)))
      assert.strictEqual(error.code, "CONTRACTS_UNWRITABLE")
      assert.include(error.message, file)
    })
  )
})

const source = (name: string, contracts: ReadonlyArray<Contract>, tradingDay?: number): ContractSource => ({
  name,
  contracts: Effect.succeed({ ...mergeContracts(contracts), ...(tradingDay === undefined ? {} : { tradingDay }) })
})
const broken = (name: string, code: ContractCatalogueError["code"] = "TRADER_LINK_LOST"): ContractSource => ({
  name,
  contracts: Effect.fail(new ContractCatalogueError({ code, source: name, message: "away" }))
})

describe("refresh", () => {
  it.effect("takes the first source's word, fills what it left open, and dates by the trader's day", () =>
    Effect.gen(function* () {
      const store = makeContractStore(freshFolder(), 5)
      const trader = source("trader", [{ ...rb, priceTick: 2 }], 20261123)
      const file = source("list.csv", [{ ...rb, expireDate: 20270115 }, si])
      const { version: made, diff } = yield* refreshContracts([trader, file], 20261120).pipe(
        Effect.provideService(ContractStore, store)
      )
      assert.strictEqual(made.tradingDay, 20261123)
      assert.isUndefined(diff)
      assert.deepStrictEqual(made.contracts, [{ ...rb, priceTick: 2, expireDate: 20270115 }, si])
      assert.deepStrictEqual((yield* store.newest(20261123)).version?.contracts, made.contracts)
    })
  )

  it.effect("uses the previous list for a failed source, and keeps nothing when all do", () =>
    Effect.gen(function* () {
      const store = makeContractStore(freshFolder(), 5)
      const refresh = (sources: ReadonlyArray<ContractSource>, day: number) =>
        refreshContracts(sources, day).pipe(Effect.provideService(ContractStore, store))
      yield* refresh([source("trader", [rb, si])], 20261120)
      const second = yield* refresh([broken("trader"), source("list.csv", [rb])], 20261123)
      assert.deepStrictEqual(second.version.contracts, [rb, si])
      assert.deepStrictEqual(second.diff, { listed: [], expired: [], changed: [] })
      assert.deepStrictEqual(second.version.sources[0], {
        name: "trader",
        contracts: 0,
        problem: "away [TRADER_LINK_LOST]"
      })
      const third = yield* refresh([source("trader", [rb])], 20261124)
      assert.deepStrictEqual(
        third.diff?.expired.map(({ id }) => id),
        ["si2701"]
      )
      const error = yield* Effect.flip(refresh([broken("trader"), broken("list.csv")], 20261125))
      assert.strictEqual(error._tag, "ContractCatalogueError")
      assert.deepStrictEqual(yield* store.days, [20261120, 20261123, 20261124])
    })
  )

  it("counts live contracts by exchange and kind", () => {
    assert.deepStrictEqual(countContracts([rb, si, { ...rb, id: "rb2701C3000" }], 20270116), [
      { exchange: "SHFE", kind: "future", contracts: 1 },
      { exchange: "SHFE", kind: "option", contracts: 1 }
    ])
  })
})

describe("keeping", () => {
  /** Runs from Friday 2026-11-20 15:00 in Shanghai on; each refresh uses the next answer, and later ones the last. */
  const keep = (answers: ReadonlyArray<ContractSource["contracts"]>, asks = new RefreshAsks()) =>
    Effect.gen(function* () {
      let asked = 0
      const refreshed: Array<number> = []
      const trouble: Array<readonly [string, number]> = []
      yield* TestClock.setTime(Date.UTC(2026, 10, 20, 7))
      const fiber = yield* Effect.forkChild(
        keepContracts({
          sources: [
            {
              name: "trader",
              contracts: Effect.suspend(() => answers[Math.min(asked++, answers.length - 1)] ?? Effect.die(""))
            }
          ],
          calendar: chinaCalendar,
          asks,
          onRefresh: (one) => void refreshed.push(one.version.tradingDay),
          onTrouble: ({ code }, retryMs) => void trouble.push([code, retryMs])
        }).pipe(
          Effect.provideService(ContractStore, {
            days: Effect.succeed([]),
            newest: () => Effect.succeed({ version: undefined, damaged: [] }),
            keep: () => Effect.void
          })
        )
      )
      return { refreshed, trouble, asked: () => asked, fiber }
    })
  const good = source("trader", [rb]).contracts

  it.effect("refreshes on request, answers each waiting request once, and leaves none waiting", () =>
    Effect.gen(function* () {
      const asks = new RefreshAsks()
      const told: Array<string> = []
      const tell = (answer: RefreshAnswer) =>
        void told.push(answer === undefined ? "none" : Result.isSuccess(answer) ? "listed" : answer.failure.code)
      asks.ask(tell)
      assert.deepStrictEqual(told.splice(0), ["none"])
      asks.serve()
      const busy = new ContractCatalogueError({ code: "TRADER_NO_ANSWER", source: "trader", message: "no answer" })
      const run = yield* keep([good, Effect.andThen(Effect.sleep("10 seconds"), good), Effect.fail(busy)], asks)
      asks.ask(tell)
      yield* TestClock.adjust(1)
      assert.deepStrictEqual([run.asked(), ...told.splice(0)], [1, "listed"])
      asks.ask(tell)
      yield* TestClock.adjust("1 second")
      // These arrive while a refresh runs: they share the next one.
      asks.ask(tell)
      asks.ask(tell)
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual([run.asked(), ...told.splice(0)], [3, "listed", "TRADER_NO_ANSWER", "TRADER_NO_ANSWER"])
      yield* Fiber.interrupt(run.fiber)
      asks.ask(tell)
      assert.deepStrictEqual(told.splice(0), [])
      asks.abandon()
      asks.ask(tell)
      assert.deepStrictEqual(told, ["none", "none"])
    })
  )

  it.effect("refreshes at the start and at each trading day's beginning", () =>
    Effect.gen(function* () {
      const run = yield* keep([good])
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(run.refreshed, [20261120])
      yield* TestClock.adjust("338 minutes")
      assert.strictEqual(run.asked(), 1)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(run.refreshed, [20261120, 20261123])
      yield* TestClock.adjust("3 days")
      assert.deepStrictEqual(run.refreshed, [20261120, 20261123, 20261124])
      yield* Fiber.interrupt(run.fiber)
    })
  )

  it.effect("tries again what may pass, with growing pauses, and nothing else before the next day", () =>
    Effect.gen(function* () {
      const away = broken("trader").contracts
      const run = yield* keep([away, away, good])
      yield* TestClock.adjust("3 minutes")
      assert.deepStrictEqual(run.trouble, [
        ["TRADER_LINK_LOST", 60_000],
        ["TRADER_LINK_LOST", 120_000]
      ])
      assert.deepStrictEqual(run.refreshed, [20261120])
      yield* Fiber.interrupt(run.fiber)

      const refused = yield* keep([broken("trader", "TRADER_LOGIN_REFUSED").contracts])
      yield* TestClock.adjust("5 hours")
      assert.strictEqual(refused.asked(), 1)
      assert.deepStrictEqual(refused.trouble, [["TRADER_LOGIN_REFUSED", 20_400_000]])
      yield* Fiber.interrupt(refused.fiber)
    })
  )
})

it("reads the worker's lines wherever the pipe cuts them", () => {
  const head = new TextEncoder().encode("format\t1\tv6.7.7\nconnected\nlogin\t20261123\nrow\trb2701\tSHFE\t")
  // 乗 ends in a backslash byte; the last character is cut, as the vendor's field of 21 bytes cuts it.
  const name = [0xc2, 0xdd, 0x81, 0x5c, 0xce]
  const tail = new TextEncoder().encode("\trb\t10\t1\t20270115\nrefused\tquery\t90\tlater\nend\nnoise\n")
  const bytes = new Uint8Array([...head, ...name, ...tail])
  for (let cut = 0; cut <= bytes.length; cut++) {
    const seen: Array<unknown> = []
    const reader = new TraderLineReader(
      (row) => void seen.push(row),
      (event) => void seen.push(event)
    )
    reader.take(bytes.slice(0, cut))
    reader.take(bytes.slice(cut))
    assert.deepStrictEqual(seen, [
      { kind: "format", version: "1", api: "v6.7.7" },
      { kind: "connected" },
      { kind: "login", tradingDay: 20261123 },
      {
        InstrumentID: "rb2701",
        ExchangeID: "SHFE",
        InstrumentName: "螺乗�",
        ProductID: "rb",
        VolumeMultiple: "10",
        PriceTick: "1",
        ExpireDate: "20270115"
      },
      { kind: "refused", stage: "query", errorId: 90, message: "later" },
      { kind: "end" }
    ])
  }
})

it("are counted in md_contracts", async () => {
  const nothing = {
    ledger: [],
    sessions: [],
    tree: [],
    queue: new Proxy({}, { get: () => 0 }),
    broker: new Proxy({}, { get: () => 0 })
  }
  const metrics = makeMetrics({
    bounds: metricBounds,
    status: () => nothing as never,
    latency: new LatencyHistogram(),
    contracts: () => countContracts([rb, si], 20261123)
  })
  const { text } = await metrics.read()
  assert.include(text, 'md_contracts{exchange="SHFE",kind="future"} 1')
  assert.include(text, 'md_contracts{exchange="GFEX",kind="future"} 1')
})

it("hand the query process no secret by its environment", () => {
  const env = { PATH: "/bin", CTP_PRIMARY_PASSWORD: "a", CTP_AUTH_CODE: "b", NATS_OPS_NKEY_FILE: "c", LC_ALL: "C" }
  assert.deepStrictEqual(withoutSecrets(env), { PATH: "/bin", LC_ALL: "C" })
})

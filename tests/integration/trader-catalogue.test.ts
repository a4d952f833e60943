// The contract list decides what is subscribed: a part of it taken for the whole, or a vendor's crash that reaches the
// daemon, would cost ticks. The real worker process runs against the simulated trader library of each known table.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Fiber } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { queryTraderContracts } from "../../src/market/adapters/catalogue/trader-catalogue.ts"
import { buildNative, nativeFile, simLibrary, until } from "../support/native-worker.ts"
import { TraderBench, traderExpectation, traderLibrary, traderSecrets } from "../support/trader-query.ts"

const bench = new TraderBench()
beforeAll(buildNative)
afterAll(() => bench.remove())

const query = (...args: Parameters<TraderBench["options"]>) =>
  Effect.runPromise(queryTraderContracts(bench.options(...args)))
const refused = (...args: Parameters<TraderBench["options"]>) =>
  Effect.runPromise(Effect.flip(queryTraderContracts(bench.options(...args))))

/** Processes of the query with this flow folder. */
const processes = (flowDir: string) =>
  readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false
    try {
      const text = readFileSync(`/proc/${pid}/cmdline`, "utf8")
      return text.startsWith(nativeFile("tickd-contract-query")) && text.includes(flowDir)
    } catch {
      return false
    }
  })

describe("the whole list", () => {
  it.each(["63", "65", "6711", "6713"])("of 20,000 contracts comes within seconds (table %s)", async (variant) => {
    const started = performance.now()
    const list = await query(variant, { TICKD_SIM_TD_EXPECT: traderExpectation })
    const seconds = (performance.now() - started) / 1000
    console.log(`table ${variant}: ${list.contracts.length} contracts in ${seconds.toFixed(2)} s`)
    expect([list.rows, list.duplicates, list.unusable, list.tradingDay]).toEqual([20_000, 0, 0, 20261123])
    expect(list.contracts[0]).toEqual({
      id: "rb2701",
      exchange: "SHFE",
      product: "rb",
      priceTick: 1,
      multiplier: 10,
      expireDate: 20270115,
      name: "螺纹乗"
    })
    expect(list.contracts.find(({ id }) => id === "IO2701-C-1000")).toMatchObject({
      exchange: "CFFEX",
      product: "IO",
      priceTick: 0.2,
      multiplier: 100
    })
    expect(seconds).toBeLessThan(15)
  })

  it("names in GBK may be cut within a character, and exchanges unknown", async () => {
    const file = join(bench.folder, "list.tsv")
    const gbk = (name: string) => Buffer.from(name, "hex").toString("latin1")
    const rows = [
      // 21 bytes hold ten characters and no half one: the vendor cuts after the twentieth byte.
      `au2612\tSHFE\t${gbk("bbc6bdf0".repeat(6))}\tau\t1000\t0.02\t20261215`,
      `ag2612\tSHFE\tA${gbk("b0d7d2f8".repeat(6))}\tag\t15\t1\t20261215`,
      "xx9999\tLME\tforeign\txx\t1\t1\t20261215"
    ]
    writeFileSync(file, Buffer.from(`${rows.join("\n")}\n`, "latin1"))
    for (const variant of ["63", "65"]) {
      const list = await query(variant, { TICKD_SIM_TD_FILE: file })
      expect(list.unusable).toBe(1)
      expect(list.contracts.map(({ name }) => name)).toEqual(["黄金".repeat(5), `A${"白银".repeat(4)}白�`])
      expect(list.contracts.map(({ priceTick }) => priceTick)).toEqual([0.02, 1])
    }
  })

  it.each(["flow", "not-ready"])("comes after a front that wants the question again (%s)", async (fault) => {
    const list = await query("65", { TICKD_SIM_TD_FAULT: fault, TICKD_SIM_TD_CONTRACTS: "100" })
    expect(list.contracts.length).toBe(100)
  })
})

describe("a front that misbehaves", () => {
  const brief = { connectTimeoutMs: 700, answerTimeoutMs: 700, listTimeoutMs: 700 }
  const cases = [
    ["auth", "TRADER_AUTHENTICATION_REFUSED", /error 63: CTP:客户端认证失败.*CTP_PRIMARY_APP_ID/, false],
    ["login", "TRADER_LOGIN_REFUSED", /error 3: CTP:不合法的登录.*the password/, false],
    ["link", "TRADER_LINK_LOST", /cut the connection during query/, true],
    ["crash", "TRADER_WORKER_DIED", /died with signal SIGSEGV/, true],
    ["crash-init", "TRADER_WORKER_DIED", /died with signal SIGSEGV/, true],
    ["empty", "CATALOGUE_EMPTY", /no contract/, true],
    ["flood", "TRADER_LIST_TOO_LONG", /more than 200000 contracts/, false]
  ] as const
  it.each(cases)("%s is %s", async (fault, code, sentence, retryable) => {
    for (const variant of fault === "flood" ? ["65"] : ["63", "65"]) {
      const error = await refused(variant, { TICKD_SIM_TD_FAULT: fault, TICKD_SIM_TD_CONTRACTS: "1000" })
      expect([error.code, error.retryable]).toEqual([code, retryable])
      expect(error.message).toMatch(sentence)
    }
  })

  it.each([
    ["no-connect", "TRADER_NO_CONNECTION", /tcp:\/\/127\.0\.0\.1:41205 within 700 ms: check CTP_PRIMARY_TD_ADDRESS/],
    ["silent-login", "TRADER_NO_ANSWER", /login within 700 ms/],
    ["silent", "TRADER_NO_ANSWER", /contract query within 700 ms/],
    ["cut", "TRADER_LIST_CUT", /stopped after 500 rows without its end/]
  ] as const)("%s is %s", async (fault, code, sentence) => {
    const error = await refused("65", { TICKD_SIM_TD_FAULT: fault, TICKD_SIM_TD_CONTRACTS: "1000" }, brief)
    expect([error.code, error.retryable]).toEqual([code, true])
    expect(error.message).toMatch(sentence)
  })

  it("flow-forever is TRADER_FLOW_CONTROL, after five questions", async () => {
    const error = await refused("65", { TICKD_SIM_TD_FAULT: "flow-forever" })
    expect(error.code).toBe("TRADER_FLOW_CONTROL")
  })

  it("wrong credentials are refused by the front, not swallowed on the way", async () => {
    const env = { TICKD_SIM_TD_EXPECT: traderExpectation, TICKD_SIM_TD_CONTRACTS: "10" }
    for (const variant of ["63", "65", "6713"]) {
      expect((await refused(variant, env, { password: () => "wrong" })).code).toBe("TRADER_LOGIN_REFUSED")
      expect((await refused(variant, env, { authCode: () => "wrong" })).code).toBe("TRADER_AUTHENTICATION_REFUSED")
    }
    expect((await refused("65", env, { password: () => "x".repeat(41) })).code).toBe("TRADER_SETTING_TOO_LONG")
  })
})

it("that stands still as a whole, deaf to its end, is left when the time is over and its process killed", async () => {
  const binary = join(bench.folder, "deaf")
  const pidFile = join(bench.folder, "deaf.pid")
  writeFileSync(binary, `#!/bin/sh\necho $$ > ${pidFile}\nexec sleep 600\n`, { mode: 0o755 })
  const error = await refused("65", {}, { binary, connectTimeoutMs: 500 })
  expect([error.code, error.retryable]).toEqual(["TRADER_NO_CONNECTION", true])
  expect(existsSync(`/proc/${readFileSync(pidFile, "utf8").trim()}`)).toBe(false)
})

it("names the variable of a flow folder that cannot be used", async () => {
  const file = join(bench.folder, "a-file")
  writeFileSync(file, "")
  const error = await refused("65", {}, { flowDir: join(file, "flow") })
  expect(error.code).toBe("TRADER_FLOW_FOLDER")
  expect(error.message).toMatch(/a-file\/flow.*set CTP_FLOW_DIR to a folder/)
})

describe("a library that cannot be used", () => {
  it.each([
    ["/nowhere/td.so", "TRADER_LIBRARY_NOT_LOADED", /\/nowhere\/td\.so cannot be read \(ENOENT.*set CTP_TD_LIBRARY/],
    [
      simLibrary("65"),
      "TRADER_LIBRARY_NOT_LOADED",
      /not a CTP trader library.*set CTP_TD_LIBRARY to the thosttraderapi/
    ],
    [traderLibrary("unknown"), "TRADER_VERSION_NOT_SUPPORTED", /v6\.7\.9.*table of methods is not known/]
  ] as const)("%s", async (library, code, sentence) => {
    const error = await refused("65", {}, { library })
    expect(error.code).toBe(code)
    expect(error.message).toMatch(sentence)
  })
})

it("V11: contracts whose id holds a control character are set aside by name, and no other id is made of them", async () => {
  const file = join(bench.folder, "split.tsv")
  // The list's own file is split at tabs and line ends; other control characters replace them here.
  writeFileSync(
    file,
    "rb2701\tSHFE\trebar\trb\t10\t1\t20270115\nrb\u000b2705\tSHFE\tre\u000bbar\trb\t10\t1\t20270515\n"
  )
  const list = await query("65", { TICKD_SIM_TD_FILE: file })
  expect(list.contracts.map(({ id }) => id)).toEqual(["rb2701"])
  expect([list.unusable, list.setAside]).toEqual([1, ['"rb\\u001a2705": it holds a control character']])
})

it("V11: a login with a control character is refused by the worker and never sent", async () => {
  const env = { TICKD_SIM_TD_EXPECT: traderExpectation, TICKD_SIM_TD_CONTRACTS: "10" }
  const split = await refused("65", env, { password: () => "pa55\nclose\nw0rd" })
  expect(split.code).toBe("TRADER_SETTING_INVALID")
  expect(split.message).toMatch(/settings for login holds a control character/)
  expect((await refused("65", env, { userId: "demo\tuser" })).code).toBe("TRADER_SETTING_INVALID")
})

it("V13: a build whose table has another size than its version has is refused by name, and nothing of it is called", async () => {
  const error = await refused("6713sm", {})
  expect(error.code).toBe("TRADER_VERSION_NOT_SUPPORTED")
  expect(error.message).toMatch(
    /version "v6\.7\.13_SM_tickd_sim" and has 142 methods, where that version of CTP has 140: nothing in it is called/
  )
})

it("leaves no secret in argv, environment, flow files or lines, and no process when it is interrupted", async () => {
  const options = bench.options("65", { TICKD_SIM_TD_FAULT: "silent" })
  const fiber = Effect.runFork(queryTraderContracts(options))
  const flow = options.flowDir
  await until("the worker runs", () => processes(flow).length === 1)
  await until("its session has begun", () => existsSync(join(flow, "QueryRsp.con")))
  // Everything up to the silent query is sent within this time; a later secret would be sent in the same way.
  await new Promise((resolve) => setTimeout(resolve, 300))
  const pid = processes(flow)[0] ?? ""
  const seen = [
    readFileSync(`/proc/${pid}/cmdline`, "utf8"),
    readFileSync(`/proc/${pid}/environ`, "utf8"),
    ...readdirSync(flow).map((name) => readFileSync(join(flow, name), "utf8")),
    ...bench.lines
  ].join("\n")
  expect(seen).toContain("--front")
  for (const secret of Object.values(traderSecrets)) expect(seen).not.toContain(secret)
  await Effect.runPromise(Fiber.interrupt(fiber))
  expect(processes(flow)).toEqual([])
})

// A panel that stays empty is found on the day on which it is needed: a real Prometheus scrapes a real trading daemon
// with orders, and is asked for every panel of the dashboard Trading.
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeEach, expect, it } from "vitest"
import { askPanels, panelAnswerFaults } from "../../deploy/dev/panel-check.ts"
import { newYorkTradingDay } from "../../src/kernel/calendar/new-york.ts"
import { projectRoot } from "../../src/platform/process/project.ts"
import { endCommands, eventually, startCommand, startTickd, stateFolder, tickd } from "../support/cli-process.ts"
import { declarationFaults, promtoolFaults } from "../support/declared-metrics.ts"
import { freePort } from "../support/free-port.ts"
import { findMonitoringTools, howToFetch } from "../support/monitoring-tools.ts"

const { prometheus } = findMonitoringTools(["prometheus"])

/** With one order and one refusal, all others have something to show. */
const quiet = ["panel Firing alerts of trading", "annotation Kill switch", "annotation Breakers"].map(
  (name) => `Trading, ${name}`
)

let folder: ReturnType<typeof stateFolder>
beforeEach(() => {
  folder = stateFolder()
})
afterEach(async () => {
  await endCommands()
  folder.remove()
})

/** Scrapes and evaluates each second, so that the test is short. */
const startPrometheus = async (target: number) => {
  const [config, port] = [join(folder.path, "prometheus.yml"), await freePort()]
  const every = "scrape_interval: 1s, evaluation_interval: 1s"
  writeFileSync(
    config,
    `global: { ${every} }
rule_files: ["${join(projectRoot, "deploy/prometheus/rules/trade.yml")}"]
scrape_configs: [{ job_name: tickd-trade, static_configs: [{ targets: ["127.0.0.1:${target}"] }] }]
`
  )
  mkdirSync(join(folder.path, "data"))
  const address = `127.0.0.1:${port}`
  startCommand(
    [`--config.file=${config}`, `--storage.tsdb.path=${join(folder.path, "data")}`, `--web.listen-address=${address}`],
    { program: prometheus ?? "" }
  )
  return `http://${address}`
}

it("answers every query of the dashboard Trading, from metrics as declared", { timeout: 90_000 }, async (context) => {
  if (prometheus === undefined) return context.skip(`skipped: no prometheus here: ${howToFetch}`)
  const paper = startTickd(["paper", "--always-open", "--json", "--port", "0"])
  const venue = (await paper.printed(/"url":"([^"]+)"/))[1] ?? ""
  const [api, telemetry] = [await freePort(), await freePort()]
  const env = {
    TICKD_STATE_DIR: folder.path,
    NATS_PORT: String(await freePort()),
    TRADE_MODE: "live",
    TRADE_HTTP_PORT: String(api),
    TRADE_METRICS_PORT: String(telemetry),
    TRADE_SYMBOLS: "AAPL",
    APCA_API_KEY_ID: "PKSIMULATED",
    APCA_API_SECRET_KEY: "simulated-secret",
    APCA_API_BASE_URL: venue
  }
  const made = await tickd(["token", "create", "t", "--role", "trader", "--role", "ops"], env)
  const token = /tkd_\S+/.exec(made.stdout)?.[0] ?? ""
  const call = (path: string, body: unknown) =>
    fetch(`http://127.0.0.1:${api}${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(body)
    })
  const fromS = Date.now() / 1000
  const url = await startPrometheus(telemetry)
  startTickd(["trade", "--embedded-nats"], env)
  const why = { reason: "the acceptance test of the panels", operator: "test" }
  await eventually(
    "the states are initialised",
    async () => (await call("/api/v1/safety/initialise", why)).ok || undefined,
    30_000
  )
  await call("/api/v1/mode/arm", { ...why, day: newYorkTradingDay(Date.now()).day })
  const text = async () => await (await fetch(`http://127.0.0.1:${telemetry}/metrics`)).text()
  await eventually("the daemon is ready", async () => /^trade_ready 1$/m.test(await text()) || undefined, 30_000)
  // What is counted before the first scrape is no increase.
  const scraped = async () => {
    const answer = await fetch(`${url}/api/v1/query?query=trade_ready`)
    return /"result":\[\{/.test(await answer.text()) || undefined
  }
  await eventually("a scrape", scraped)
  const order = { symbol: "AAPL", side: "buy", order_type: "market", time_in_force: "day", strategy_id: "panels" }
  const send = (id: string, qty: string) => call("/api/v1/orders", { ...order, qty, client_order_id: id })
  expect((await send("small", "1")).status).toBe(201)
  expect((await send("too-large", "900000000")).status).not.toBe(201)
  await eventually("the fill", async () => /^trade_fills_total [1-9]/m.test(await text()) || undefined, 20_000)
  const page = await text()
  expect(declarationFaults(page, "trade")).toEqual([])
  expect(promtoolFaults(page)).toEqual([])
  expect(page).toMatch(/^trade_intents_total 1$/m)
  expect(page).toMatch(/^trade_order_refusals_total\{code="FAT_FINGER_QUANTITY"\} 1$/m)
  for (const line of [
    "trade_armed 1",
    "trade_reconciliation_open 1",
    "trade_nats_connected 1",
    "trade_api_listening 1"
  ])
    expect(page.split("\n")).toContain(line)

  const faults = async () => {
    const span = { fromS, toS: Date.now() / 1000, stepS: 1, rateInterval: "5s" }
    const answers = await askPanels(url, span, ["Trading"])
    expect(answers.length).toBeGreaterThan(30)
    const empty = answers.filter(({ series }) => series.length === 0).map(({ where }) => where)
    return [...(await panelAnswerFaults(url, answers)), ...empty.filter((where) => !quiet.includes(where))]
  }
  await expect.poll(faults, { timeout: 20_000, interval: 1000 }).toEqual([])
})

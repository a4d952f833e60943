// `tickd trade` with a nats-server of its own, beside a simulated venue: both live as long as the program.
import { expect } from "vitest"
import { newYorkTradingDay } from "../../../src/kernel/calendar/new-york.ts"
import { eventually, startTickd, tickd } from "../cli-process.ts"
import { freePort } from "../free-port.ts"

const keys = { "APCA-API-KEY-ID": "PKSIMULATED", "APCA-API-SECRET-KEY": "simulated-secret" }
const reason = "an acceptance test of trading"

/** A simulated venue, and what a test needs of a live daemon with its own broker on it. The test starts it. */
export const startEmbeddedTrade = async (stateDir: string) => {
  const paper = startTickd(["paper", "--always-open", "--json", "--port", "0", "--requests-per-minute", "100000"])
  const venue = (await paper.printed(/"url":"([^"]+)"/))[1] ?? ""
  const [api, telemetry] = [await freePort(), await freePort()]
  const env = {
    TICKD_STATE_DIR: stateDir,
    NATS_PORT: String(await freePort()),
    TRADE_MODE: "live",
    TRADE_HTTP_PORT: String(api),
    TRADE_METRICS_PORT: String(telemetry),
    TRADE_SYMBOLS: "AAPL",
    TRADE_VENUE_ERRORS: "1000",
    APCA_API_KEY_ID: keys["APCA-API-KEY-ID"],
    APCA_API_SECRET_KEY: keys["APCA-API-SECRET-KEY"],
    APCA_API_BASE_URL: venue
  }
  const made = await tickd(["token", "create", "t", "--role", "trader", "--role", "ops"], env)
  const token = /tkd_\S+/.exec(made.stdout)?.[0] ?? ""
  const call = async (path: string, body?: unknown) => {
    const answer = await fetch(`http://127.0.0.1:${api}${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
    return { status: answer.status, body: (await answer.json()) as Readonly<Record<string, unknown>> }
  }
  let sent = 0
  const order = (id = `o${++sent}`) =>
    call("/api/v1/orders", {
      symbol: "AAPL",
      side: "buy",
      qty: String(++sent),
      order_type: "market",
      time_in_force: "day",
      strategy_id: "parts",
      client_order_id: id
    })
  /** An order that is accepted has left only when the venue has it. */
  const filled = async (id: string) => {
    expect((await order(id)).status).toBe(201)
    await eventually(`${id} is filled`, async () => {
      const { body } = await call(`/api/v1/orders/${id}`)
      return body["status"] === "filled" || undefined
    })
  }
  const readyz = async () => {
    const answer = await fetch(`http://127.0.0.1:${telemetry}/readyz`).catch(() => undefined)
    return answer === undefined ? "" : await answer.text()
  }
  const says = async (pattern: RegExp, waitMs = 40_000) => {
    let last = ""
    const holds = async () => {
      last = await readyz()
      return pattern.test(last) || undefined
    }
    await eventually(`/readyz says ${pattern}`, holds, waitMs).catch((error) => {
      throw new Error(`${error.message}\n${last}`)
    })
  }
  return {
    env,
    call,
    order,
    filled,
    says,
    ready: () => says(/^ready/),
    metrics: async () => await (await fetch(`http://127.0.0.1:${telemetry}/metrics`)).text(),
    fault: (command: unknown) => fetch(`${venue}/sim/faults`, { method: "POST", body: JSON.stringify(command) }),
    /** Orders of the venue's own record. */
    atVenue: async () => {
      const listed = await fetch(`${venue}/v2/orders?status=all&limit=500`, { headers: keys })
      const orders = (await listed.json()) as ReadonlyArray<{ readonly client_order_id: string }>
      return orders.map(({ client_order_id }) => client_order_id)
    },
    open: async () => {
      await eventually(
        "the states are initialised",
        async () => {
          const answer = await call("/api/v1/safety/initialise", { reason, operator: "test" }).catch(() => undefined)
          return answer?.status === 200 || undefined
        },
        30_000
      )
      const { day } = newYorkTradingDay(Date.now())
      expect((await call("/api/v1/mode/arm", { reason, operator: "test", day })).status).toBe(200)
    }
  }
}

// A program that is killed between the venue's acceptance and its own note of it must neither lose the order nor send
// it again: kill -9 while orders leave, start again, and compare the book with the venue.
import { afterEach, beforeEach, expect, it } from "vitest"
import { newYorkTradingDay } from "../../src/kernel/calendar/new-york.ts"
import { endCommands, eventually, logLines, startTickd, stateFolder, tickd } from "../support/cli-process.ts"
import { freePort } from "../support/free-port.ts"

let folder: ReturnType<typeof stateFolder>
beforeEach(() => {
  folder = stateFolder()
})
afterEach(async () => {
  await endCommands()
  folder.remove()
})

const keys = { "APCA-API-KEY-ID": "PKSIMULATED", "APCA-API-SECRET-KEY": "simulated-secret" }
const ids = Array.from({ length: 8 }, (_, at) => `killed-${at}`)

it("after kill -9 the venue has each order at most once, and the book has each that was promised", async () => {
  const paper = startTickd(["paper", "--always-open", "--json", "--port", "0", "--requests-per-minute", "100000"])
  const venue = (await paper.printed(/"url":"([^"]+)"/))[1] ?? ""
  const [api, telemetry] = [await freePort(), await freePort()]
  const env = {
    TICKD_STATE_DIR: folder.path,
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
  const call = (path: string, body?: unknown) =>
    fetch(`http://127.0.0.1:${api}${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
  const ready = () =>
    eventually(
      "the daemon is ready",
      async () => {
        const answer = await fetch(`http://127.0.0.1:${telemetry}/readyz`).catch(() => undefined)
        return answer?.status === 200 || undefined
      },
      30_000
    )
  const fault = (command: unknown) => fetch(`${venue}/sim/faults`, { method: "POST", body: JSON.stringify(command) })

  const first = startTickd(["trade", "--embedded-nats"], env)
  const reason = "the acceptance test of a killed daemon"
  await eventually(
    "the states are initialised",
    async () => {
      const answer = await call("/api/v1/safety/initialise", { reason, operator: "test" }).catch(() => undefined)
      return answer?.ok || undefined
    },
    30_000
  )
  const { day } = newYorkTradingDay(Date.now())
  expect((await call("/api/v1/mode/arm", { reason, operator: "test", day })).status).toBe(200)
  await ready()

  await fault({ fault: "reply-lost", rate: 0.5 })
  const promised: Array<string> = []
  const sent = ids.map(async (id, at) => {
    const order = { symbol: "AAPL", side: "buy", qty: String(at + 1), order_type: "market", time_in_force: "day" }
    const answer = await call("/api/v1/orders", { ...order, strategy_id: "killed", client_order_id: id }).catch(
      () => undefined
    )
    if (answer?.status === 201) promised.push(id)
  })
  await Promise.race(sent)
  first.child.kill("SIGKILL")
  await Promise.all(sent)
  await first.ended
  expect(promised.length).toBeGreaterThan(0)
  await fault({ fault: "reply-lost", rate: 0 })

  const second = startTickd(["trade", "--embedded-nats"], env)
  await ready()
  const listed = await fetch(`${venue}/v2/orders?status=all&limit=500`, { headers: keys })
  const orders = (await listed.json()) as ReadonlyArray<{ readonly client_order_id: string; readonly status: string }>
  const atVenue = orders.map(({ client_order_id }) => client_order_id).filter((id) => ids.includes(id))
  expect(new Set(atVenue).size).toBe(atVenue.length)
  for (const id of new Set([...promised, ...atVenue])) {
    const known = await eventually(
      `${id} is known`,
      async () => {
        const answer = await call(`/api/v1/orders/${id}`)
        const body = (await answer.json()) as { readonly status: string }
        return atVenue.includes(id) === (body.status === "filled") ? body : undefined
      },
      20_000
    )
    // What the venue does not have was not sent: it is known as not confirmed, and looked up.
    expect(known.status).toMatch(atVenue.includes(id) ? /filled/ : /pending_new|submitted|submitted_unconfirmed|failed/)
  }
  second.child.kill("SIGTERM")
  const { code, stdout } = await second.ended
  expect(code).toBe(0)
  expect(logLines(stdout).at(-1)?.["event"]).toBe("stopped")
}, 120_000)

// A program whose database, broker or keys are gone must say so, refuse entries, and go on by itself when they are
// back.

import { Effect, Exit, Redacted, Scope } from "effect"
import { afterEach, beforeEach, expect, it } from "vitest"
import { newYorkTradingDay } from "../../src/kernel/calendar/new-york.ts"
import { endCommands, eventually, startTickd, stateFolder, tickd } from "../support/cli-process.ts"
import { freePort } from "../support/free-port.ts"
import { startServer } from "../support/nats-server.ts"
import { sharedPostgres } from "../support/postgres-for-tests.ts"

let folder: ReturnType<typeof stateFolder>
beforeEach(() => {
  folder = stateFolder()
})
afterEach(async () => {
  await endCommands()
  folder.remove()
})
const server = sharedPostgres()

const keys = { "APCA-API-KEY-ID": "PKSIMULATED", "APCA-API-SECRET-KEY": "simulated-secret" }
const reason = "the acceptance test of lost parts"

/** A simulated venue, and the environment of a live daemon on it. */
const startVenue = async () => {
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

it("waits for its PostgreSQL, keeps a second program out, and goes on by itself after each loss", async () => {
  const url = Redacted.value(await server().freshUrl())
  await server().stop("SIGINT")
  const world = await startVenue()
  const env = { ...world.env, DATABASE_URL: url }
  const first = startTickd(["trade", "--embedded-nats"], env)
  await world.says(/^not ready: the start waits for its book of orders: .*does not answer/)
  expect(await world.metrics()).toMatch(/^trade_store_trouble 1$/m)
  await first.printed(/"event":"waiting".*"part":"book"|"part":"book".*"event":"waiting"/)
  await server().start()
  await world.open()
  await world.ready()
  await world.filled("before")

  const other = {
    TICKD_STATE_DIR: `${folder.path}/other`,
    TRADE_HTTP_PORT: "0",
    TRADE_METRICS_PORT: "0",
    NATS_PORT: "0"
  }
  const second = startTickd(["trade", "--embedded-nats"], { ...env, ...other })
  const refused = await second.ended
  expect([refused.code, /BOOK_IN_USE/.test(refused.stderr + refused.stdout)]).toEqual([69, true])
  await world.filled("beside")

  first.child.kill("SIGKILL")
  await first.ended
  const third = startTickd(["trade", "--embedded-nats"], env)
  await world.ready()
  expect((await world.call("/api/v1/orders/before")).body["status"]).toBe("filled")

  await server().stop("SIGKILL")
  await world.says(/not ready: .*book of orders/)
  const lost = await world.order("lost")
  expect(lost.status).toBeGreaterThanOrEqual(400)
  await server().start()
  await world.ready()
  await world.filled("after")
  expect((await world.atVenue()).toSorted()).toEqual(["after", "before", "beside"])
  third.child.kill("SIGTERM")
  expect((await third.ended).code).toBe(0)
}, 180_000)

it("closes while NATS is killed, stops while the venue rejects the keys, and goes on by itself after each", async () => {
  const world = await startVenue()
  const port = await freePort()
  const scopes = { first: Scope.makeUnsafe(), second: Scope.makeUnsafe() }
  const nats = (scope: Scope.Scope) =>
    Effect.runPromise(Scope.provide(startServer({ port, storeDir: `${folder.path}/nats` }), scope))
  await nats(scopes.first)
  const { NATS_PORT: _, ...env } = world.env
  const daemon = startTickd(["trade"], { ...env, NATS_URL: `nats://127.0.0.1:${port}` })
  await world.open()
  await world.ready()
  await world.filled("before")

  await Effect.runPromise(Scope.close(scopes.first, Exit.void))
  await world.says(/not ready: NATS: /)
  const closed = await world.order("closed")
  expect(closed.status).toBe(503)
  expect(JSON.stringify(closed.body)).toMatch(/KILL_SWITCH/)
  await nats(scopes.second)
  await world.ready()
  await world.filled("between")

  await world.fault({ fault: "reject-keys" })
  await world.says(/not ready: .*keys/)
  const stopped = await world.order("stopped")
  expect(stopped.status).toBe(503)
  expect(JSON.stringify(stopped.body)).toMatch(/keys/)
  await world.fault({ fault: "reject-keys", on: false })
  await world.ready()
  await world.filled("after")
  expect((await world.atVenue()).toSorted()).toEqual(["after", "before", "between"])
  daemon.child.kill("SIGTERM")
  expect((await daemon.ended).code).toBe(0)
  await Effect.runPromise(Scope.close(scopes.second, Exit.void))
}, 120_000)

// A program whose database, broker or keys are gone must say so, refuse entries, and go on by itself when they are
// back.

import { Effect, Exit, Redacted, Scope } from "effect"
import { afterEach, beforeEach, expect, it } from "vitest"
import { endCommands, startTickd, stateFolder } from "../support/cli-process.ts"
import { freePort } from "../support/free-port.ts"
import { startServer } from "../support/nats-server.ts"
import { sharedPostgres } from "../support/postgres-for-tests.ts"
import { startEmbeddedTrade } from "../support/trading/embedded-trade.ts"

let folder: ReturnType<typeof stateFolder>
beforeEach(() => {
  folder = stateFolder()
})
afterEach(async () => {
  await endCommands()
  folder.remove()
})
const server = sharedPostgres()

it("waits for its PostgreSQL, keeps a second program out, and goes on by itself after each loss", async () => {
  const url = Redacted.value(await server().freshUrl())
  await server().stop("SIGINT")
  const world = await startEmbeddedTrade(folder.path)
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
  const world = await startEmbeddedTrade(folder.path)
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

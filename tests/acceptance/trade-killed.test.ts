// A program that is killed between the venue's acceptance and its own note of it must neither lose the order nor send
// it again: kill -9 while orders leave, start again, and compare the book with the venue.
import { afterEach, beforeEach, expect, it } from "vitest"
import { endCommands, eventually, logLines, startTickd, stateFolder } from "../support/cli-process.ts"
import { startEmbeddedTrade } from "../support/trading/embedded-trade.ts"

let folder: ReturnType<typeof stateFolder>
beforeEach(() => {
  folder = stateFolder()
})
afterEach(async () => {
  await endCommands()
  folder.remove()
})

const ids = Array.from({ length: 8 }, (_, at) => `killed-${at}`)

it("after kill -9 the venue has each order at most once, and the book has each that was promised", async () => {
  const world = await startEmbeddedTrade(folder.path)
  const first = startTickd(["trade", "--embedded-nats"], world.env)
  await world.open()
  await world.ready()

  await world.fault({ fault: "reply-lost", rate: 0.5 })
  const promised: Array<string> = []
  const sent = ids.map(async (id, at) => {
    const order = { symbol: "AAPL", side: "buy", qty: String(at + 1), order_type: "market", time_in_force: "day" }
    const answer = await world
      .call("/api/v1/orders", { ...order, strategy_id: "killed", client_order_id: id })
      .catch(() => undefined)
    if (answer?.status === 201) promised.push(id)
  })
  await Promise.race(sent)
  first.child.kill("SIGKILL")
  await Promise.all(sent)
  await first.ended
  expect(promised.length).toBeGreaterThan(0)
  await world.fault({ fault: "reply-lost", rate: 0 })

  const second = startTickd(["trade", "--embedded-nats"], world.env)
  await world.ready()
  const atVenue = (await world.atVenue()).filter((id) => ids.includes(id))
  expect(new Set(atVenue).size).toBe(atVenue.length)
  for (const id of new Set([...promised, ...atVenue])) {
    const known = await eventually(
      `${id} is known`,
      async () => {
        const { body } = await world.call(`/api/v1/orders/${id}`)
        return atVenue.includes(id) === (body["status"] === "filled") ? body : undefined
      },
      20_000
    )
    // What the venue does not have was not sent: it is known as not confirmed, and looked up.
    expect(known["status"]).toMatch(
      atVenue.includes(id) ? /filled/ : /pending_new|submitted|submitted_unconfirmed|failed/
    )
  }
  second.child.kill("SIGTERM")
  const { code, stdout } = await second.ended
  expect(code).toBe(0)
  expect(logLines(stdout).at(-1)?.["event"]).toBe("stopped")
}, 120_000)

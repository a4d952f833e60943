// A power cut asks nothing and waits for nothing: no order may be sent twice or be forgotten, and nothing that an
// operator has closed may open by it.
import { afterEach, expect, it } from "vitest"
import { endCommands, eventually } from "../support/cli-process.ts"
import { startTradeProgram, untilReady } from "../support/trading/trade-program.ts"

afterEach(endCommands)

const symbols = ["AAPL", "MSFT", "NVDA", "AMZN", "META"]
const why = "the acceptance test of a killed daemon"
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

it("is killed with kill -9 while orders flow, and loses, doubles and opens nothing", async () => {
  const program = await startTradeProgram()
  const { api, kill, start, venueFault, verb } = program
  /** Ids that a client got an answer for. */
  const answered: Array<string> = []
  let sent = 0
  /** A client that sends orders until the daemon is gone: small, at the market, each under an id of its own. */
  const flow = async (name: string) => {
    for (;;) {
      const id = `${name}-${sent++}`
      const order = {
        symbol: symbols[sent % symbols.length],
        side: "buy",
        qty: String(1 + (sent % 3)),
        strategy_id: name
      }
      try {
        const { status } = await api("/api/v1/orders", {
          ...order,
          nonce: id,
          order_type: "market",
          client_order_id: id
        })
        if (status === 201) answered.push(id)
      } catch {
        return
      }
    }
  }
  /** Three clients at once, and the kill at a moment that no code chooses. */
  const killWhileOrdersFlow = async (name: string, whenAnswered: number) => {
    const before = answered.length
    const clients = [1, 2, 3].map((client) => flow(`${name}${client}`))
    await eventually("orders are answered", () => answered.length >= before + whenAnswered)
    await sleep(Math.random() * 30)
    await kill()
    await Promise.all(clients)
  }

  try {
    await start()
    await eventually("initialised", async () => {
      const { status } = await api("/api/v1/safety/initialise", { reason: why })
      return status < 300 || status === 409
    })
    await verb("arm", "--yes", "--reason", why)
    await untilReady(program)
    await killWhileOrdersFlow("a", 5)
    await start()
    await untilReady(program)
    await killWhileOrdersFlow("b", 9)

    // Armed for the day still: the orders that follow leave. One waits at the venue far from the market.
    await start()
    await untilReady(program)
    const price = ((await program.quote("AAPL")) * 0.97).toFixed(2)
    const waits = await verb("order", "submit", "buy", "AAPL", "--qty", "1", "--limit", price, "--strategy", "cli")
    const waiting = String(waits["client_order_id"])
    const shown = async () => (await api(`/api/v1/orders/${waiting}`)).body["status"]
    await eventually("it works at the venue", async () => ["new", "accepted"].includes(String(await shown())))
    // The venue does not answer the cancel before the kill.
    await venueFault({ fault: "reply-html", rate: 1 })
    expect((await api(`/api/v1/orders/${waiting}/cancel`, {})).status).toBeLessThan(300)
    await kill()
    await venueFault({ fault: "reply-html", rate: 0 })
    await start()
    await eventually("the wanted cancel was carried out", async () => (await shown()) === "canceled")

    expect((await api("/api/v1/kill-switch/engage", { reason: "drill", scope: "entries" })).status).toBeLessThan(300)
    expect((await api("/api/v1/circuit-breaker/trip", { reason: "drill", symbol: "AAPL" })).status).toBeLessThan(300)
    await kill()
    await start()
    const state = async () => [
      (await api("/api/v1/kill-switch/status")).body["state"],
      JSON.stringify((await api("/api/v1/circuit-breaker/status")).body)
    ]
    await eventually("the states are read", async () => (await state())[0] === "ENGAGED")
    expect((await state())[1]).toMatch(/AAPL[^}]*TRIPPED|TRIPPED[^}]*AAPL/)
    const refused = await api("/api/v1/orders", {
      symbol: "AAPL",
      side: "buy",
      qty: "1",
      order_type: "market",
      strategy_id: "closed",
      client_order_id: "closed-1"
    })
    expect(refused.status).toBe(503)
    expect(JSON.stringify(refused.body)).toMatch(/KILL_SWITCH.*BREAKER/)
    expect((await api("/api/v1/kill-switch/disengage", { notes: why })).status).toBeLessThan(300)
    await killWhileOrdersFlow("c", 5)
    await start()
    await eventually("nothing works any more", async () => {
      const { body } = await api("/api/v1/orders?state=working")
      return (body["orders"] as ReadonlyArray<unknown>).length === 0
    })
    await kill()

    const { book, differences, ledger, orders } = await program.differences()
    expect(differences).toEqual([])
    expect(ledger).toMatchObject({ balanced: true, working: 0, unconfirmed: 0 })
    // One that was stored and not sent is known as lost; it is not sent later.
    expect(answered.filter((id) => !book.has(id))).toEqual([])
    expect([...book.values()].filter((status) => status === "dry_run")).toEqual([])
    const atVenue = new Set(orders.map(({ clientOrderId }) => clientOrderId))
    expect(orders.length).toBe(atVenue.size)
    expect(orders.length).toBeGreaterThan(15)
    expect(atVenue.has("closed-1")).toBe(false)
  } finally {
    await program.end()
  }
})

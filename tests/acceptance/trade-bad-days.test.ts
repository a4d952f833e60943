// A client gone wild, a venue that talks nonsense, a broker that hangs, a full disk: each gets a stable code and one
// sentence, nothing is half done, and the same daemon trades again when it is over.
import { execFileSync } from "node:child_process"
import { afterEach, expect, it } from "vitest"
import { endCommands, eventually } from "../support/cli-process.ts"
import { type ApiAnswer, startTradeProgram, untilReady } from "../support/trading/trade-program.ts"

afterEach(endCommands)

const why = "the acceptance test of bad days"
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** A refusal has a code in capitals and one sentence without a stack. */
const expectRefusal = ({ body, status }: ApiAnswer, code: RegExp, sentence: RegExp) => {
  expect(status).toBeGreaterThanOrEqual(400)
  expect(String(body["code"])).toMatch(code)
  const detail = String(body["detail"])
  expect(detail).toMatch(sentence)
  expect(detail).not.toMatch(/\n| at .*\.ts/)
}

it("lives through floods, nonsense, wrong keys, a stopped broker, a full disk and a wrong clock", async () => {
  const program = await startTradeProgram({ TRADE_HTTP_SUBMIT_RATE: "90+10/200" })
  const { api, nats, setSecret, start, venueFault } = program
  let sent = 0
  const order = (symbol = "AAPL", more: object = {}) => {
    const id = `d-${sent++}`
    const what = { symbol, side: "buy", qty: "1", order_type: "market", strategy_id: "days" }
    return api("/api/v1/orders", { ...what, client_order_id: id, nonce: id, ...more })
  }
  const statusOf = async (id: string) => (await api(`/api/v1/orders/${id}`)).body["status"]
  const decided = (id: string) =>
    eventually("the order is decided", async () => {
      const status = String(await statusOf(id))
      return ["filled", "failed", "rejected"].includes(status) ? status : undefined
    })
  /** The same daemon takes an order and brings it to its end. */
  const trades = (what: string) =>
    eventually(
      `it trades after ${what}`,
      async () => {
        const { body, status } = await order("MSFT")
        if (status !== 201) {
          await sleep(300)
          throw new Error(JSON.stringify(body))
        }
        return (await decided(String(body["client_order_id"]))) === "filled"
      },
      20_000
    )

  try {
    const daemon = await start()
    await eventually("initialised", async () => (await api("/api/v1/safety/initialise", { reason: why })).status < 300)
    await program.verb("arm", "--yes", "--reason", why)
    await untilReady(program)

    expectRefusal(await order("NOPE"), /^[A-Z_]+$/, /PRICE_MISSING: there is no quote of NOPE/)
    expectRefusal(await order("AAPL", { qty: "1e308" }), /^[A-Z_]+$/, /qty/)

    // Quotes and answers in HTML: the order is taken, looked up, and known in the end.
    await venueFault({ fault: "reply-html", count: 3 })
    const html = await order()
    expect(html.status).toBe(201)
    await decided(String(html.body["client_order_id"]))
    await trades("HTML")

    // Wrong keys: trading stops, and goes on when the file is right again.
    setSecret("wrong")
    const stopped = await eventually("the keys are refused", async () => {
      const answer = await order("NVDA")
      if (answer.status === 503) return answer
      await sleep(200)
      return undefined
    })
    expectRefusal(stopped, /^[A-Z_]+$/, /keys|account|clock/)
    setSecret("simulated-secret")
    await trades("wrong keys")

    // A price for an order that rests; the disk is full: a cancel leaves, an order does not.
    const rests = await order("AAPL", {
      order_type: "limit",
      limit_price: ((await program.quote("AAPL")) * 0.97).toFixed(2)
    })
    const resting = String(rests.body["client_order_id"])
    await eventually("it rests", async () => (await statusOf(resting)) === "new")
    const limitFiles = (size: string) => execFileSync("prlimit", ["--pid", String(daemon.pid), `--fsize=${size}:`])
    limitFiles("4096")
    expectRefusal(await order(), /^[A-Z_]+$/, /The book of orders: .+\.$/)
    expect((await api(`/api/v1/orders/${resting}/cancel`, {})).status).toBeLessThan(300)
    await eventually("canceled at the venue", async () => (await program.venueStatus(resting)) === "canceled")
    limitFiles("unlimited")
    await eventually("canceled in the book", async () => (await statusOf(resting)) === "canceled")
    await trades("a full disk")

    // The broker stands still: the gate closes, and opens by itself.
    nats.child.kill("SIGSTOP")
    const closed = await eventually("the gate has closed", async () => {
      const answer = await order("AMZN")
      if (answer.status === 503) return answer
      await sleep(200)
      return undefined
    })
    expectRefusal(closed, /^GATE_CLOSED$/, /KILL_SWITCH: the state of the kill switch is not known/)
    await sleep(1000)
    nats.child.kill("SIGCONT")
    await trades("a stopped broker")

    // One client sends as fast as it can.
    const codes = new Map<string, number>()
    const until = performance.now() + 3000
    const flood = async () => {
      while (performance.now() < until) {
        const { body, status } = await order("META")
        const code = status === 201 ? "taken" : String(body["code"])
        codes.set(code, (codes.get(code) ?? 0) + 1)
      }
    }
    await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(flood))
    expect([...codes.keys()].every((code) => /^[A-Z_]+$|^taken$/.test(code))).toBe(true)
    expect(codes.get("RATE_LIMITED") ?? 0, JSON.stringify([...codes])).toBeGreaterThan(20)

    // The venue's clock is an hour ahead: whatever is refused for it, the daemon follows the clock.
    await venueFault({ fault: "shift-clock", ms: 3_600_000 })
    const skewed = await order("NVDA")
    if (skewed.status !== 201) expectRefusal(skewed, /^[A-Z_]+$/, /./)

    expect(daemon.child.exitCode).toBe(null)
    await eventually("nothing is under way", async () => {
      const { body } = await api("/api/v1/orders?state=working")
      return (body["orders"] as ReadonlyArray<unknown>).length === 0
    })
    daemon.child.kill("SIGTERM")
    expect((await daemon.ended).code).toBe(0)
    const { differences, ledger } = await program.differences()
    expect(differences).toEqual([])
    expect(ledger).toMatchObject({ balanced: true, working: 0, unconfirmed: 0 })
  } catch (error) {
    console.error(program.daemon().stdout().slice(-3000))
    throw error
  } finally {
    await program.end()
  }
})

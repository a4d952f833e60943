// The event stream has a cursor and the webhook a signature. Both carry what the WebSocket says.
import { createHmac } from "node:crypto"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { paperKeys, startTestVenue, waitUntil } from "../../support/trading/paper-world.ts"

let server: Awaited<ReturnType<typeof startTestVenue>>
const secret = "webhook-secret"
const posted: Array<{ readonly headers: Readonly<Record<string, unknown>>; readonly body: string }> = []
const receiver = createServer(async (request, response) => {
  const chunks: Array<Buffer> = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  posted.push({ headers: request.headers, body: Buffer.concat(chunks).toString() })
  // The first delivery fails: it comes again.
  response.writeHead(posted.length === 1 ? 500 : 200).end()
})

const headers = { "APCA-API-KEY-ID": paperKeys.keyId, "APCA-API-SECRET-KEY": paperKeys.secret }
const get = (path: string) => fetch(server.url + path, { headers })
const events = (text: string) =>
  text
    .split("\n")
    .flatMap((line) => (line.startsWith("data: ") ? [JSON.parse(line.slice(6)) as Record<string, unknown>] : []))
const buy = async (clientOrderId: string) => {
  const body = JSON.stringify({
    symbol: "AAPL",
    qty: "2",
    side: "buy",
    type: "market",
    time_in_force: "day",
    client_order_id: clientOrderId
  })
  await fetch(`${server.url}/v2/orders`, { method: "POST", headers, body })
  await waitUntil("the fill", () => server.venue.state.orders.findClientId(clientOrderId)?.status === "filled")
}
/** Events of the past, up to now: the stream ends by itself. */
const past = async () => {
  const since = encodeURIComponent("2026-11-30T00:00:00Z")
  const until = encodeURIComponent(new Date(Number(server.venue.state.clock / 1_000_000n)).toISOString())
  await waitUntil("the clock is behind the end", () => {
    server.settle()
    return server.venue.state.clock > BigInt(Date.parse(decodeURIComponent(until))) * 1_000_000n
  })
  return events(await (await get(`/v2/events/trades?since=${since}&until=${until}`)).text())
}

beforeAll(async () => {
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", () => resolve()))
  const { port } = receiver.address() as AddressInfo
  server = await startTestVenue({
    webhook: { url: `http://127.0.0.1:${port}/api/v1/webhooks/orders`, secret },
    heartbeatMs: 30
  })
  server.fault({ fault: "pin", symbol: "AAPL", bid: "100", ask: "100.01" })
})
afterAll(async () => {
  await server.close()
  receiver.closeAllConnections()
  receiver.close()
})

describe("events over SSE", () => {
  it("gives the past from a cursor, and ends at until", async () => {
    await buy("sse-1")
    await new Promise((resolve) => setTimeout(resolve, 5))
    const all = await past()
    assert.deepStrictEqual(
      all.map(({ event }) => event),
      ["pending_new", "new", "fill"]
    )
    const ids = all.map(({ event_id }) => String(event_id))
    assert.deepStrictEqual(ids, ids.toSorted())
    const rest = events(await (await get(`/v2/events/trades?since_id=${ids[0]}&until_id=${ids[2]}`)).text())
    assert.deepStrictEqual(
      rest.map(({ event_id }) => event_id),
      ids.slice(1)
    )
  })

  it("refuses cursors that are mixed and a wrong key", async () => {
    const mixed = await get("/v2/events/trades?since=2026-11-30T00:00:00Z&since_id=01")
    assert.strictEqual(mixed.status, 422)
    assert.strictEqual((await get("/v2/events/trades?until=2026-11-30T00:00:00Z")).status, 422)
    assert.strictEqual((await fetch(`${server.url}/v2/events/trades`)).status, 401)
  })

  it("sends live events between heartbeats, and says what it dropped", async () => {
    const answer = await get("/v2/events/trades")
    let text = ""
    const reading = (async () => {
      for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>)
        text += Buffer.from(chunk).toString()
    })()
    server.fault({ fault: "sse-dropped" })
    await buy("sse-2")
    await waitUntil("the live events", () => events(text).some(({ event }) => event === "fill"))
    await waitUntil("a heartbeat", () => text.split(":heartbeat").length > 2)
    assert.include(text, ": you are reading too slowly, dropped 1 messages")
    assert.deepStrictEqual(
      events(text).map(({ event }) => event),
      ["new", "fill"]
    )
    server.fault({ fault: "sse-error" })
    await buy("sse-3")
    await reading
    assert.include(text, ": internal server error")
  })
})

describe("the webhook of orders", () => {
  it("posts each event with a signature of the body and one of time and body, again when it failed", async () => {
    await waitUntil("all deliveries", () => server.webhook?.counts().sent === 9)
    assert.deepStrictEqual(server.webhook?.counts(), { sent: 9, failed: 0, dropped: 0 })
    assert.strictEqual(posted[0]?.body, posted[1]?.body)
    for (const { body, headers } of posted) {
      const sign = (text: string) => `sha256=${createHmac("sha256", secret).update(text).digest("hex")}`
      assert.strictEqual(headers["x-alpaca-signature"], sign(body))
      assert.strictEqual(headers["x-tickd-signature"], sign(`${String(headers["x-tickd-timestamp"])}.${body}`))
    }
    assert.deepStrictEqual(
      posted.slice(1, 4).map(({ body }) => (JSON.parse(body) as { readonly event: string }).event),
      ["pending_new", "new", "fill"]
    )
  })
})

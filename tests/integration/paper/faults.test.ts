// A fault that does not act would let every client pass: each one is seen here, or in the cases of the venue.
import { globSync, readFileSync } from "node:fs"
import { afterAll, assert, beforeAll, it } from "@effect/vitest"
import { projectRoot } from "../../../src/platform/process/project.ts"
import { faultNames } from "../../../src/simulator/paper/faults/venue-fault.ts"
import { paperKeys, startTestVenue, waitUntil } from "../../support/trading/paper-world.ts"
import { officialClient } from "./official-client.ts"

let server: Awaited<ReturnType<typeof startTestVenue>>
let official: ReturnType<typeof officialClient>
const headers = { "APCA-API-KEY-ID": paperKeys.keyId, "APCA-API-SECRET-KEY": paperKeys.secret }
const buy = { symbol: "AAPL", side: "buy", type: "market", qty: "4" } as const

/** Commands go over the control path, as an operator sends them: without keys. */
const fault = async (name: string, fields: object = {}) => {
  const body = JSON.stringify({ fault: name, ...fields })
  const answer = await fetch(`${server.url}/sim/faults`, { method: "POST", body })
  return { status: answer.status, text: await answer.text() }
}
const account = () => fetch(`${server.url}/v2/account`, { headers })
const stored = (clientOrderId: string) => server.venue.state.orders.findClientId(clientOrderId)

beforeAll(async () => {
  server = await startTestVenue()
  official = officialClient(server.url, paperKeys)
  await official.connect()
  await fault("pin", { symbol: "AAPL", bid: "100", ask: "100.01" })
})
afterAll(async () => {
  official.close()
  await server.close()
})

it("lists its faults, and refuses a name and a value that it does not know", async () => {
  const listed = (await (await fetch(`${server.url}/sim/faults`)).json()) as { readonly faults: ReadonlyArray<string> }
  assert.deepStrictEqual(listed.faults, faultNames)
  const unknown = await fault("no-such-fault")
  assert.strictEqual(unknown.status, 422)
  assert.include(unknown.text, "use one of reply-lost")
  assert.strictEqual((await fault("bust", { execution_id: "none" })).status, 404)
  assert.strictEqual((await fault("pin", { symbol: "AAPL", bid: "2", ask: "1" })).status, 422)
})

it("names each fault in a test", () => {
  const text = globSync(["tests/integration/paper/*.test.ts", "tests/support/trading/venue-cases.ts"], {
    cwd: projectRoot
  })
    .map((name) => readFileSync(`${projectRoot}/${name}`, "utf8"))
    .join("\n")
  assert.deepStrictEqual(
    faultNames.filter((name) => !text.includes(`"${name}"`)),
    []
  )
})

it("reply-duplicate: refuses an order that it has taken", async () => {
  await fault("reply-duplicate")
  const answer = await official.client.submit({ ...buy, clientOrderId: "fault-duplicate" })
  assert.strictEqual(answer.type === "refused" && answer.code, "40010001")
  assert.isDefined(stored("fault-duplicate"))
})

it("reply-refused: refuses an order that it has taken, in words that do not say so", async () => {
  await fault("reply-refused")
  const answer = await official.client.submit({ ...buy, clientOrderId: "fault-refused" })
  assert.strictEqual(answer.type === "refused" && answer.code, "42210000")
  assert.isDefined(stored("fault-refused"))
})

it("reply-slow: answers after the updates have gone out", async () => {
  await fault("reply-slow")
  const begun = performance.now()
  const answered = await official.client.submit({ ...buy, clientOrderId: "fault-slow" })
  assert.isAtLeast(performance.now() - begun, 45)
  assert.strictEqual(answered.type, "done")
  assert.strictEqual(stored("fault-slow")?.status, "filled")
})

it("rate-limit: says when it ends, rate-limit-bare says nothing", async () => {
  await fault("rate-limit")
  const limited = await account()
  assert.strictEqual(limited.status, 429)
  assert.match(limited.headers.get("x-ratelimit-reset") ?? "", /^\d{10}$/)
  await fault("rate-limit")
  await fault("rate-limit-bare")
  const bare = await account()
  assert.deepStrictEqual([bare.status, bare.headers.get("x-ratelimit-reset")], [429, null])
})

it("counts requests of a minute, and answers an unknown caller as a proxy does", async () => {
  const other = await startTestVenue({ ratePerMinute: 2 })
  const ask = () => fetch(`${other.url}/v2/account`, { headers })
  const answers = [await ask(), await ask(), await ask()]
  assert.deepStrictEqual(
    answers.map(({ headers, status }) => [status, headers.get("x-ratelimit-remaining")]),
    [
      [200, "1"],
      [200, "0"],
      [429, "0"]
    ]
  )
  assert.match(answers[0]?.headers.get("x-request-id") ?? "", /^[0-9a-f]{32}$/)
  const nameless = await fetch(`${other.url}/v2/account`)
  assert.deepStrictEqual([nameless.status, nameless.headers.get("content-type")], [401, "text/html"])
  await other.close()
})

it("block-account: takes no order that opens", async () => {
  await fault("block-account")
  const answer = await official.client.submit(buy)
  assert.match(answer.type === "refused" ? answer.message : "", /restricted to liquidation/)
  const { account_blocked } = (await (await account()).json()) as { readonly account_blocked: boolean }
  assert.isTrue(account_blocked)
  await fault("block-account", { on: false })
})

it("reject-keys: refuses the keys until it is over", async () => {
  await fault("reject-keys")
  assert.strictEqual((await account()).status, 401)
  await fault("reject-keys", { on: false })
  assert.strictEqual((await account()).status, 200)
})

it("offset-timestamps: writes a time with New York's offset", async () => {
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/stream`)
  const frames: Array<{ readonly stream: string; readonly data: Readonly<Record<string, unknown>> }> = []
  socket.binaryType = "arraybuffer"
  socket.addEventListener("message", ({ data }) => {
    // JSON text in a binary frame, as the paper host sends it.
    assert.instanceOf(data, ArrayBuffer)
    frames.push(JSON.parse(Buffer.from(data as ArrayBuffer).toString()))
  })
  const send = (frame: object) => socket.send(JSON.stringify(frame))
  await waitUntil("open", () => socket.readyState === WebSocket.OPEN)
  send({ action: "listen", data: { streams: ["trade_updates"] } })
  await waitUntil("unauthorized", () =>
    frames.some(({ data }) => data["status"] === "unauthorized" && data["action"] === "listen")
  )
  send({ action: "authenticate", data: { key_id: paperKeys.keyId, secret_key: paperKeys.secret } })
  send({ action: "listen", data: { streams: ["trade_updates", "no_such_stream"] } })
  await waitUntil("listening", () => frames.some(({ stream }) => stream === "listening"))
  assert.deepStrictEqual(frames.at(-1)?.data["streams"], ["trade_updates"])
  await fault("offset-timestamps")
  await official.client.submit(buy)
  await waitUntil("an update", () => frames.some(({ stream }) => stream === "trade_updates"))
  const update = frames.find(({ stream }) => stream === "trade_updates")
  assert.match(String(update?.data["timestamp"]), /-05:00$/)
  assert.match(JSON.stringify(update?.data["order"]), /"created_at":"[^"]*Z"/)
  socket.close()
})

it("stream-mute: fills and says nothing on a socket that stays open", async () => {
  await fault("stream-mute")
  const before = official.client.updates().length
  await official.client.submit({ ...buy, clientOrderId: "fault-mute" })
  await waitUntil("the fill", () => stored("fault-mute")?.status === "filled")
  assert.strictEqual(official.client.updates().length, before)
  await fault("stream-mute", { on: false })
})

it("stream-cut: ends the sockets, and refuse-stream-429 the first attempt to come back", async () => {
  const reconnects: Array<number> = []
  official.stream.onReconnecting((attempt) => reconnects.push(attempt))
  official.stream.onError(() => undefined)
  await fault("refuse-stream-429")
  await fault("stream-cut")
  await waitUntil("the end", () => server.stream.readers() === 0)
  await waitUntil("the return", () => server.stream.readers() === 1)
  assert.strictEqual(server.faults.acted()["refuse-stream-429"], 1)
  assert.isAtLeast(reconnects.length, 2)
})

it("refuse-data-406: refuses the data stream as a second connection", async () => {
  await fault("refuse-data-406")
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/v2/sip`)
  let text = ""
  socket.addEventListener("message", ({ data }) => {
    text += String(data)
  })
  await waitUntil("connected", () => text.includes("connected"))
  socket.send(JSON.stringify({ action: "auth", key: paperKeys.keyId, secret: paperKeys.secret }))
  await waitUntil("406", () => text.includes('"code":406'))
  await waitUntil("the end", () => socket.readyState === WebSocket.CLOSED)
})

it("split: changes a position without an order, and is announced", async () => {
  const before = Number(
    (await official.client.position("AAPL")) && server.venue.state.ledger.position("AAPL").quantity.value
  )
  await fault("split", { symbol: "AAPL", new_rate: 2 })
  const after = await official.client.position("AAPL")
  assert.strictEqual(after.type === "done" && after.value, String(before * 2))
  const { corporate_actions } = (await (await fetch(`${server.url}/v1/corporate-actions`, { headers })).json()) as {
    readonly corporate_actions: { readonly forward_splits: ReadonlyArray<{ readonly symbol: string }> }
  }
  assert.strictEqual(corporate_actions.forward_splits[0]?.symbol, "AAPL")
})

it("shift-clock: moves the venue's time, and with it the session", async () => {
  await fault("shift-clock", { ms: 12 * 3_600_000 })
  const clock = (await (await fetch(`${server.url}/v2/clock`, { headers })).json()) as Readonly<Record<string, unknown>>
  assert.deepStrictEqual([clock["is_open"], clock["next_open"]], [false, "2026-12-01T09:30:00.000000000-05:00"])
  const calendar = await (await fetch(`${server.url}/v2/calendar?start=2026-11-26&end=2026-11-27`, { headers })).json()
  assert.deepStrictEqual(calendar, [
    {
      date: "2026-11-27",
      open: "09:30",
      close: "13:00",
      session_open: "0400",
      session_close: "1700",
      settlement_date: "2026-11-30"
    }
  ])
})

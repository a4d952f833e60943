// The stream of events can go on where it was cut: what happened in the gap comes too, and nothing counts twice.
import { afterEach, assert, describe, it } from "vitest"
import { decimalText } from "../../../src/kernel/decimal.ts"
import { defaultLinkTimes } from "../../../src/trading/adapters/alpaca/settings.ts"
import { intendedOrder } from "../../../src/trading/domain/order/order.ts"
import { reduceOrder } from "../../../src/trading/domain/order/reduce-order.ts"
import { alpacaClient, settingsOf } from "../../support/trading/alpaca-client.ts"
import { decimal, proposal } from "../../support/trading/gate-view.ts"
import { paperKeys, paperWorld, startTestVenue, waitUntil } from "../../support/trading/paper-world.ts"
import { venueCases } from "../../support/trading/venue-cases.ts"

type Server = Awaited<ReturnType<typeof startTestVenue>>
type Client = ReturnType<typeof alpacaClient>
const link = { ...defaultLinkTimes, pauseMinMs: 50, crowdedPauseMs: 100, pauseMaxMs: 200, silenceMs: 200 }

const closes: Array<() => Promise<unknown>> = []
afterEach(async () => {
  for (const close of closes.splice(0).toReversed()) await close()
})
const start = async (
  updatesFrom: "sse" | "both",
  more: { readonly heartbeatMs?: number; readonly keys?: typeof paperKeys } = {}
) => {
  const server = await startTestVenue({ heartbeatMs: more.heartbeatMs ?? 50 })
  const settings = settingsOf(server.url, more.keys ?? paperKeys, { link, updatesFrom, eventSilenceMs: 400 })
  const own = alpacaClient(settings)
  closes.push(server.close, own.close)
  paperWorld(server).pin("AAPL", "99.99", "100.01")
  return { server, own }
}
const typesOf = ({ seen }: Client) => seen.map((update) => (update.type === "order" ? update.event : update.type))
const lives = (client: Client) => typesOf(client).filter((type) => type === "listening" || type === "lost")
const filled = (server: Server, clientOrderId: string) =>
  waitUntil("the fill", () => {
    server.settle()
    return server.venue.state.orders.findClientId(clientOrderId)?.status === "filled"
  })
const buy = async ({ own, server }: { readonly own: Client; readonly server: Server }, clientOrderId: string) => {
  await own.client.submit({ symbol: "AAPL", side: "buy", type: "market", qty: "3", clientOrderId })
  await filled(server, clientOrderId)
}
const eventsOf = ({ client }: Client, clientOrderId: string) =>
  client.updates().flatMap(({ event, order }) => (order.clientOrderId === clientOrderId ? [event] : []))
const untilFilled = (client: Client, clientOrderId: string) =>
  waitUntil(`the events of ${clientOrderId}`, () => eventsOf(client, clientOrderId).includes("fill"))

describe("updates by the stream of events", () => {
  const wanted = /a market order fills|a cancel is a request|a replacement is a new order|an order that was taken/
  it.each(venueCases.filter(({ name }) => wanted.test(name)))("$name", async ({ run }) => {
    const { own, server } = await start("sse")
    await own.client.listening()
    await run(own.client, paperWorld(server))
  })

  it("go on by id after a cut: the events of the gap come, each once", async () => {
    const world = await start("sse")
    const { own, server } = world
    await own.client.listening()
    await buy(world, "before")
    await untilFilled(own, "before")
    server.fault({ fault: "stream-cut" })
    await buy(world, "gap")
    await untilFilled(own, "gap")
    assert.deepStrictEqual(lives(own), ["listening", "lost", "listening"])
    for (const id of ["before", "gap"]) assert.deepStrictEqual(eventsOf(own, id), ["pending_new", "new", "fill"], id)
    assert.isTrue(
      own.seen.every((update) => update.type !== "order" || update.facts.every(({ source }) => source === "sse"))
    )
  })

  it("are read again when the venue dropped one, or says that it failed", async () => {
    const world = await start("sse")
    const { own, server } = world
    await own.client.listening()
    for (const fault of ["sse-dropped", "sse-error"]) {
      const before = own.counts.losses.events
      // The mark of the stream: it has something to go on from.
      await buy(world, `mark-${fault}`)
      await untilFilled(own, `mark-${fault}`)
      server.fault({ fault })
      await buy(world, fault)
      await untilFilled(own, fault)
      assert.deepStrictEqual(eventsOf(own, fault), ["pending_new", "new", "fill"], fault)
      assert.isAbove(own.counts.losses.events, before, fault)
    }
  })

  it("are lost without a heartbeat, and refused quietly with wrong keys", async () => {
    const { own } = await start("sse", { heartbeatMs: 3_600_000 })
    await waitUntil("the loss", () => lives(own).includes("lost"))
    assert.match(JSON.stringify(own.seen.find(({ type }) => type === "lost")), /no message for/)
    const stranger = await start("sse", { keys: { ...paperKeys, secret: "wrong" } })
    await waitUntil("the refusal", () => stranger.own.seen.length > 0)
    await new Promise((resolve) => setTimeout(resolve, 300))
    assert.deepStrictEqual([lives(stranger.own), stranger.own.counts.connects.events], [["lost"], 1])
  })
})

describe("updates by both ways", () => {
  it("are one order in the end, whatever comes twice and in whatever sequence", async () => {
    const world = await start("both")
    const { own, server } = world
    await waitUntil("both connections", () => own.counts.connects.updates === 1 && own.counts.connects.events === 1)
    await own.client.listening()
    await new Promise((resolve) => setTimeout(resolve, 100))
    for (const [n, fault] of ["update-twice", "update-reorder", "update-drop", "update-late"].entries()) {
      const id = `both-${n}`
      server.fault({ fault: "partial-next" })
      server.fault({ fault })
      await buy(world, id)
      await waitUntil("the last event", () => {
        const ofOrder = own.seen.flatMap((update) =>
          update.type === "order" && update.order.clientOrderId === id ? update.facts : []
        )
        const first = intendedOrder(id, "h", proposal({ quantity: decimal("3") }).request, 0n)
        const order = ofOrder.reduce(reduceOrder, first)
        return order.status === "filled" && decimalText(order.filled) === "3" && decimalText(order.inferred) === "0"
      })
    }
  })

  it("listen while one of them does: a mute or cut socket hides no fill", async () => {
    const world = await start("both")
    const { own, server } = world
    await own.client.listening()
    await new Promise((resolve) => setTimeout(resolve, 100))
    server.fault({ fault: "stream-mute" })
    await buy(world, "mute")
    await untilFilled(own, "mute")
    // The mute socket answers questions and brings no event: it is given up. The events are still read.
    await waitUntil("the loss of the socket", () => own.counts.losses.updates > 0)
    assert.deepStrictEqual(lives(own), ["listening"])
    await buy(world, "after")
    await untilFilled(own, "after")
  })
})

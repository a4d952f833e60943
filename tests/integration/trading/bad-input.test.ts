// Bad input and lost parts of docs/reference/trading-bad-input.md: a stable code, one sentence, and nothing half-done.
import { join } from "node:path"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { decimalText } from "../../../src/kernel/decimal.ts"
import { Secret } from "../../../src/kernel/secret.ts"
import type { OrderDesk } from "../../../src/trading/ports/order-desk.ts"
import { OrderStoreError } from "../../../src/trading/ports/order-store.ts"
import { bookRows } from "../../support/trading/book-rows.ts"
import { paperKeys } from "../../support/trading/paper-world.ts"
import { natsStage } from "../../support/trading/safety-nats.ts"
import type { Program } from "../../support/trading/scenario-program.ts"
import {
  codesOf,
  market,
  orderOf,
  positionOf,
  resting,
  scenario,
  under,
  untilOpen,
  untilOrder,
  untilStatus
} from "../../support/trading/scenario-stage.ts"
import { until } from "../../support/until.ts"

/** The codes of a refused order, or the sentence without one. */
const refusedBy = Effect.fnUntraced(function* (program: Program, ...order: Parameters<OrderDesk["Service"]["submit"]>) {
  const refused = yield* Effect.flip(program.desk.submit(...order))
  return "findings" in refused ? codesOf(refused.findings).join() : refused.message
})
const isTripped = (program: Program) =>
  program.safetyState.view("", "").breakers.find(({ state }) => state === "tripped")

scenario(
  "B01 HTML from the venue: an order that was not answered is looked up, counts as lost after the grace, and the breaker trips",
  (world) =>
    Effect.gen(function* () {
      const program = yield* world.ready({ settings: { orders: { graceMs: 400 } } })
      world.fault("reply-html", { rate: 1 })
      yield* program.desk.submit(market("5"), under("b01"))
      const unsure = yield* untilStatus(program, "b01", "submitted_unconfirmed")
      assert.match(unsure.sendingReason, /^HTTP 502/)
      yield* until("the trip", () => isTripped(program) !== undefined)
      const view = isTripped(program)
      assert.deepStrictEqual(view?.state === "tripped" && view.reason, "BROKER_ERRORS")
      assert.strictEqual(yield* refusedBy(program, market("1"), under("b01-entry")), "BREAKER")
      assert.strictEqual((yield* orderOf(program, "b01")).status, "submitted_unconfirmed")
      world.fault("reply-html", { rate: 0 })
      yield* untilStatus(program, "b01", "failed")
      assert.strictEqual(world.server.venue.state.orders.count(), 0)
      assert.isEmpty((yield* program.store.exposure).reservations)
      assert.isTrue(program.heard.some(({ type }) => type === "orderLost"))
    })
)

scenario(
  "B02 wrong keys stop trading, say so, and connect nothing that cannot be signed; new keys start it again",
  (world) =>
    Effect.gen(function* () {
      const file = { id: paperKeys.keyId, secret: paperKeys.secret }
      const keys = { id: new Secret(undefined, () => file.id), secret: new Secret(undefined, () => file.secret) }
      const program = yield* world.ready({ alpaca: { keys } })
      yield* program.desk.submit(resting("5"), under("b02-before"))
      yield* untilStatus(program, "b02-before", "new")
      file.secret = "withdrawn"
      yield* until("the stop", () => program.watch.stopped() !== undefined)
      const sentence = yield* refusedBy(program, market("1"), under("b02-entry"))
      assert.match(
        sentence,
        /^The venue rejects the API keys \(.*HTTP 401.*\): trading has stopped\. Put working keys in place/
      )
      assert.notInclude(sentence, "withdrawn")
      assert.strictEqual((yield* program.store.orderOf("b02-entry"))._tag, "None")
      file.secret = paperKeys.secret
      yield* until("the start", () => program.watch.stopped() === undefined)
      yield* program.desk.submit(market("1"), under("b02-after"))
      yield* untilStatus(program, "b02-after", "filled")
      yield* program.end

      // Keys that no header can carry: nothing is sent, and nothing connects.
      const [sent, connects] = [world.sent.length, world.connects.length]
      file.secret = "two words"
      const other = { id: new Secret(file.id), secret: new Secret(undefined, () => file.secret) }
      const deaf = yield* world.start({ alpaca: { keys: other }, path: join(world.folder, "other.db") })
      yield* deaf.quotes.want("AAPL", "test")
      yield* until("the stop", () => deaf.watch.stopped() !== undefined)
      assert.match(
        deaf.watch.stopped() ?? "",
        /^The venue rejects the API keys \(nothing was sent: the key id or the secret is empty.*\): trading has stopped/
      )
      assert.strictEqual(deaf.reconciler.view(), "closed")
      assert.deepStrictEqual([world.sent.length, world.connects.length], [sent, connects])
      file.secret = paperKeys.secret
      yield* until("the gate's book", () => deaf.reconciler.view() === "open" && deaf.watch.listening())
    })
)

scenario("B03 a restricted account trips the breaker within a second; entries are refused, exits pass", (world) =>
  Effect.gen(function* () {
    const program = yield* world.ready()
    yield* program.desk.submit(market("10"), under("b03"))
    yield* untilStatus(program, "b03", "filled")
    world.fault("block-account")
    // Before the account is read again the venue refuses it itself.
    yield* program.desk.submit(market("1"), under("b03-early")).pipe(Effect.ignore)
    yield* until("the trip", () => isTripped(program) !== undefined, 1000)
    const view = isTripped(program)
    assert.deepStrictEqual(view?.state === "tripped" && view.reason, "ACCOUNT_RESTRICTED")
    assert.strictEqual(yield* refusedBy(program, market("1"), under("b03-entry")), "BREAKER,ACCOUNT_BLOCKED")
    yield* program.desk.submit(market("10", { side: "sell" }), under("b03-exit", true))
    yield* untilStatus(program, "b03-exit", "filled")
    assert.strictEqual(yield* positionOf(program), "0")
    const early = yield* program.store.orderOf("b03-early")
    if (early._tag === "Some") assert.match(early.value.sendingReason, /^40310000: /)
  })
)

for (const skewMs of [3_600_000, -3_600_000]) {
  scenario(
    `B04 a clock ${skewMs > 0 ? "ahead" : "behind"} by an hour changes no price, no grace and no mark of the reconciliation`,
    (world) =>
      Effect.gen(function* () {
        const program = yield* world.ready({ settings: { orders: { silence: { baseMs: 60_000, capMs: 60_000 } } } })
        yield* program.desk.submit(resting("4"), under("b04"))
        yield* untilStatus(program, "b04", "new")
        // Filled in a gap of the stream: the recovery reads the venue's lists by the venue's clock.
        world.fault("refuse-stream-429", { count: 1000 })
        world.fault("stream-cut")
        yield* until("the loss", () => !program.watch.listening())
        world.pin("AAPL", "95.98", "96")
        yield* until("the fill", () => (world.server.settle(), world.server.venue.state.orders.allOpen().length === 0))
        world.fault("refuse-stream-429", { on: false })
        const order = yield* untilOrder(program, "b04", "booked", ({ executions }) => executions.size === 1)
        assert.deepStrictEqual([order.status, decimalText(order.inferred)], ["filled", "0"])
        yield* untilOpen(program)
        // The clock is set right meanwhile: what was read of the venue counts as unknown until it is read again.
        world.wall.offMs -= skewMs
        assert.include(yield* refusedBy(program, resting("1"), under("b04-step")), "PRICE_MISSING")
        yield* untilOpen(program, ["AAPL"])
        yield* program.desk.submit(market("1"), under("b04-after"))
        yield* untilStatus(program, "b04-after", "filled")
      }),
    { skewMs }
  )
}

for (const [reason, message] of [
  ["full", "The disk of the book is full: make room."],
  ["lost", "The database of the book does not answer: check that it runs and can be reached."]
] as const) {
  scenario(`B05 B07 a book that is ${reason} takes no order, loses no fact, and goes on when it is back`, (world) =>
    Effect.gen(function* () {
      const fault = { on: false }
      const failing = <A>(call: Effect.Effect<A, OrderStoreError>): Effect.Effect<A, OrderStoreError> =>
        Effect.suspend(() => (fault.on ? Effect.fail(new OrderStoreError({ reason, message })) : call))
      const program = yield* world.ready(
        {
          wrapStore: (store) => ({
            ...store,
            recordIntent: (...args) => failing(store.recordIntent(...args)),
            recordIntents: (...args) => failing(store.recordIntents(...args)),
            applyFacts: (...args) => failing(store.applyFacts(...args)),
            setValue: (...args) => failing(store.setValue(...args)),
            appendJournal: (...args) => failing(store.appendJournal(...args)),
            setWishes: (...args) => failing(store.setWishes(...args)),
            ...(reason === "lost"
              ? {
                  exposure: failing(store.exposure),
                  orderOf: (id) => failing(store.orderOf(id)),
                  workingOrders: failing(store.workingOrders)
                }
              : {})
          })
        },
        ["AAPL", "MSFT"]
      )
      yield* program.desk.submit(market("10"), under("b05"))
      yield* untilStatus(program, "b05", "filled")
      yield* program.desk.submit(resting("5", "290", { symbol: "MSFT" }), under("b05-working"))
      yield* untilStatus(program, "b05-working", "new")
      yield* program.desk.submit(resting("2", "289", { symbol: "MSFT" }), under("b05-cancel"))
      yield* untilStatus(program, "b05-cancel", "new")
      const posts = world.posts().length
      const rows = bookRows(join(world.folder, "book.db"))
      fault.on = true
      for (const [id, side] of [
        ["b05-entry", "buy"],
        ["b05-exit", "sell"]
      ] as const) {
        // No order leaves without its row: exits wait for the book, too.
        assert.strictEqual(yield* refusedBy(program, market("1", { side }), under(id, side === "sell")), message)
      }
      assert.lengthOf(world.posts(), posts)
      const { orders } = world.server.venue.state
      // A cancel needs no row: the actor of the order knows it.
      yield* program.desk.cancel("b05-cancel", "test")
      yield* until("the cancel", () => orders.findClientId("b05-cancel")?.status === "canceled")
      // A fill that comes meanwhile waits.
      world.pin("MSFT", "289.9", "290")
      yield* until("the fill", () => (world.server.settle(), orders.findClientId("b05-working")?.status === "filled"))
      yield* until("the report", () => program.heard.some(({ type }) => type === "storeTrouble"))
      assert.deepStrictEqual(bookRows(join(world.folder, "book.db")), rows)
      fault.on = false
      const order = yield* untilOrder(program, "b05-working", "booked", ({ executions }) => executions.size === 1)
      assert.strictEqual(order.status, "filled")
      yield* untilStatus(program, "b05-cancel", "canceled")
      assert.strictEqual(yield* positionOf(program, "MSFT"), "5")
      yield* untilOpen(program)
      yield* program.desk.submit(market("1", { side: "sell" }), under("b05-later", true))
      yield* untilStatus(program, "b05-later", "filled")
    })
  )
}

scenario(
  "B06 a lost NATS closes the gate to every order, lets cancels pass, and opens by itself when it is back",
  (world) =>
    Effect.gen(function* () {
      const stage = yield* natsStage
      const program = yield* world.ready({
        bucket: yield* stage.connect,
        settings: { safety: { heartbeatMs: 800, monitorSilentMs: 900 } }
      })
      yield* program.desk.submit(market("5"), under("b06"))
      yield* untilStatus(program, "b06", "filled")
      yield* program.desk.submit(resting("5", "290", { symbol: "MSFT" }), under("b06-working"))
      yield* untilStatus(program, "b06-working", "new")
      yield* stage.stop
      const lostMs = performance.now()
      yield* until("the closing", () => program.safetyState.view("", "").killSwitch.state === "unknown")
      assert.isBelow(performance.now() - lostMs, 800 + 500)
      for (const side of ["buy", "sell"] as const) {
        const codes = yield* refusedBy(program, market("1", { side }), under(`b06-${side}`, side === "sell"))
        assert.strictEqual(codes, "KILL_SWITCH,BREAKER", side)
      }
      yield* program.desk.cancel("b06-working", "test")
      yield* untilStatus(program, "b06-working", "canceled")
      yield* stage.start
      yield* untilOpen(program, ["AAPL"])
      yield* program.desk.submit(market("1"), under("b06-after"))
      yield* untilStatus(program, "b06-after", "filled")
    })
)

// A lost database stops trading until it is back, and by itself no longer; a book is written by one program at a time.
import { assert, it } from "@effect/vitest"
import { Context, Effect, Exit, Layer, Option, Redacted, Schedule, Scope } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { CurrentTransformer } from "effect/sql/Statement"
import { decimalText } from "../../../src/kernel/decimal.ts"
import { layer as openStore } from "../../../src/trading/adapters/store/open-store.ts"
import { layer as orderStore } from "../../../src/trading/adapters/store/order-store.ts"
import { asStoreError } from "../../../src/trading/adapters/store/store-fault.ts"
import { intendedOrder } from "../../../src/trading/domain/order/order.ts"
import { OrderStore } from "../../../src/trading/ports/order-store.ts"
import { freePort } from "../../support/free-port.ts"
import { startProxy } from "../../support/nats-proxy.ts"
import { sharedPostgres } from "../../support/postgres-for-tests.ts"
import { clientOf } from "../../support/postgres-server.ts"
import { decimal, proposal } from "../../support/trading/gate-view.ts"
import { untilAnswer } from "../../support/until.ts"

const server = sharedPostgres()
const freshUrl = Effect.promise(() => server().freshUrl())

const order = (id: string) => intendedOrder(id, "h", proposal({ quantity: decimal("10") }).request, 1n)
const reservation = (id: string) => ({
  clientOrderId: id,
  symbol: "AAPL",
  side: "buy" as const,
  quantity: decimal("10"),
  price: decimal("100"),
  reduceOnly: false
})
const fill = (id: string) => ({
  fact: {
    type: "execution",
    source: "stream",
    brokerOrderId: `b-${id}`,
    executionId: `e-${id}`,
    quantity: decimal("4"),
    price: decimal("100"),
    at: 5n
  } as const,
  receivedAt: 6n,
  raw: "{}"
})

/** One program with the book at this address, until its scope ends. */
const startBook = Effect.fnUntraced(function* (url: Redacted.Redacted, settings: Parameters<typeof clientOf>[1] = {}) {
  const scope = yield* Scope.fork(yield* Effect.scope)
  const layer = Layer.fresh(Layer.provideMerge(orderStore, clientOf(url, settings)))
  const context = yield* asStoreError(Layer.buildWithScope(layer, scope))
  return {
    store: Context.get(context, OrderStore),
    sql: Context.get(context, SqlClient),
    end: Scope.close(scope, Exit.void)
  }
})

const throughPort = (url: Redacted.Redacted, port: number) =>
  Redacted.make(Redacted.value(url).replace(/:\d+\//, `:${port}/`))
const endSessions = Effect.promise(() =>
  server().run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'tickd%'")
)

it.live("a second program is refused while the first has the book, and takes it over after", () =>
  Effect.gen(function* () {
    const url = yield* freshUrl
    const first = yield* startBook(url)
    yield* first.store.recordIntent(order("a"), undefined)
    const error = yield* Effect.flip(startBook(url, { writerWaitMs: 200 }))
    assert.strictEqual(error.reason, "busy")
    assert.match(error.message, /another program writes "orders"/)
    // A book in another schema of the same database is another book.
    yield* (yield* startBook(yield* freshUrl)).end
    yield* first.end
    const second = yield* startBook(url)
    assert.isTrue(Option.isSome(yield* second.store.orderOf("a")))
  })
)

it.live("a server that stops is lost, and works again after its start without a new program", () =>
  Effect.gen(function* () {
    const { store } = yield* startBook(yield* freshUrl)
    yield* store.recordIntent(order("a"), reservation("a"))
    for (const signal of ["SIGINT", "SIGKILL"] as const) {
      yield* Effect.promise(() => server().stop(signal))
      const error = yield* Effect.flip(store.recordIntent(order(signal), reservation(signal)))
      assert.strictEqual(error.reason, "lost", error.message)
      assert.match(error.message, /check that it runs and can be reached/)
      yield* Effect.promise(() => server().start())
      yield* Effect.sleep(30)
      const { type } = yield* store.recordIntent(order(signal), reservation(signal))
      assert.strictEqual(type, "stored", "nothing of the failed call was there")
    }
    const { reservations } = yield* store.exposure
    assert.deepStrictEqual(reservations.map(({ clientOrderId }) => clientOrderId).sort(), ["SIGINT", "SIGKILL", "a"])
  })
)

it.live("a session that ends between any two statements leaves a whole call, or nothing of it", () =>
  Effect.gen(function* () {
    const { store, sql } = yield* startBook(yield* freshUrl)
    let endedAt = 0
    for (let at = 0; ; at++) {
      const id = `c${at}`
      let seen = 0
      let ended = false
      const transform = <A>(statement: A) =>
        seen++ === at
          ? Effect.as(
              Effect.tap(endSessions, () => Effect.sync(() => (ended = true))),
              statement
            )
          : Effect.succeed(statement)
      const life = Effect.gen(function* () {
        yield* store.recordIntent(order(id), reservation(id))
        yield* store.applyFacts(id, [fill(id)])
      })
      const exit = yield* Effect.exit(Effect.provideService(life, CurrentTransformer, transform as never))
      if (!ended) break
      endedAt++
      if (Exit.isFailure(exit)) {
        const failed = yield* Effect.flip(Effect.failCause(exit.cause))
        assert.strictEqual(failed.reason, "lost", `statement ${at}: ${failed.message}`)
        yield* Effect.sleep(30)
      }
      const rows = yield* sql<Record<string, unknown>>`SELECT
        (SELECT count(*) FROM intents WHERE client_order_id = ${id}) AS intents,
        (SELECT count(*) FROM orders WHERE client_order_id = ${id}) AS orders,
        (SELECT count(*) FROM reservations WHERE client_order_id = ${id}) AS reservations,
        (SELECT count(*) FROM outbox WHERE body LIKE ${`%"${id}"%`}) AS events,
        (SELECT count(*) FROM fills WHERE client_order_id = ${id}) AS fills,
        (SELECT count(*) FROM facts WHERE client_order_id = ${id}) AS facts,
        (SELECT count(*) FROM order_ids WHERE client_order_id = ${id}) AS ids`
      const counts = Object.values(rows[0] ?? {})
        .map(Number)
        .join("")
      assert.include(["0000000", "1111000", "1112111"], counts, `statement ${at}`)
      yield* life
      assert.strictEqual(decimalText(Option.getOrThrow(yield* store.orderOf(id)).filled), "4")
    }
    assert.isAbove(endedAt, 10, "the sessions end where they are thought to")
  })
)

const refusedForGood = (store: OrderStore["Service"]) =>
  Effect.match(store.exposure, {
    onSuccess: () => assert.fail("the program goes on"),
    onFailure: ({ message }) => message.includes("restart this program")
  })

/** A book behind a proxy. `loseCommit`: the server gets the next commit, and its answer is lost with the session. */
const startCut = Effect.fnUntraced(function* (settings: Parameters<typeof clientOf>[1] = {}, thenAway = false) {
  const seen = { armed: false, lost: false }
  const proxy = yield* startProxy(server().port, (chunk) => {
    if (!seen.armed || !chunk.includes("COMMIT")) return
    seen.armed = false
    proxy.deafen(true)
    setTimeout(() => {
      seen.lost = true
      proxy.resetAll()
      proxy.deafen(false)
      proxy.blackhole(thenAway)
    }, 200)
  })
  const url = yield* freshUrl
  const book = yield* startBook(throughPort(url, proxy.port), settings)
  const loseCommit = Effect.gen(function* () {
    // In a new session the text of the statement is sent, and not only its name.
    yield* endSessions
    yield* Effect.ignore(book.store.orderOf("none"))
    yield* Effect.sleep(30)
    yield* book.store.orderOf("none")
    seen.armed = true
  })
  return { ...book, proxy, seen, loseCommit, url }
})

it.live("a commit whose answer is lost is looked up: the call succeeds", () =>
  Effect.gen(function* () {
    const { store, seen, loseCommit } = yield* startCut()
    yield* loseCommit
    assert.strictEqual((yield* store.recordIntent(order("a"), reservation("a"))).type, "stored")
    assert.isTrue(seen.lost)
    yield* Effect.sleep(30)
    assert.strictEqual((yield* store.outbox(10)).length, 1)
  })
)

it.live("a commit that cannot be looked up in time ends this program's part once it shows that it happened", () =>
  Effect.gen(function* () {
    const { store, proxy, seen, loseCommit, end, url } = yield* startCut({ commitWaitMs: 300 }, true)
    // From here on the book is in memory, which must not be trusted after the unknown commit.
    yield* store.exposure
    yield* loseCommit
    const unknown = yield* Effect.flip(store.recordIntent(order("a"), reservation("a")))
    assert.strictEqual(unknown.reason, "lost")
    assert.isTrue(seen.lost)
    proxy.blackhole(false)
    proxy.resetAll()
    yield* untilAnswer("the refusal", () => Effect.runPromise(refusedForGood(store)))
    assert.isTrue(yield* refusedForGood(store))
    yield* end
    assert.isTrue(Option.isSome(yield* (yield* startBook(url)).store.orderOf("a")))
  })
)

it.live("a program whose session was lost while another one wrote is refused for good", () =>
  Effect.gen(function* () {
    const url = yield* freshUrl
    const proxy = yield* startProxy(server().port)
    const first = yield* startBook(throughPort(url, proxy.port))
    proxy.blackhole(true)
    yield* endSessions
    const second = yield* startBook(url)
    yield* second.store.recordIntent(order("b"), undefined)
    yield* second.end
    proxy.blackhole(false)
    proxy.resetAll()
    yield* untilAnswer("the refusal", () => Effect.runPromise(refusedForGood(first.store)))
    const error = yield* Effect.flip(first.store.recordIntent(order("a"), undefined))
    assert.match(error.message, /another program has written "orders".*restart this program/)
  })
)

it.live("a server that does not answer is lost in time, and its session is given up", () =>
  Effect.gen(function* () {
    const proxy = yield* startProxy(server().port)
    const { store } = yield* startBook(throughPort(yield* freshUrl, proxy.port), { answerTimeoutMs: 300 })
    proxy.blackhole(true)
    const beganMs = performance.now()
    const error = yield* Effect.flip(store.recordIntent(order("a"), reservation("a")))
    assert.strictEqual(error.reason, "lost", error.message)
    assert.isBelow(performance.now() - beganMs, 7000)
    proxy.blackhole(false)
    proxy.resetAll()
    const { type } = yield* store
      .recordIntent(order("a"), reservation("a"))
      .pipe(Effect.retry({ schedule: Schedule.spaced(30), times: 100 }))
    assert.strictEqual(type, "stored")
  })
)

it.live("each fault of the server has its reason, and the call leaves nothing", () =>
  Effect.gen(function* () {
    const { store, sql } = yield* startBook(yield* freshUrl)
    const faults = {
      53100: "full",
      40001: "busy",
      "40P01": "busy",
      "55P03": "busy",
      57014: "busy",
      XX001: "damaged",
      25006: "lost"
    }
    for (const [code, reason] of Object.entries(faults)) {
      yield* sql.unsafe(`CREATE OR REPLACE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'a fault' USING ERRCODE = '${code}'; END $$`)
      yield* sql.unsafe("CREATE OR REPLACE TRIGGER fault BEFORE INSERT ON outbox EXECUTE FUNCTION fault()")
      const error = yield* Effect.flip(store.recordIntent(order("a"), reservation("a")))
      assert.strictEqual(error.reason, reason, `${code}: ${error.message}`)
      yield* sql.unsafe("DROP TRIGGER fault ON outbox")
      assert.isTrue(Option.isNone(yield* store.orderOf("a")))
    }
    assert.strictEqual((yield* store.recordIntent(order("a"), reservation("a"))).type, "stored")
  })
)

it.live("a server that would lose commits in a power loss is refused, and an address without a server is lost", () =>
  Effect.gen(function* () {
    const url = yield* freshUrl
    yield* Effect.promise(() => server().run("ALTER SYSTEM SET fsync = off"))
    yield* Effect.promise(() => server().run("SELECT pg_reload_conf()"))
    yield* Effect.sleep(200)
    const error = yield* Effect.flip(startBook(url))
    assert.match(error.message, /does not keep commits through a power loss: set fsync/)
    yield* Effect.promise(() => server().run("ALTER SYSTEM RESET fsync"))
    yield* Effect.promise(() => server().run("SELECT pg_reload_conf()"))
    yield* Effect.sleep(200)
    yield* startBook(url)
    const place = { kind: "postgres", url: Redacted.make("postgres://tickd@127.0.0.1:1/none") } as const
    const none = yield* Effect.flip(Layer.build(openStore(place)))
    assert.strictEqual(none.reason, "lost")
    assert.match(none.message, /^The book of orders: .*check that it runs and can be reached\.$/)
  })
)

it.live("a login that the server refuses is not a server that does not answer: a start does not wait for it", () =>
  Effect.gen(function* () {
    const url = yield* freshUrl
    for (const [from, to] of [
      ["tickd@", "stranger@"],
      ["/postgres", "/no_such_database"]
    ] as const) {
      const error = yield* Effect.flip(startBook(Redacted.make(Redacted.value(url).replace(from, to))))
      assert.deepStrictEqual([to, error.reason], [to, "refused"])
      assert.match(error.message, /correct user, password, database and rights/)
    }
    const nothing = yield* Effect.flip(startBook(throughPort(url, yield* Effect.promise(freePort))))
    assert.strictEqual(nothing.reason, "lost")
  }).pipe(Effect.scoped)
)

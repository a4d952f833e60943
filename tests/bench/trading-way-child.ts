// Orders through the whole way of the daemon, in a process of their own. Argument: JSON, see `Argument`. Prints JSON.
import { spawn } from "node:child_process"
import { subscribe } from "node:diagnostics_channel"
import { once } from "node:events"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Worker } from "node:worker_threads"
import { make as connectPostgres } from "@effect/sql-pg/PgConnection"
import { BigDecimal, Context, Effect, Layer, Redacted } from "effect"
import { Secret } from "../../src/kernel/secret.ts"
import { instantOfMs } from "../../src/kernel/time/utc-instant.ts"
import { alpacaSettings, oneHostUrls } from "../../src/trading/adapters/alpaca/settings.ts"
import { layer as alpaca } from "../../src/trading/adapters/alpaca/venue.ts"
import { judge } from "../../src/trading/domain/risk/judge.ts"
import type { Limits } from "../../src/trading/domain/risk/limits.ts"
import { afterChanges } from "../../src/trading/domain/risk/reservation-sums.ts"
import { Venue } from "../../src/trading/ports/venue.ts"
import { clientOf } from "../support/postgres-server.ts"
import { wire } from "../support/trading/alpaca-client.ts"
import { held, openMs, openView, proposal, working } from "../support/trading/gate-view.ts"
import { limitOrder, startWorld } from "../support/trading/order-world.ts"
import { makeScriptedVenue } from "../support/trading/scripted-venue.ts"

interface Argument {
  readonly measure: "gate" | "submit" | "dry"
  readonly folder: string
  /** Of PostgreSQL; omit for SQLite in `folder`. */
  readonly url?: string
}
const argument = JSON.parse(process.argv[2] ?? "{}") as Argument

const hundred = BigDecimal.fromBigInt(100n)
const wide = BigDecimal.fromBigInt(10n ** 12n)
/** Limits that a benchmark does not reach: every check is still evaluated. */
const wideLimits = (now: Limits): Limits => ({
  ...now,
  positionQuantity: wide,
  positionShare: wide,
  grossNotional: wide,
  netNotional: wide,
  longNotional: wide,
  shortNotional: wide,
  ordersPerMinute: 1_000_000,
  repeatedExecutions: 1_000_000
})

/**
 * Microseconds of each judgement: 50 positions, 100 working orders, 1,000 orders and executions of the minute before.
 * Between two orders ten symbols get another quote, and one working order changes.
 */
const gate = (): ReadonlyArray<number> => {
  const symbols = Array.from({ length: 50 }, (_, at) => `S${at}`)
  const quote = { bid: hundred, ask: hundred, at: instantOfMs(openMs - 100), taint: "" }
  const base = openView()
  const quotes = new Map([...base.quotes, ...symbols.map((symbol) => [symbol, quote] as const)])
  const start = openView({
    positions: new Map(symbols.map((symbol) => held(symbol, "10"))),
    reservations: Array.from({ length: 100 }, (_, at) =>
      working(at < 10 || at % 2 === 0 ? "buy" : "sell", "1", {
        clientOrderId: `w${at}`,
        symbol: at < 10 ? "AAPL" : `S${at % 50}`
      })
    ),
    quotes,
    recentOrders: Array.from({ length: 1000 }, (_, at) => ({ atMs: openMs - 50_000 + at * 50, payloadHash: `p${at}` })),
    recentExecutions: Array.from({ length: 1000 }, (_, at) => ({
      atMs: openMs - 50_000 + at * 50,
      strategyId: `s${at % 10}`,
      symbol: `S${at % 50}`,
      side: "buy" as const
    })),
    limits: wideLimits(base.limits)
  })
  const one = proposal()
  const times: Array<number> = []
  let { reservations } = start
  for (let at = 0; at < 25_000; at++) {
    for (let moved = 0; moved < 10; moved++) {
      quotes.set(symbols[(at + moved * 5) % 50] as string, {
        ...quote,
        bid: BigDecimal.make(9900n + BigInt(at % 99), 2)
      })
    }
    const before = reservations[at % 100]
    const after = { ...(before as NonNullable<typeof before>), quantity: BigDecimal.make(BigInt(1 + (at % 7)), 0) }
    reservations = afterChanges(reservations, reservations.with(at % 100, after), [{ before, after }])
    const view = { ...start, reservations }
    const began = process.hrtime.bigint()
    const { allowed } = judge(view, one)
    const ended = process.hrtime.bigint()
    if (!allowed) throw new Error("the gate refuses the order of the benchmark")
    if (at >= 5000) times.push(Number(ended - began) / 1000)
  }
  return times
}

/** Posts `[order, instant of its request]` a number of times a second, by a clock that the main thread cannot delay. */
const sender = `const { parentPort, workerData } = require("node:worker_threads")
const cell = new Int32Array(new SharedArrayBuffer(4))
const began = process.hrtime.bigint()
for (let at = 0; at < workerData.count; at++) {
  const due = began + BigInt(at) * BigInt(Math.round(1e9 / workerData.rate))
  const waitNs = Number(due - process.hrtime.bigint())
  if (waitNs > 0) Atomics.wait(cell, 0, 0, waitNs / 1e6)
  parentPort.postMessage([at, process.hrtime.bigint()])
}`

/** Milliseconds from each request to the headers of its POST on the wire, at 100 orders a second. */
const submit = Effect.gen(function* () {
  const child = spawn(process.execPath, [join(import.meta.dirname, "trading-venue-child.ts")], {
    stdio: ["pipe", "pipe", "inherit"]
  })
  const [line] = (yield* Effect.promise(() => once(child.stdout, "data"))) as [Buffer]
  const { url } = JSON.parse(line.toString()) as { readonly url: string }
  const keys = { id: new Secret("bench"), secret: new Secret("bench") }
  const built = yield* Layer.build(Layer.provide(alpaca(alpacaSettings(oneHostUrls(url), keys)), wire))
  const real = Context.get(built, Venue)
  const asked: Array<string> = []
  const sent = new Map<string, bigint>()
  // Requests leave in the order in which they were made: each POST of an order is the oldest that has not left.
  subscribe("undici:client:sendHeaders", (message) => {
    const { request } = message as { readonly request: { readonly method: string; readonly path: string } }
    const id = request.method === "POST" && request.path === "/v2/orders" ? asked.shift() : undefined
    if (id !== undefined) sent.set(id, process.hrtime.bigint())
  })
  const venue = Venue.of({
    ...real,
    submit: (clientOrderId, request) =>
      Effect.suspend(() => {
        asked.push(clientOrderId)
        return real.submit(clientOrderId, request)
      })
  })
  const scripted = { ...makeScriptedVenue(), venue }
  const world = yield* startWorld({ path: join(argument.folder, "book.db"), venue: scripted, mode: "live" })
  yield* world.limits.change("bench", "bench", wideLimits)
  while (!world.watch.listening()) yield* Effect.sleep(10)
  const warm = 200
  const count = warm + 1000
  const times: Array<number> = []
  const failures: Array<unknown> = []
  yield* Effect.callback<void>((resume) => {
    const worker = new Worker(sender, { eval: true, workerData: { count, rate: 100 } })
    let left = count
    worker.on("message", ([at, askedAt]: [number, bigint]) => {
      const id = `o${at}`
      Effect.runFork(
        world.desk
          .submit(limitOrder("1", { nonce: id }), { clientOrderId: id, reduceOnly: false, by: "bench" })
          .pipe(Effect.exit)
      ).addObserver((exit) => {
        if (exit._tag === "Success" && exit.value._tag === "Failure") failures.push(exit.value.cause)
        const look = () => {
          const leftAt = sent.get(id)
          if (leftAt === undefined && failures.length === 0) return setTimeout(look, 5)
          if (leftAt !== undefined && at >= warm) times.push(Number(leftAt - askedAt) / 1e6)
          if (--left === 0) resume(Effect.void)
          return undefined
        }
        look()
      })
    })
  })
  child.stdin.end()
  if (failures.length > 0) return yield* Effect.die(failures[0])
  return times
})

/** Transactions a second with one small row each: what the store can do at most without sharing a commit. */
const bareSqlite = (): number => {
  const database = new DatabaseSync(join(argument.folder, "bare.db"))
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE rows (body TEXT)")
  const insert = database.prepare("INSERT INTO rows VALUES (?)")
  const beganMs = performance.now()
  for (let at = 0; at < 1000; at++) insert.run("x".repeat(500))
  const rate = 1_000_000 / (performance.now() - beganMs)
  database.close()
  return rate
}

const barePostgres = (url: Redacted.Redacted) =>
  Effect.gen(function* () {
    const connection = yield* connectPostgres({ url })
    yield* connection.query("CREATE TABLE bare_rows (body TEXT)")
    const beganMs = performance.now()
    for (let at = 0; at < 1000; at++) yield* connection.query("INSERT INTO bare_rows VALUES ($1)", ["x".repeat(500)])
    return 1_000_000 / (performance.now() - beganMs)
  })

/** Dry-run orders a second, 64 at once, and the bare transactions of the same store right before. */
const dry = Effect.gen(function* () {
  const url = argument.url === undefined ? undefined : Redacted.make(argument.url)
  const bare = url === undefined ? bareSqlite() : yield* Effect.scoped(barePostgres(url))
  const world = yield* startWorld({
    mode: "dry",
    ...(url === undefined ? { path: join(argument.folder, "book.db") } : { database: clientOf(url) })
  })
  yield* world.limits.change("bench", "bench", wideLimits)
  const send = (at: number) =>
    world.desk.submit(limitOrder("1", { nonce: `${at}` }), { clientOrderId: `o${at}`, reduceOnly: false, by: "bench" })
  const measure = Effect.fnUntraced(function* (from: number, count: number) {
    const beganMs = performance.now()
    const orders = Array.from({ length: count }, (_, at) => from + at)
    yield* Effect.forEach(orders, send, { concurrency: 64, discard: true })
    return (count / (performance.now() - beganMs)) * 1000
  })
  yield* measure(0, 1000)
  return { bare, rate: yield* measure(1000, 8000) }
})

const measured =
  argument.measure === "gate"
    ? Effect.succeed({ times: gate() })
    : argument.measure === "submit"
      ? Effect.map(submit, (times) => ({ times }))
      : dry
console.log(JSON.stringify(await Effect.runPromise(Effect.scoped(measured as Effect.Effect<object>))))
process.exit(0)

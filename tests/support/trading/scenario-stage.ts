// A stage for the failure scenarios: the simulated venue on a real port, a log of what is sent to it, and a wall clock
// that agrees with the venue's.
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option, type Scope } from "effect"
import { HttpClient, transform } from "effect/http/HttpClient"
import { decimalText, zero } from "../../../src/kernel/decimal.ts"
import { Secret } from "../../../src/kernel/secret.ts"
import { OpenSocket, openWebSocket } from "../../../src/trading/adapters/alpaca/link/text-socket.ts"
import { fetchLayer } from "../../../src/trading/adapters/alpaca/rest/rest-client.ts"
import {
  type AlpacaSettings,
  alpacaSettings,
  defaultLinkTimes,
  defaultQuoteTimes,
  oneHostUrls
} from "../../../src/trading/adapters/alpaca/settings.ts"
import { MemorySafetyStore } from "../../../src/trading/adapters/memory/safety-bucket.ts"
import type { OrderRequest } from "../../../src/trading/domain/order/order-request.ts"
import { initialBreaker } from "../../../src/trading/domain/safety/breaker.ts"
import { initialKillSwitch } from "../../../src/trading/domain/safety/kill-switch.ts"
import { temporaryFolder } from "../nats-server.ts"
import { settableWall } from "../settable-wall.ts"
import { decimal, proposal } from "./gate-view.ts"
import { paperKeys, startTestVenue } from "./paper-world.ts"
import { safetyAct } from "./safety-state-contract.ts"
import { type Program, type ProgramOptions, startProgram } from "./scenario-program.ts"

/** One request as it left, and its status: 0 until it is answered. */
interface Sent {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly body: Record<string, string>
  status: number
}

const why = { by: "ops", reason: "started by the test of a failure scenario" }

/** Short pauses, so that a scenario takes milliseconds. */
const link = { ...defaultLinkTimes, pauseMinMs: 40, pauseMaxMs: 160 }

const recorded = (sent: Array<Sent>) => (client: HttpClient) =>
  transform(client, (answer, request) => {
    const url = new URL(request.url)
    const { body } = request
    const text = body._tag === "Uint8Array" ? new TextDecoder().decode(body.body) : "{}"
    const query = request.urlParams.params.map((pair) => pair.join("=")).join("&")
    const one: Sent = { method: request.method, path: url.pathname, query, body: JSON.parse(text), status: 0 }
    sent.push(one)
    return Effect.tap(answer, ({ status }) => Effect.sync(() => void (one.status = status)))
  })

/** The adapter's settings for a simulated venue: with short pauses. */
export const settingsFor = (url: string, more: Partial<AlpacaSettings> = {}): AlpacaSettings => ({
  ...alpacaSettings(oneHostUrls(url), { id: new Secret(paperKeys.keyId), secret: new Secret(paperKeys.secret) }),
  requestMs: 500,
  link,
  quotes: { ...defaultQuoteTimes, sweepMs: 100 },
  ...more
})

export interface WorldOptions {
  /** The wall clock of the program minus the venue's, milliseconds. */
  readonly skewMs?: number
  readonly paper?: Parameters<typeof startTestVenue>[0]
}

// Updates come by both ways, as they do by default. An event that the venue loses is on neither of them.

/** The venue, its log, and programs that start on it. Everything ends with the scope. */
const tradeWorld = Effect.fnUntraced(function* (options: WorldOptions = {}) {
  const server = yield* Effect.acquireRelease(
    Effect.promise(() => startTestVenue({ stepNs: 50_000_000n, updatesAlike: true, ...options.paper })),
    (one) => Effect.promise(() => one.close())
  )
  const folder = yield* temporaryFolder
  const { wall, set } = yield* settableWall
  wall.offMs = Number(server.clock.now() / 1_000_000n) - Date.now() + (options.skewMs ?? 0)
  const sent: Array<Sent> = []
  const connects: Array<{ readonly path: string; readonly atMs: number }> = []
  const wire = Layer.merge(
    Layer.effect(HttpClient, Effect.map(HttpClient, recorded(sent))).pipe(Layer.provide(fetchLayer)),
    Layer.succeed(OpenSocket, (url, events) => {
      connects.push({ path: new URL(url).pathname, atMs: performance.now() })
      return openWebSocket(url, events)
    })
  )
  const safety = new MemorySafetyStore()
  const fault = (name: string, fields: Record<string, unknown> = {}) => {
    const refused = server.fault({ fault: name, ...fields })
    if (refused !== undefined) throw new Error(`fault ${name}: ${refused.message}`)
  }
  const pin = (symbol: string, bid: string, ask: string) => fault("pin", { symbol, bid, ask })
  pin("AAPL", "99.99", "100.01")
  pin("MSFT", "299.9", "300.1")

  const programs: Array<Program> = []
  const start = (more: Partial<Omit<ProgramOptions, "alpaca">> & { readonly alpaca?: Partial<AlpacaSettings> } = {}) =>
    startProgram({
      wire,
      bucket: safety.layer,
      path: join(folder, "book.db"),
      ...more,
      alpaca: settingsFor(server.url, more.alpaca)
    }).pipe(Effect.tap((program) => Effect.sync(() => void programs.push(program))))
  /** A program that trades: initialised, with quotes, and open. */
  const ready = Effect.fnUntraced(function* (more: Parameters<typeof start>[0] = {}, symbols = ["AAPL"]) {
    const program = yield* start(more)
    yield* opened(program, symbols)
    return program
  })
  /** An order of another program of the same account. Succeeds with its client id. */
  const placeOutside = (body: Record<string, string>) =>
    Effect.promise(async () => {
      const headers = { "APCA-API-KEY-ID": paperKeys.keyId, "APCA-API-SECRET-KEY": paperKeys.secret }
      const order = JSON.stringify({ time_in_force: "day", ...body })
      const answer = await fetch(`${server.url}/v2/orders`, { method: "POST", headers, body: order })
      const placed = (await answer.json()) as { readonly client_order_id?: string; readonly message?: string }
      if (placed.client_order_id === undefined) throw new Error(placed.message)
      return placed.client_order_id
    })
  const posts = () => sent.filter(({ method, path }) => method === "POST" && path === "/v2/orders")
  return {
    server,
    folder,
    wall,
    set,
    sent,
    posts,
    placeOutside,
    connects,
    programs,
    safety,
    fault,
    pin,
    start,
    ready,
    why
  }
})

/** A test on a stage of its own, under the wall clock of the stage. No part of a program may fail in it. */
export const scenario = (
  title: string,
  body: (world: World) => Effect.Effect<void, unknown, Scope.Scope>,
  options: WorldOptions = {}
) =>
  it.live(title, () =>
    Effect.flatMap(tradeWorld(options), (world) => {
      const failures = () =>
        world.programs.flatMap(({ heard, restarts }) => [
          ...restarts,
          ...heard.flatMap((event) => (event.type === "updatesLost" ? [`updates lost: ${event.cause}`] : []))
        ])
      return world.set(body(world)).pipe(
        Effect.tapCause(() => Effect.sync(() => console.log(`${title}: ${failures().join("; ")}`))),
        Effect.andThen(
          Effect.sync(() =>
            assert.deepStrictEqual(
              world.programs.flatMap(({ restarts }) => restarts),
              []
            )
          )
        )
      )
    })
  )

export type World = Effect.Success<ReturnType<typeof tradeWorld>>

/** What keeps an entry out, apart from the order itself; empty when the gate is open. */
const closedBy = (program: Program, symbols: ReadonlyArray<string> = []): ReadonlyArray<string> => {
  const { nowMs, quotes, reconciler, safetyState, watch } = program
  const { breakers, killSwitch } = safetyState.view("alpha", "AAPL")
  const conditions = {
    listening: watch.listening(),
    account: watch.account() !== undefined,
    clock: watch.exchangeNow(nowMs()) !== undefined,
    reconciliation: reconciler.view() === "open",
    "kill switch": killSwitch.state === "active",
    breakers: breakers.every(({ state }) => state === "open"),
    quotes: symbols.every((symbol) => {
      const [quote, venueNow] = [quotes.quote(symbol), watch.exchangeNow(nowMs())]
      return quote !== undefined && venueNow !== undefined && venueNow - quote.at < 10_000_000_000n
    }),
    volumes: symbols.every((symbol) => quotes.averageDailyVolume(symbol) !== undefined)
  }
  return Object.entries(conditions).flatMap(([name, holds]) => (holds ? [] : [name]))
}

/** Waits until every condition of an entry holds. */
export const untilOpen = Effect.fnUntraced(function* (program: Program, symbols: ReadonlyArray<string> = []) {
  for (let turn = 0; turn < 500; turn++) {
    if (closedBy(program, symbols).length === 0) return
    yield* Effect.sleep(10)
  }
  return yield* Effect.die(new Error(`the gate is closed by ${closedBy(program, symbols).join(", ")}`))
})

/** Initialises, arms and waits until every condition of an entry holds. */
export const opened = Effect.fnUntraced(function* (program: Program, symbols: ReadonlyArray<string>) {
  // Not by the command: a killed program's records stay in NATS, but here they go with its process, and begin anew.
  yield* program.safetyState.initialise(initialKillSwitch(safetyAct()), initialBreaker(safetyAct()))
  const { today } = yield* program.arming.status
  yield* program.arming.arm({ ...why, day: today })
  for (const symbol of symbols) yield* program.quotes.want(symbol, "test")
  yield* untilOpen(program, symbols)
})

let nonces = 0

/** An order for AAPL at the market. Each has another nonce. */
export const market = (quantity: string, more: Partial<OrderRequest> = {}): OrderRequest =>
  proposal({ quantity: decimal(quantity), nonce: `n${++nonces}`, ...more }).request
/** One that rests: far enough from the market, and within the price collar. */
export const resting = (quantity: string, limit = "96", more: Partial<OrderRequest> = {}): OrderRequest =>
  market(quantity, { type: "limit", limitPrice: decimal(limit), ...more })

export const under = (clientOrderId: string, reduceOnly = false) => ({ clientOrderId, reduceOnly, by: "test" })

export const orderOf = ({ store }: Program, id: string) => Effect.map(store.orderOf(id), Option.getOrThrow)
/** Waits until the order of the book is so. */
export const untilOrder = Effect.fnUntraced(function* (
  program: Program,
  id: string,
  what: string,
  holds: (order: Effect.Success<ReturnType<typeof orderOf>>) => boolean
) {
  for (let turn = 0; turn < 500; turn++) {
    const order = yield* program.store.orderOf(id)
    if (Option.isSome(order) && holds(order.value)) return order.value
    yield* Effect.sleep(10)
  }
  const last = yield* program.store.orderOf(id)
  return yield* Effect.die(new Error(`order ${id} is not ${what}, but ${Option.getOrUndefined(last)?.status}`))
})
export const untilStatus = (program: Program, id: string, status: string) =>
  untilOrder(program, id, status, (order) => order.status === status)

/** Shares of the book, as text. */
export const positionOf = ({ store }: Program, symbol = "AAPL") =>
  Effect.map(store.exposure, ({ positions }) => decimalText(positions.get(symbol)?.quantity ?? zero))

export const codesOf = (findings: ReadonlyArray<{ readonly code: string; readonly outcome: string }>) =>
  findings.filter(({ outcome }) => outcome === "refuse").map(({ code }) => code)

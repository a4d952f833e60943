import { BigDecimal, Clock, Effect, Result } from "effect"
import { chanceOf } from "../../simulator/paper/core/paper-ids.ts"
import type { OrderRequest } from "../../trading/domain/order/order-request.ts"
import { OrderDesk } from "../../trading/ports/order-desk.ts"
import { OrderStore } from "../../trading/ports/order-store.ts"
import { Quotes } from "../../trading/ports/quotes.ts"
import { Safety } from "../../trading/ports/safety.ts"

export const demoSymbols = ["AAPL", "MSFT", "NVDA", "AMZN", "META"]
const everyMs = 120
const by = "demo"

/** What the script did, and what became of it. */
export interface ScriptCounts {
  submitted: number
  /** Refused by the gate: no intent was stored. */
  gateRefused: number
  cancels: number
  replaces: number
  exits: number
  /** Entries that were refused because the kill switch was engaged. */
  killRefused: number
  /** Entries that passed while the kill switch was engaged: there must be none. */
  killPassed: number
  readonly codes: Map<string, number>
}

/**
 * The orders of a demo, from its seed: entries at the market and at limits, cancels, changes, exits, and in the middle
 * an episode with the kill switch. It never ends.
 */
export const makeDemoScript = Effect.fnUntraced(function* (seed: number, lastsMs: number) {
  const [entrance, store, quotes, safety] = [yield* OrderDesk, yield* OrderStore, yield* Quotes, yield* Safety]
  const counts: ScriptCounts = {
    submitted: 0,
    gateRefused: 0,
    cancels: 0,
    replaces: 0,
    exits: 0,
    killRefused: 0,
    killPassed: 0,
    codes: new Map()
  }
  let engaged = false
  const whole = (count: number) => BigDecimal.fromBigInt(BigInt(count))
  const pick = <A>(items: ReadonlyArray<A>, chance: number): A | undefined => items[Math.floor(chance * items.length)]

  const submit = Effect.fnUntraced(function* (request: OrderRequest, reduceOnly: boolean) {
    const isEntry = engaged && !reduceOnly
    const result = yield* Effect.result(entrance.submit(request, { reduceOnly, by }))
    if (Result.isSuccess(result)) {
      counts.submitted++
      if (isEntry && result.success.kind === "entry") counts.killPassed++
      return
    }
    counts.gateRefused++
    const { failure } = result
    const codes = failure._tag === "OrderRefused" ? failure.findings.filter(({ outcome }) => outcome === "refuse") : []
    for (const { code } of codes) counts.codes.set(code, (counts.codes.get(code) ?? 0) + 1)
    if (isEntry && codes.some(({ code }) => code === "KILL_SWITCH")) counts.killRefused++
  })

  /** A limit price at a distance from the bid, in millionths of it. */
  const limitOf = (symbol: string, millionths: number) => {
    const quote = quotes.quote(symbol)
    if (quote === undefined) return undefined
    const factor = BigDecimal.make(BigInt(1_000_000 + Math.round(millionths)), 6)
    return BigDecimal.round(BigDecimal.multiply(quote.bid, factor), { scale: 2 })
  }

  const entry = Effect.fnUntraced(function* (turn: number, chance: (what: string) => number) {
    const symbol = pick(demoSymbols, chance("symbol")) ?? "AAPL"
    const { positions } = yield* store.exposure
    const isShort = BigDecimal.isNegative(positions.get(symbol)?.quantity ?? whole(0))
    const isLimit = chance("limit") < 0.6
    // Within the spread and beyond it: some fill at once, some wait.
    const limitPrice = isLimit ? limitOf(symbol, 1000 - chance("price") * 4000) : undefined
    if (isShort || (isLimit && limitPrice === undefined)) return
    const request = {
      symbol,
      side: "buy" as const,
      quantity: whole(1 + Math.floor(chance("quantity") * 8)),
      type: isLimit ? ("limit" as const) : ("market" as const),
      timeInForce: "day" as const,
      limitPrice,
      strategyId: "demo",
      nonce: `${seed}-${turn}`
    }
    yield* submit(request, false)
  })

  const exit = Effect.fnUntraced(function* (turn: number, chance: (what: string) => number) {
    const { positions } = yield* store.exposure
    const held = [...positions.values()].filter(({ quantity }) => BigDecimal.isGreaterThanOrEqualTo(quantity, whole(1)))
    const position = pick(held, chance("exit"))
    if (position === undefined) return
    // The venue refuses an exit while an entry of the symbol works on the other side.
    const against = (yield* store.workingOrders).filter(
      ({ request: { side, symbol } }) => symbol === position.symbol && side === "buy"
    )
    for (const { clientOrderId } of against) yield* Effect.ignore(entrance.cancel(clientOrderId, by))
    if (against.length > 0) return void (counts.cancels += against.length)
    counts.exits++
    const half = BigDecimal.truncate(BigDecimal.multiply(position.quantity, BigDecimal.make(5n, 1)))
    const quantity = BigDecimal.max(whole(1), half)
    const nonce = `${seed}-${turn}`
    const { symbol } = position
    const request = {
      symbol,
      side: "sell",
      quantity,
      type: "market",
      timeInForce: "day",
      strategyId: "demo",
      nonce
    } as const
    yield* submit(request, true)
  })

  const change = Effect.fnUntraced(function* (kind: "cancel" | "replace", chance: (what: string) => number) {
    const working = (yield* store.workingOrders).filter(({ brokerOrderId }) => brokerOrderId !== undefined)
    const order = pick(working, chance(kind))
    if (order === undefined) return
    const { clientOrderId, request } = order
    if (kind === "cancel" || request.limitPrice === undefined) {
      counts.cancels++
      return yield* Effect.ignore(entrance.cancel(clientOrderId, by))
    }
    counts.replaces++
    const limitPrice = limitOf(request.symbol, -chance("price") * 2000)
    if (limitPrice !== undefined) yield* Effect.ignore(entrance.replace(clientOrderId, { limitPrice }, by))
  })

  const turnOf = Effect.fnUntraced(function* (turn: number) {
    const chance = (what: string) => chanceOf(seed, `${turn}:${what}`)
    const kind = chance("kind")
    if (kind < 0.55) return yield* entry(turn, chance)
    if (kind < 0.75) return yield* exit(turn, chance)
    yield* change(kind < 0.88 ? "cancel" : "replace", chance)
  })

  const reason = "the demo shows an engaged kill switch"
  const run = Effect.gen(function* () {
    const startedMs = yield* Clock.currentTimeMillis
    for (let turn = 0; ; turn++) {
      const share = ((yield* Clock.currentTimeMillis) - startedMs) / lastsMs
      const isEpisode = share >= 0.45 && share < 0.55
      if (isEpisode && !engaged) {
        engaged = true
        yield* Effect.ignore(safety.engage({ by, reason }, "entries"))
      } else if (!isEpisode && engaged) {
        yield* Effect.ignore(safety.disengage({ by, reason: "the episode of the demo is over" }))
        engaged = false
      }
      // A store that is busy costs this turn only.
      yield* Effect.ignore(turnOf(turn))
      yield* Effect.sleep(everyMs)
    }
  })
  return { run: run as Effect.Effect<never>, counts: counts as Readonly<ScriptCounts>, isEngaged: () => engaged }
})

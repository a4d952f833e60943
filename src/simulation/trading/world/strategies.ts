import { BigDecimal, Context, Effect, Exit } from "effect"
import { type Decimal, parseDecimal } from "../../../kernel/decimal.ts"
import type { OrderRequest } from "../../../trading/domain/order/order-request.ts"
import type { Side } from "../../../trading/domain/order/order-words.ts"
import type { OrderChange } from "../../../trading/domain/order/venue-order.ts"
import { OrderDesk } from "../../../trading/ports/order-desk.ts"
import type { Dice } from "../../faults/dice.ts"
import type { BookRows, OrderRow } from "../witnesses/book-rows.ts"
import { simSymbols, type TradeWorld } from "./trade-world.ts"

const strategyIds = ["alpha", "beta"] as const
const meanGapMs = 4000
/** Earlier requests that are sent once more. */
const keptMax = 20

const decimal = (text: string): Decimal => {
  const value = parseDecimal(text)
  if (value === undefined) throw new Error(`no decimal: ${text}`)
  return value
}
const cents = (units: number): Decimal => BigDecimal.normalize(BigDecimal.make(BigInt(Math.round(units / 100)), 2))

interface Sent {
  readonly id: string
  readonly request: OrderRequest
}

/** Programs that send, change and cancel orders through the one way that ships, at random moments. */
export class Strategies {
  requests = 0
  /** Client ids of which the daemon said that it has them. */
  readonly accepted = new Set<string>()
  private isGoing = true
  private readonly kept: Array<Sent> = []
  private readonly world: TradeWorld
  private readonly rows: BookRows
  private readonly dice: Dice

  constructor(world: TradeWorld, rows: BookRows, dice: Dice) {
    this.world = world
    this.rows = rows
    this.dice = dice
    this.next()
  }

  stop(): void {
    this.isGoing = false
  }

  /** Asks for a cancel of every order of the book that works. */
  cancelAll(): void {
    for (const { id, isTerminal } of this.rows.orders()) if (!isTerminal) this.cancel(id)
  }

  private next(): void {
    this.world.time.later(this.dice.gapMs(meanGapMs), () => {
      if (!this.isGoing) return
      this.act()
      this.next()
    })
  }

  private act(): void {
    const chance = this.dice.next()
    if (chance < 0.46) return this.enter()
    if (chance < 0.66) return this.leave()
    if (chance < 0.78) return this.onWorking((order) => this.cancel(order.id))
    if (chance < 0.88) return this.onWorking((order) => this.change(order))
    if (chance < 0.93) return this.again()
    if (chance < 0.96) return this.submit({ ...this.entry(), quantity: decimal("100000") }, false)
    for (let count = this.dice.whole(2, 5); count > 0; count--) this.enter()
  }

  private onWorking(act: (order: OrderRow) => void): void {
    const working = this.rows.orders("WHERE o.terminal = 0")
    if (working.length > 0) act(this.dice.pick(working))
  }

  /** Price of a side, better or worse for the market by so many cents. */
  private price(symbol: string, side: Side, worse: number): Decimal {
    const { state } = this.world.exchange.venue
    const { ask, bid } = state.market.quote(symbol, state.clock)
    return cents(side === "buy" ? ask - worse * 100 : bid + worse * 100)
  }

  private entry(): OrderRequest {
    const { dice } = this
    const symbol = dice.pick(simSymbols)
    const side: Side = dice.next() < 0.7 ? "buy" : "sell"
    return this.request(symbol, side, dice.whole(1, 150))
  }

  private request(symbol: string, side: Side, count: number): OrderRequest {
    const { dice } = this
    const common = { symbol, side, strategyId: dice.pick(strategyIds), nonce: `n${++this.requests}` }
    const chance = dice.next()
    if (chance < 0.15 && side === "buy") {
      const quantity = decimal(`${count}.${dice.whole(1, 999_999_999)}`)
      return { ...common, quantity: BigDecimal.normalize(quantity), type: "market", timeInForce: "day" }
    }
    const quantity = decimal(String(count))
    if (chance < 0.35) return { ...common, quantity, type: "market", timeInForce: "day" }
    if (chance < 0.45) {
      const stopPrice = this.price(symbol, side, -dice.whole(2, 40))
      return { ...common, quantity, type: "stop", timeInForce: "day", stopPrice }
    }
    const timeInForce = dice.pick(["day", "gtc", "ioc", "fok"] as const)
    // Some cross the market at once, some rest near it, some far from it.
    const limitPrice = this.price(symbol, side, dice.pick([-20, -5, 2, 10, 60]))
    return { ...common, quantity, type: "limit", timeInForce, limitPrice }
  }

  private enter(): void {
    this.submit(this.entry(), false)
  }

  private leave(): void {
    const held = this.rows.all("SELECT symbol, quantity FROM positions WHERE quantity <> 0")
    if (held.length === 0) return this.enter()
    const { quantity, symbol } = this.dice.pick(held)
    const whole = quantity as bigint
    const size = whole < 0n ? -whole : whole
    const all = BigDecimal.normalize(BigDecimal.make(size, 9))
    const request = this.request(String(symbol), whole > 0n ? "sell" : "buy", 1)
    const part = BigInt(this.dice.whole(1, 4))
    const shares = size / 1_000_000_000n / part
    if (this.dice.next() < 0.3) {
      return this.submit(
        { ...request, quantity: all, type: "market", timeInForce: "day", limitPrice: undefined, stopPrice: undefined },
        true
      )
    }
    if (shares > 0n) this.submit({ ...request, quantity: BigDecimal.fromBigInt(shares) }, true)
  }

  private again(): void {
    if (this.kept.length === 0) return
    const { id, request } = this.dice.pick(this.kept)
    // The same id for another payload is refused.
    const other = this.dice.next() < 0.3
    this.send(id, other ? { ...request, quantity: BigDecimal.sum(request.quantity, decimal("1")) } : request, false)
  }

  private submit(request: OrderRequest, reduceOnly: boolean): void {
    const id = `s${this.world.seed}-${this.requests}-${this.dice.whole(1000, 9999)}`
    this.kept.push({ id, request })
    if (this.kept.length > keptMax) this.kept.shift()
    this.send(id, request, reduceOnly)
  }

  private send(id: string, request: OrderRequest, reduceOnly: boolean): void {
    const { symbol, side, type } = request
    this.ask(`submit ${id} ${side} ${symbol} ${type}`, (desk) =>
      desk
        .submit(request, { clientOrderId: id, reduceOnly, by: request.strategyId })
        .pipe(Effect.tap(({ order }) => Effect.sync(() => void this.accepted.add(order.clientOrderId))))
    )
  }

  private cancel(id: string): void {
    this.ask(`cancel ${id}`, (desk) => desk.cancel(id, "alpha"))
  }

  private change({ id, side, symbol }: OrderRow): void {
    const { dice } = this
    const change: OrderChange =
      dice.next() < 0.5
        ? { limitPrice: this.price(symbol, side, dice.pick([-5, 5, 30])) }
        : { quantity: decimal(String(dice.whole(1, 150))), limitPrice: this.price(symbol, side, dice.pick([2, 30])) }
    this.ask(`replace ${id}`, (desk) => desk.replace(id, change, "alpha"))
  }

  /** A request to the running process. Of one that dies meanwhile nothing is heard. */
  private ask<A, E extends { readonly message: string }>(
    what: string,
    call: (desk: OrderDesk["Service"]) => Effect.Effect<A, E>
  ): void {
    const run = this.world.run()
    const { trace } = this.world
    if (run === undefined) return trace.note("request", `${what}: no process`)
    const desk = Context.get(run.services, OrderDesk)
    trace.note("request", what)
    const fiber = Effect.runForkWith(run.process.services)(Effect.result(call(desk)))
    fiber.addObserver((exit) => {
      if (!run.process.alive) return
      if (Exit.isFailure(exit)) {
        if (!Exit.hasInterrupts(exit)) this.world.complain(`${what} ended with a defect: ${String(exit.cause)}`)
      } else if (exit.value._tag === "Failure") trace.note("refused", `${what}: ${exit.value.failure.message}`)
    })
  }
}

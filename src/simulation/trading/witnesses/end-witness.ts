import { BigDecimal, Context, Effect } from "effect"
import { decimalText } from "../../../kernel/decimal.ts"
import { wholeOf } from "../../../trading/adapters/store/order-rows.ts"
import { Reconciler, type ReconciliationReport } from "../../../trading/ports/reconciler.ts"
import type { Strategies } from "../world/strategies.ts"
import type { TradeWorld } from "../world/trade-world.ts"
import type { BookRows } from "./book-rows.ts"
import type { BookWitness } from "./book-witness.ts"
import type { GateWitness } from "./gate-witness.ts"

const reconcileMs = 60_000
const shares = (whole: bigint): string => String(Number(whole) / 1e9)

/** Compares the book with the venue's own record when everything is at rest. */
export class EndWitness {
  checks = 0
  private readonly parts: {
    readonly world: TradeWorld
    readonly rows: BookRows
    readonly gate: GateWitness
    readonly book: BookWitness
    readonly strategies: Strategies
  }

  constructor(parts: EndWitness["parts"]) {
    this.parts = parts
  }

  async look(): Promise<void> {
    const { book, world } = this.parts
    book.look()
    const first = await this.reconcile()
    const second = first === undefined ? undefined : await this.reconcile()
    if (second === undefined) return
    this.checks += 6
    const found = Object.entries(second.differences).filter(([, count]) => count > 0)
    if (found.length > 0 || second.adjustments > 0 || second.unexplained.length > 0) {
      world.complain(`a second reconciliation still finds ${JSON.stringify(second)}`)
    }
    this.lookAtOrders()
    this.lookAtPositions()
    this.lookAtIntents()
  }

  private async reconcile(): Promise<ReconciliationReport | undefined> {
    const { world } = this.parts
    const run = world.run()
    if (run === undefined) {
      world.complain("no process runs, and nothing has gone wrong for a while")
      return undefined
    }
    const fiber = Effect.runForkWith(run.process.services)(
      Effect.result(Context.get(run.services, Reconciler).run("operator"))
    )
    await world.time.advance(world.time.nowMs + reconcileMs, () => fiber.pollUnsafe() !== undefined)
    const exit = fiber.pollUnsafe()
    if (exit?._tag === "Success" && exit.value._tag === "Success") return exit.value.success
    const why = exit?._tag === "Success" && exit.value._tag === "Failure" ? exit.value.failure.message : "no answer"
    world.complain(`the reconciliation at rest failed: ${why}`)
    return undefined
  }

  /** Each order of the venue is in the book, with its quantity, at its end. */
  private lookAtOrders(): void {
    const { book, rows, world } = this.parts
    const byClient = new Map<string, bigint>()
    for (const order of world.exchange.venue.state.orders.all()) {
      const id = rows.clientIdOf(order.id)
      if (id === undefined) {
        if (order.status === "rejected") continue
        world.complain(`the venue has order ${order.id} (${order.clientOrderId}), and the book does not know it`)
        continue
      }
      byClient.set(id, (byClient.get(id) ?? 0n) + wholeOf(order.filledQuantity))
    }
    for (const { filled, id, isTerminal, status } of rows.orders()) {
      if (!isTerminal) world.complain(`order ${id} is still ${status} a while after its cancel`)
      const theirs = byClient.get(id) ?? 0n
      if (theirs === filled || book.amended.has(id)) continue
      world.complain(`order ${id} has ${shares(filled)} shares filled in the book, and ${shares(theirs)} at the venue`)
    }
  }

  private lookAtPositions(): void {
    const { rows, world } = this.parts
    const held = new Map(
      rows
        .all("SELECT symbol, quantity FROM positions")
        .map((row) => [String(row["symbol"]), row["quantity"] as bigint])
    )
    for (const [symbol, { quantity }] of world.exchange.venue.state.ledger.positions()) {
      const own = held.get(symbol) ?? 0n
      held.delete(symbol)
      if (own !== wholeOf(quantity)) {
        world.complain(
          `${symbol}: the book has ${shares(own)} shares, the venue ${decimalText(BigDecimal.normalize(quantity))}`
        )
      }
    }
    for (const [symbol, own] of held)
      if (own !== 0n) world.complain(`${symbol}: the book has ${shares(own)} shares, the venue none`)
  }

  /** What the daemon has accepted is in the book. */
  private lookAtIntents(): void {
    const { gate, rows, strategies, world } = this.parts
    for (const id of strategies.accepted) {
      if (rows.orderOf(id) === undefined) world.complain(`order ${id} was accepted, and is not in the book`)
    }
    for (const id of gate.posts.keys()) {
      if (rows.orderOf(id) === undefined) world.complain(`order ${id} was sent, and is not in the book`)
    }
  }

  /** Every event has reached the stream. */
  lookAtEvents(): void {
    const { rows, world } = this.parts
    const [row] = rows.all("SELECT count(*) AS count FROM outbox")
    if (Number(row?.["count"] ?? 0) > 0) world.complain(`${row?.["count"]} events are still in the outbox`)
    const last = new Map<string, string>()
    for (const body of world.events.stored.values()) {
      const event = JSON.parse(body)
      if (typeof event.client_order_id === "string") last.set(event.client_order_id, event.filled_qty)
    }
    for (const { filled, id } of rows.orders()) {
      const reported = last.get(id)
      const own = decimalText(BigDecimal.normalize(BigDecimal.make(filled, 9)))
      if (reported !== own)
        world.complain(`the last event of order ${id} has ${reported ?? "nothing"} filled, the book ${own}`)
    }
  }
}

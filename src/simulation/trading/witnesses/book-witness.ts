import { wholeOf } from "../../../trading/adapters/store/order-rows.ts"
import type { TradeWorld } from "../world/trade-world.ts"
import type { BookRows } from "./book-rows.ts"

/** A silent order is asked for after 60 s at the latest; a lookup that fails has its pause, too. */
const bookedMs = 80_000

const shares = (whole: unknown): string => String(Number(whole as bigint) / 1e9)

interface Baseline {
  readonly day: string
  readonly equityAtStart: string
  readonly peak: string
}

/** Looks at the book as it is stored: its own rules, and that nothing in it ever goes back. */
export class BookWitness {
  checks = 0
  /** Orders of which an execution was undone or changed: their quantity may fall. */
  readonly amended = new Set<string>()
  private readonly world: TradeWorld
  private readonly rows: BookRows
  private readonly filled = new Map<string, { readonly filled: bigint; readonly status: string }>()
  private baseline: Baseline | undefined
  private mark: string | undefined
  private reports = 0
  private quiet: { readonly process: number; readonly sinceMs: number } | undefined

  constructor(world: TradeWorld, rows: BookRows) {
    this.world = world
    this.rows = rows
  }

  /** The order of the book to which an order of the venue belongs. */
  ownerOf(brokerOrderId: string): string | undefined {
    return this.rows.clientIdOf(brokerOrderId)
  }

  look(): void {
    this.checks += 6
    this.lookAtReservations()
    this.lookAtLedger()
    this.lookAtOrders()
    this.lookAtBaseline()
    this.lookAtMark()
    this.lookAtVenue()
  }

  /** A reservation for each working order, of what it may still fill, and for nothing else. */
  private lookAtReservations(): void {
    const [row] = this.rows.all(
      `SELECT o.client_order_id, o.status, o.terminal, o.quantity - o.filled AS left, r.quantity AS held
      FROM orders o LEFT JOIN reservations r USING (client_order_id)
      WHERE (o.terminal = 0 AND o.quantity > o.filled AND (r.quantity IS NULL OR r.quantity <> o.quantity - o.filled))
        OR (o.terminal = 1 AND r.quantity IS NOT NULL) LIMIT 1`
    )
    if (row === undefined) return
    this.world.complain(
      `order ${row["client_order_id"]} is ${row["status"]} with ${shares(row["left"])} shares left, and ` +
        `${row["held"] === null ? "nothing" : shares(row["held"])} is reserved for it`
    )
  }

  private lookAtLedger(): void {
    const [order] = this.rows.all(
      `SELECT o.client_order_id, o.filled, coalesce(sum(f.quantity), 0) AS booked
      FROM orders o LEFT JOIN fills f USING (client_order_id) GROUP BY o.client_order_id
      HAVING o.filled <> coalesce(sum(f.quantity), 0) LIMIT 1`
    )
    if (order !== undefined) {
      this.world.complain(
        `order ${order["client_order_id"]} has ${shares(order["filled"])} shares filled, its executions are ${shares(order["booked"])}`
      )
    }
    const [position] = this.rows.all(
      `WITH lines AS (
        SELECT symbol, CASE side WHEN 'buy' THEN quantity ELSE -quantity END AS quantity FROM fills
        UNION ALL SELECT symbol, quantity FROM adjustments)
      SELECT l.symbol, sum(l.quantity) AS booked, coalesce(p.quantity, 0) AS held
      FROM lines l LEFT JOIN positions p USING (symbol) GROUP BY l.symbol
      HAVING sum(l.quantity) <> coalesce(p.quantity, 0) LIMIT 1`
    )
    if (position === undefined) return
    this.world.complain(
      `${position["symbol"]}: the position is ${shares(position["held"])}, its executions and adjustments are ${shares(position["booked"])}`
    )
  }

  /** What was filled stays filled, unless the venue undid an execution. */
  private lookAtOrders(): void {
    for (const { filled, id, status } of this.rows.orders()) {
      const before = this.filled.get(id)
      this.filled.set(id, { filled, status })
      if (before === undefined || this.amended.has(id)) continue
      if (filled < before.filled) {
        this.world.complain(`order ${id} had ${shares(before.filled)} shares filled, and has ${shares(filled)} now`)
      } else if (before.status === "filled" && status !== "filled") {
        this.world.complain(`order ${id} was filled, and is ${status} now`)
      }
    }
  }

  /** Of one day: the start stays, the peak only rises. A later day begins with the venue's. */
  private lookAtBaseline(): void {
    const text = this.rows.valueOf("safety.baseline")
    if (text === undefined) {
      if (this.baseline !== undefined) this.world.complain("the baseline of the day is gone")
      return
    }
    const now: Baseline = JSON.parse(text)
    const { baseline } = this
    this.baseline = now
    if (baseline === undefined) return
    if (now.day === baseline.day) {
      if (now.equityAtStart !== baseline.equityAtStart || Number(now.peak) < Number(baseline.peak)) {
        this.world.complain(
          `the baseline of ${now.day} was ${baseline.equityAtStart}, peak ${baseline.peak}, and is ${now.equityAtStart}, peak ${now.peak}`
        )
      }
    } else if (now.day < baseline.day) this.world.complain(`the baseline went back from ${baseline.day} to ${now.day}`)
  }

  /**
   * While nothing stands between book and venue, an execution is booked within the longest pause of a silent order,
   * and an order that is not ours is taken in.
   */
  private lookAtVenue(): void {
    const { database, exchange, network, run, time } = this.world
    const own = run()
    const isQuiet = own !== undefined && network.state === "up" && database.trouble === undefined
    if (!isQuiet || own.process.number !== this.quiet?.process) {
      this.quiet = isQuiet ? { process: own.process.number, sinceMs: time.nowMs } : undefined
      return
    }
    const untilMs = time.nowMs - bookedMs
    if (this.quiet.sinceMs > untilMs) return
    const { ledger, orders } = exchange.venue.state
    const seen = new Map<string, bigint>()
    for (const { at, orderId, quantity, undone } of ledger.executions()) {
      if (undone === true || exchange.trueMs(at) > untilMs) continue
      const id = this.rows.clientIdOf(orderId)
      if (id !== undefined) seen.set(id, (seen.get(id) ?? 0n) + wholeOf(quantity))
      else this.world.complain(`order ${orders.find(orderId)?.clientOrderId} has filled, and the book does not know it`)
    }
    for (const { filled, id } of this.rows.orders()) {
      const theirs = seen.get(id) ?? 0n
      if (filled >= theirs || this.amended.has(id)) continue
      this.world.complain(
        `order ${id} has ${shares(theirs)} shares filled at the venue, the book has ${shares(filled)}`
      )
    }
  }

  /** The mark moves after a complete run only, which has left its report. */
  private lookAtMark(): void {
    const mark = this.rows.valueOf("reconciliation.mark")
    const [row] = this.rows.all("SELECT count(*) AS count FROM journals WHERE journal = 'reconciliations'")
    const reports = Number(row?.["count"] ?? 0)
    if (mark !== this.mark && reports === this.reports) {
      this.world.complain(`the mark of the reconciliations moved to ${mark}, and no run has been reported since`)
    }
    if (mark === this.mark) return
    this.mark = mark
    this.reports = reports
  }
}

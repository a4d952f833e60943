import type { DatabaseSync } from "node:sqlite"

export interface OrderRow {
  readonly id: string
  readonly symbol: string
  readonly side: "buy" | "sell"
  readonly strategyId: string
  readonly status: string
  readonly isTerminal: boolean
  /** Billionths of a share. */
  readonly quantity: bigint
  readonly filled: bigint
  /** The gate judged it as an exit. */
  readonly isExit: boolean
}

type Row = Record<string, unknown>

/** Reads the book past the daemon: what is committed, by statements of its own. */
export class BookRows {
  private readonly database: DatabaseSync
  /** Orphans, when each was first seen; true time, milliseconds. */
  private readonly orphans = new Map<string, number>()

  constructor(database: DatabaseSync) {
    this.database = database
  }

  all(sql: string, ...values: ReadonlyArray<string>): ReadonlyArray<Row> {
    if (this.isEmpty()) return []
    return this.prepared(sql).all(...values) as ReadonlyArray<Row>
  }

  private readonly statements = new Map<string, ReturnType<DatabaseSync["prepare"]>>()
  private prepared(sql: string) {
    const known = this.statements.get(sql)
    if (known !== undefined) return known
    const made = this.database.prepare(sql)
    this.statements.set(sql, made)
    return made
  }

  private hasTables = false
  private isEmpty(): boolean {
    if (this.hasTables) return false
    this.hasTables = this.prepared("SELECT 1 FROM sqlite_master WHERE name = 'journals'").get() !== undefined
    return !this.hasTables
  }

  sendingOf(id: string): string | undefined {
    const [row] = this.all(
      "SELECT json_extract(state, '$.sending') AS sending FROM orders WHERE client_order_id = ?",
      id
    )
    return row === undefined ? undefined : String(row["sending"])
  }

  clientIdOf(brokerOrderId: string): string | undefined {
    const [row] = this.all("SELECT client_order_id FROM order_ids WHERE broker_order_id = ?", brokerOrderId)
    return row === undefined ? undefined : String(row["client_order_id"])
  }

  orderOf(id: string): OrderRow | undefined {
    return this.orders("WHERE o.client_order_id = ?", id)[0]
  }

  orders(where = "", ...values: ReadonlyArray<string>): ReadonlyArray<OrderRow> {
    return this.all(
      `SELECT o.client_order_id, o.symbol, o.side, o.strategy_id, o.status, o.terminal, o.quantity, o.filled,
        coalesce(r.reduce_only, 0) AS reduce_only
      FROM orders o LEFT JOIN reservations r USING (client_order_id) ${where}`,
      ...values
    ).map((row) => ({
      id: String(row["client_order_id"]),
      symbol: String(row["symbol"]),
      side: row["side"] === "buy" ? "buy" : "sell",
      strategyId: String(row["strategy_id"]),
      status: String(row["status"]),
      isTerminal: row["terminal"] === 1n,
      quantity: row["quantity"] as bigint,
      filled: row["filled"] as bigint,
      isExit: row["reduce_only"] === 1n
    }))
  }

  /** Whether the order only reduces the position of the book, after all other working orders of its side. */
  reducesNow({ id, quantity, filled, side, symbol }: OrderRow): boolean {
    const [position] = this.all("SELECT quantity FROM positions WHERE symbol = ?", symbol)
    const [others] = this.all(
      `SELECT coalesce(sum(quantity), 0) AS held FROM reservations
      WHERE symbol = ? AND side = ? AND client_order_id <> ?`,
      symbol,
      side,
      id
    )
    const held = (position?.["quantity"] as bigint | undefined) ?? 0n
    const open = side === "sell" ? held : -held
    return open > 0n && quantity - filled <= open - (others?.["held"] as bigint)
  }

  /** Billionths of the shares that are held when every working order of one side has filled, and none of the other. */
  worstShares(symbol: string, side: "buy" | "sell"): bigint {
    const [row] = this.all(
      `SELECT coalesce((SELECT quantity FROM positions WHERE symbol = ?1), 0) AS held,
        coalesce((SELECT sum(quantity) FROM reservations WHERE symbol = ?1 AND side = ?2), 0) AS more`,
      symbol,
      side
    )
    const [held, more] = [row?.["held"] as bigint, row?.["more"] as bigint]
    const worst = side === "buy" ? held + more : held - more
    return worst < 0n ? -worst : worst
  }

  /** True time at which an orphan of the symbol that is not released was first seen in the book. */
  quarantinedSinceMs(symbol: string, nowMs: number): number | undefined {
    let since: number | undefined
    for (const row of this.all("SELECT broker_order_id, symbol FROM orphans WHERE released_by IS NULL")) {
      const id = String(row["broker_order_id"])
      const seenMs = this.orphans.get(id) ?? nowMs
      this.orphans.set(id, seenMs)
      if (row["symbol"] === symbol && (since === undefined || seenMs < since)) since = seenMs
    }
    return since
  }

  valueOf(name: string): string | undefined {
    const [row] = this.all("SELECT body FROM named_values WHERE name = ?", name)
    return row === undefined ? undefined : String(row["body"])
  }
}

import { Effect } from "effect"
import * as Migrator from "effect/sql/Migrator"
import { SqlClient } from "effect/sql/SqlClient"
import { isSqlError } from "effect/sql/SqlError"
import { rulesPostgres, rulesSqlite } from "./schema-rules.ts"
import { storeError } from "./store-fault.ts"

/**
 * The tables of the book, for SQLite and PostgreSQL alike. Quantities are whole billionths of a share; prices and
 * times are texts: exact in both, and times sort as texts.
 */
const tables = (serial: string, whole: string, strict: string): ReadonlyArray<string> => [
  `CREATE TABLE intents (
     client_order_id TEXT PRIMARY KEY,
     kind TEXT NOT NULL CHECK (kind IN ('own', 'external')),
     payload_hash TEXT NOT NULL,
     created_at TEXT NOT NULL
   )${strict}`,
  `CREATE TABLE orders (
     client_order_id TEXT PRIMARY KEY REFERENCES intents (client_order_id),
     seq ${whole} NOT NULL UNIQUE,
     symbol TEXT NOT NULL,
     side TEXT NOT NULL CHECK (side IN ('buy', 'sell')),
     strategy_id TEXT NOT NULL,
     status TEXT NOT NULL,
     terminal ${whole} NOT NULL CHECK (terminal IN (0, 1)),
     quantity ${whole} NOT NULL CHECK (quantity > 0 OR (quantity = 0 AND strategy_id = 'external')),
     filled ${whole} NOT NULL CHECK (filled >= 0),
     state TEXT NOT NULL,
     updated_at TEXT NOT NULL
   )${strict}`,
  "CREATE INDEX orders_working ON orders (seq) WHERE terminal = 0",
  "CREATE INDEX orders_lost ON orders (updated_at) WHERE status = 'failed'",
  `CREATE TABLE order_ids (
     broker_order_id TEXT PRIMARY KEY,
     client_order_id TEXT NOT NULL REFERENCES orders (client_order_id)
   )${strict}`,
  `CREATE TABLE fills (
     execution_id TEXT PRIMARY KEY,
     client_order_id TEXT NOT NULL REFERENCES orders (client_order_id),
     broker_order_id TEXT NOT NULL,
     symbol TEXT NOT NULL,
     side TEXT NOT NULL CHECK (side IN ('buy', 'sell')),
     kind TEXT NOT NULL CHECK (kind IN ('real', 'corrected', 'inferred', 'excess')),
     quantity ${whole} NOT NULL CHECK (quantity > 0),
     price TEXT,
     at TEXT NOT NULL
   )${strict}`,
  "CREATE INDEX fills_order ON fills (client_order_id)",
  "CREATE INDEX fills_symbol ON fills (symbol, at, execution_id)",
  `CREATE TABLE facts (
     seq ${serial},
     client_order_id TEXT NOT NULL REFERENCES orders (client_order_id),
     type TEXT NOT NULL,
     source TEXT NOT NULL,
     received_at TEXT NOT NULL,
     body TEXT NOT NULL,
     raw TEXT NOT NULL
   )${strict}`,
  "CREATE INDEX facts_order ON facts (client_order_id, seq)",
  `CREATE TABLE reservations (
     client_order_id TEXT PRIMARY KEY REFERENCES orders (client_order_id),
     symbol TEXT NOT NULL,
     side TEXT NOT NULL CHECK (side IN ('buy', 'sell')),
     quantity ${whole} NOT NULL CHECK (quantity > 0),
     price TEXT NOT NULL,
     reduce_only ${whole} NOT NULL CHECK (reduce_only IN (0, 1))
   )${strict}`,
  `CREATE TABLE adjustments (
     id TEXT PRIMARY KEY,
     symbol TEXT NOT NULL,
     quantity ${whole} NOT NULL,
     price TEXT,
     keeps_cost ${whole} NOT NULL CHECK (keeps_cost IN (0, 1)),
     cause TEXT NOT NULL,
     reason TEXT NOT NULL,
     by TEXT NOT NULL,
     at TEXT NOT NULL
   )${strict}`,
  "CREATE INDEX adjustments_symbol ON adjustments (symbol, at, id)",
  `CREATE TABLE positions (
     symbol TEXT PRIMARY KEY,
     quantity ${whole} NOT NULL,
     average_price TEXT NOT NULL,
     realized TEXT NOT NULL
   )${strict}`,
  `CREATE TABLE orphans (
     broker_order_id TEXT PRIMARY KEY,
     client_order_id TEXT NOT NULL REFERENCES orders (client_order_id),
     symbol TEXT NOT NULL,
     venue_order TEXT NOT NULL,
     found_at TEXT NOT NULL,
     released_by TEXT,
     released_reason TEXT,
     released_at TEXT
   )${strict}`,
  `CREATE TABLE outbox (id ${serial}, subject TEXT NOT NULL, body TEXT NOT NULL)${strict}`,
  `CREATE TABLE named_values (name TEXT PRIMARY KEY, body TEXT NOT NULL)${strict}`,
  `CREATE TABLE journals (seq ${serial}, journal TEXT NOT NULL, at TEXT NOT NULL, body TEXT NOT NULL)${strict}`,
  "CREATE INDEX journals_name ON journals (journal, seq)"
]

const first = Effect.gen(function* () {
  const sql = yield* SqlClient
  const statements = sql.onDialectOrElse({
    sqlite: () => tables("INTEGER PRIMARY KEY AUTOINCREMENT", "INTEGER", " STRICT"),
    pg: () =>
      // Texts sort by their bytes, as in SQLite, whatever the language of the database.
      tables("BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "BIGINT", "").map((text) =>
        text.replaceAll(/ TEXT\b/g, ' TEXT COLLATE "C"')
      ),
    orElse: () => []
  })
  yield* runAll(statements)
})

const runAll = Effect.fnUntraced(function* (statements: ReadonlyArray<string>) {
  const sql = yield* SqlClient
  yield* Effect.forEach(statements, (text) => sql.unsafe(text), { discard: true })
})

/** A cancel or a replacement that was asked for, until the venue has decided: a restart goes on with it. */
const wishes = Effect.gen(function* () {
  const sql = yield* SqlClient
  const strict = sql.onDialectOrElse({ sqlite: () => " STRICT", orElse: () => "" })
  yield* sql.unsafe(`CREATE TABLE wishes (
     client_order_id TEXT PRIMARY KEY REFERENCES orders (client_order_id),
     body TEXT NOT NULL
   )${strict}`)
})

const rules = Effect.gen(function* () {
  const sql = yield* SqlClient
  yield* runAll(sql.onDialectOrElse({ sqlite: () => rulesSqlite, pg: () => rulesPostgres, orElse: () => [] }))
})

const versions = { "0001_book": first, "0002_wishes": wishes, "0003_rules": rules }
const newest = Object.keys(versions).length

/** Brings the tables to a version. Never backwards: an older program refuses a newer book. */
export const migrate = Effect.fnUntraced(function* (version = newest) {
  const wanted = Object.fromEntries(Object.entries(versions).slice(0, version))
  yield* Migrator.make({})({ loader: Migrator.fromRecord(wanted), table: "schema_versions" }).pipe(
    Effect.mapError((error) => (error._tag === "MigrationError" && isSqlError(error.cause) ? error.cause : error))
  )
  const sql = yield* SqlClient
  const [row] = yield* sql<{ readonly version: unknown }>`SELECT max(migration_id) AS version FROM schema_versions`
  const found = Number(row?.version)
  if (found > version) {
    return yield* storeError("version", `its tables have version ${found}, and this program writes ${version}`)
  }
})

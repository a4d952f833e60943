import { chmodSync } from "node:fs"
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite"
import { Effect, Layer, type Scope, Semaphore, Stream } from "effect"
import * as Reactivity from "effect/reactivity/Reactivity"
import * as SqlClient from "effect/sql/SqlClient"
import type { Connection } from "effect/sql/SqlConnection"
import { classifySqliteError, SqlError } from "effect/sql/SqlError"
import * as Statement from "effect/sql/Statement"

export interface SqliteOptions {
  /** A file, or `:memory:`. */
  readonly path: string
  /** How long a statement waits for another process that holds the database, milliseconds. */
  readonly busyTimeoutMs: number
}

/** Statements that are kept prepared; the oldest goes first. */
const preparedMax = 200

const open = ({ path, busyTimeoutMs }: SqliteOptions): DatabaseSync => {
  const database = new DatabaseSync(path, {
    timeout: busyTimeoutMs,
    enableForeignKeyConstraints: true,
    readBigInts: true
  })
  // A commit is on the disk before it succeeds: an order that was sent must be known after a power loss.
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF")
  if (path !== ":memory:") chmodSync(path, 0o600)
  return database
}

const valueOf = (value: unknown): SQLInputValue =>
  typeof value === "boolean" ? (value ? 1n : 0n) : value === undefined ? null : (value as SQLInputValue)

/** Around each statement. A simulation lets statements fail, and ends the process between two of them. */
export type AroundStatement = <A>(sql: string, statement: Effect.Effect<A, SqlError>) => Effect.Effect<A, SqlError>

const connectionOf = (
  database: DatabaseSync,
  around: AroundStatement = (_, statement) => statement
): Connection & { readonly database: DatabaseSync } => {
  const prepared = new Map<string, StatementSync>()
  const statementOf = (sql: string): StatementSync => {
    const known = prepared.get(sql)
    if (known !== undefined) return known
    const statement = database.prepare(sql)
    if (prepared.size >= preparedMax) prepared.delete(prepared.keys().next().value as string)
    prepared.set(sql, statement)
    return statement
  }
  const attempt = <A>(
    sql: string,
    params: ReadonlyArray<unknown>,
    run: (statement: StatementSync, values: Array<SQLInputValue>) => A
  ) =>
    around(
      sql,
      Effect.try({
        try: () => run(statementOf(sql), params.map(valueOf)),
        catch: sqliteError
      })
    )
  // A statement that gives no rows gives none here either, so all of them may be asked for rows.
  const rows = (sql: string, params: ReadonlyArray<unknown>) =>
    attempt(sql, params, (statement, values) => statement.all(...values) as ReadonlyArray<Record<string, unknown>>)
  const execute: Connection["execute"] = (sql, params, transform) =>
    transform === undefined ? rows(sql, params) : Effect.map(rows(sql, params), transform)
  const values: Connection["executeValues"] = (sql, params) =>
    Effect.map(rows(sql, params), (found) => found.map((row) => Object.values(row)))
  return {
    database,
    execute,
    executeRaw: rows,
    executeStream: (sql, params, transform) => Stream.fromIterableEffect(execute(sql, params, transform)),
    executeValues: values,
    executeValuesUnprepared: values,
    executeUnprepared: execute
  }
}

/** SQLite's own number of the error, as the `errno` that Effect's classification reads. */
const reasonOf = (cause: unknown) => {
  const { errcode, message = "" } = cause as { readonly errcode?: number; readonly message?: string }
  return classifySqliteError(Object.assign(new Error(message, { cause }), { errno: errcode }), { message })
}

/** An error of Node's SQLite, with its `errcode`, as one of Effect's. */
export const sqliteError = (cause: unknown): SqlError => new SqlError({ reason: reasonOf(cause) })

const clientOver = (
  connection: Connection & { readonly database: DatabaseSync }
): Effect.Effect<SqlClient.SqlClient, never, Scope.Scope | Reactivity.Reactivity> =>
  Effect.gen(function* () {
    const { acquirer, borrower, transactionAcquirer, onCommitFailure, isTransaction } = SqlClient.makeSqliteAcquirers({
      connection: Effect.succeed(connection),
      semaphore: Semaphore.makeUnsafe(1),
      isTransaction: ({ database }) => database.isTransaction
    })
    return yield* SqlClient.make({
      acquirer,
      borrower,
      transactionAcquirer,
      compiler: Statement.makeCompilerSqlite(),
      driver: "node-sqlite",
      spanAttributes: [],
      // The lock for writing is taken at the start: a transaction that reads first cannot fail on it later.
      beginTransaction: "BEGIN IMMEDIATE",
      prepareTransactionControls: true,
      onCommitFailure,
      ...(isTransaction === undefined ? {} : { isTransaction })
    })
  })

/**
 * A client of `effect/sql` over the SQLite inside Node: one connection, used by one fiber at a time. Integers come as
 * `bigint`. It closes with its scope.
 * Errors: opening fails with `SqlError`; the reason of a statement's failure is one of Effect's.
 */
export const layer = (options: SqliteOptions): Layer.Layer<SqlClient.SqlClient, SqlError> =>
  Layer.effect(
    SqlClient.SqlClient,
    Effect.acquireRelease(Effect.try({ try: () => connectionOf(open(options)), catch: sqliteError }), ({ database }) =>
      Effect.sync(() => database.close())
    ).pipe(Effect.flatMap(clientOver))
  ).pipe(Layer.provide(Reactivity.layer))

/** The client over a database that its owner opens and closes: one in memory that outlives the program. */
export const openDatabase = (): DatabaseSync => open({ path: ":memory:", busyTimeoutMs: 0 })
export const layerOver = (database: DatabaseSync, around: AroundStatement): Layer.Layer<SqlClient.SqlClient> =>
  Layer.effect(
    SqlClient.SqlClient,
    Effect.suspend(() => clientOver(connectionOf(database, around)))
  ).pipe(Layer.provide(Reactivity.layer))

import { makeCompiler } from "@effect/sql-pg/PgClient"
import * as PgConnection from "@effect/sql-pg/PgConnection"
import * as PgPool from "@effect/sql-pg/PgPool"
import { Duration, Effect, Layer, type Redacted, type Scope } from "effect"
import * as Reactivity from "effect/reactivity/Reactivity"
import * as SqlClient from "effect/sql/SqlClient"
import type { Connection } from "effect/sql/SqlConnection"
import { ConnectionError, SqlError } from "effect/sql/SqlError"
import { resolveCommit } from "./postgres-commit.ts"
import { makeSoleWriter } from "./postgres-session.ts"

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`, with `sslmode` where the way to the server is not private. */
  readonly url: Redacted.Redacted
  /** What one program at a time may write. */
  readonly writes: string
  readonly connectTimeoutMs: number
  /** The server ends a statement after this time. */
  readonly statementTimeoutMs: number
  /** Without an answer for this time the session counts as lost. Above `statementTimeoutMs`. */
  readonly answerTimeoutMs: number
  /** How long a start waits for another program to end, milliseconds. */
  readonly writerWaitMs: number
  /** After a failed attempt to connect, calls fail with its error for this time. */
  readonly pauseMs: number
  /** How long the outcome of a commit is looked up whose answer was lost, milliseconds. */
  readonly commitWaitMs: number
}

const lost = (message: string): SqlError =>
  new SqlError({ reason: new ConnectionError({ cause: new Error(message), message, operation: "query" }) })

/** Codes with which a server ends the session: shutdown, crash, a stop by an administrator. */
const ends = (error: SqlError): boolean => {
  const code: unknown = (error.reason.cause as { readonly code?: unknown } | undefined)?.code
  return error.reason._tag === "ConnectionError" || (typeof code === "string" && /^(57P|08|25P03)/.test(code))
}

/**
 * A client of `effect/sql` over one session of a PostgreSQL server: one fiber at a time, as with SQLite. `BIGINT` comes
 * as a text or `bigint`. Connects at the first call. After a lost session the next call connects again.
 *
 * Every commit is on the server's disk when it succeeds. A commit whose answer is lost is looked up by the id of its
 * transaction. When that is not possible in time, the call fails, and so does each later one once the server shows that
 * the commit did happen: the program then holds less than the database.
 * Errors: `SqlError`; `ConnectionError` is a lost session, `LockTimeoutError` another writer.
 */
const make = (
  options: PostgresOptions
): Effect.Effect<SqlClient.SqlClient, SqlError, Scope.Scope | Reactivity.Reactivity> =>
  Effect.gen(function* () {
    const { connectTimeoutMs, statementTimeoutMs, answerTimeoutMs, commitWaitMs } = options
    const writer = makeSoleWriter(options.writes, options.writerWaitMs)
    const config: PgConnection.Config = {
      url: options.url,
      connectTimeout: connectTimeoutMs,
      keepAlive: Duration.seconds(5),
      applicationName: writer.program,
      startupParameters: {
        statement_timeout: String(statementTimeoutMs),
        lock_timeout: String(statementTimeoutMs),
        idle_in_transaction_session_timeout: "30000",
        synchronous_commit: "on",
        // A session whose client is gone ends, and with it the lock of the writer.
        tcp_keepalives_idle: "5",
        tcp_keepalives_interval: "2",
        tcp_keepalives_count: "4",
        tcp_user_timeout: "15000"
      }
    }
    const pool = yield* PgPool.make({ ...config, maxConnections: 1, idleTimeout: Duration.infinity })
    /** The session that has the lock. */
    let prepared: number | undefined
    let failed: { readonly error: SqlError; readonly untilMs: number } | undefined
    /** A transaction that may have been committed. */
    let unknown: string | undefined

    const connectionOf = (session: PgConnection.PgConnection) => {
      let broken = false
      const guarded = <A>(effect: Effect.Effect<A, SqlError>): Effect.Effect<A, SqlError> =>
        effect.pipe(
          Effect.timeoutOrElse({
            duration: answerTimeoutMs,
            orElse: () => Effect.fail(lost("the server did not answer in time"))
          }),
          Effect.tapError((error) => {
            if (broken || !ends(error)) return Effect.void
            broken = true
            prepared = undefined
            return pool.invalidate(session)
          })
        )
      const run = (sql: string, params: ReadonlyArray<unknown>, prepare = true) =>
        Effect.map(guarded(session.query(sql, params, prepare)), ({ rows }) => rows)
      const values = (sql: string, params: ReadonlyArray<unknown>, prepare = true) =>
        guarded(session.queryValues(sql, params, prepare))
      const transformed = (
        rows: ReturnType<typeof run>,
        transform: (<A extends object>(row: ReadonlyArray<A>) => ReadonlyArray<A>) | undefined
      ) => (transform === undefined ? rows : Effect.map(rows, transform))
      return {
        session,
        isBroken: () => broken,
        execute: (sql, params, transform) => {
          const rows = transformed(run(sql, params), transform)
          // A session that ends takes its transaction with it.
          return sql === "ROLLBACK"
            ? Effect.catchIf(
                rows,
                () => broken,
                () => Effect.succeed([])
              )
            : rows
        },
        executeRaw: (sql, params) => guarded(session.query(sql, params)),
        executeStream: (sql, params) => session.stream(sql, params),
        executeValues: values,
        executeValuesUnprepared: (sql, params) => values(sql, params, false),
        executeUnprepared: (sql, params, transform) => transformed(run(sql, params, false), transform)
      } satisfies Connection & Record<string, unknown>
    }
    type Own = ReturnType<typeof connectionOf>

    const settle = (id: string) =>
      Effect.flatMap(resolveCommit(config, id, commitWaitMs), (committed) => {
        unknown = undefined
        if (committed) writer.end("a commit happened whose answer was lost: restart this program, which reads it")
        return Effect.void
      })

    const prepare = Effect.fnUntraced(function* (session: PgConnection.PgConnection) {
      if (session.processId === prepared) return
      yield* writer.prepare(session).pipe(Effect.tapError(() => pool.invalidate(session)))
      if (unknown !== undefined) {
        yield* settle(unknown)
        yield* writer.prepare(session).pipe(Effect.tapError(() => pool.invalidate(session)))
      }
      prepared = session.processId
    })

    const nowMs = () => performance.now()
    const lease = Effect.suspend(() =>
      failed !== undefined && nowMs() < failed.untilMs
        ? Effect.fail(failed.error)
        : Effect.flatMap(pool.reserve, (session) => Effect.as(prepare(session), connectionOf(session))).pipe(
            Effect.tap(() => Effect.sync(() => (failed = undefined))),
            Effect.tapError((error) => Effect.sync(() => (failed = { error, untilMs: nowMs() + options.pauseMs })))
          )
    )

    const commit = Effect.fnUntraced(function* (connection: Own) {
      const [row] = yield* connection.executeValues("SELECT pg_current_xact_id_if_assigned()::text", [])
      const id = row?.[0]
      const done = connection.executeRaw("COMMIT", [])
      const { command } = yield* id === null || id === undefined
        ? done
        : Effect.catchIf(
            done,
            () => connection.isBroken(),
            (error) => {
              unknown = String(id)
              return Effect.flatMap(resolveCommit(config, unknown, commitWaitMs), (committed) => {
                unknown = undefined
                return committed ? Effect.succeed({ command: "COMMIT" }) : Effect.fail(error)
              })
            }
          )
      if (command === "ROLLBACK") return yield* lost("the transaction was rolled back")
    })

    return yield* SqlClient.make({
      acquirer: lease,
      transactionAcquirer: lease,
      compiler: makeCompiler(),
      driver: "postgres",
      spanAttributes: [],
      prepareTransactionControls: true,
      commit: (connection) => commit(connection as Own),
      isTransaction: (connection) => !(connection as Own).isBroken(),
      releaseSavepoint: (name) => `RELEASE SAVEPOINT ${name}`
    })
  })

export const layer = (options: PostgresOptions): Layer.Layer<SqlClient.SqlClient, SqlError> =>
  Layer.effect(SqlClient.SqlClient, make(options)).pipe(Layer.provide(Reactivity.layer))

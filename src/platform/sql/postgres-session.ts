import { randomBytes } from "node:crypto"
import type { PgConnection } from "@effect/sql-pg/PgConnection"
import { Clock, Effect } from "effect"
import { ConnectionError, LockTimeoutError, SqlError, UnknownError } from "effect/sql/SqlError"

/** A fault of the session, with a sentence for people. */
const faultOf = (Reason: typeof ConnectionError | typeof LockTimeoutError | typeof UnknownError, message: string) =>
  new SqlError({ reason: new Reason({ cause: new Error(message), message, operation: "connect" }) })

const first = (connection: PgConnection, text: string, params: ReadonlyArray<unknown> = []) =>
  Effect.map(connection.query(text, params, false), ({ rows }) => rows[0] ?? {})

const isDurable = Effect.fnUntraced(function* (connection: PgConnection) {
  const server = yield* first(
    connection,
    `SELECT current_setting('fsync') AS fsync, current_setting('full_page_writes') AS pages,
       current_setting('synchronous_commit') AS sync, pg_is_in_recovery() AS standby`
  )
  if (server["standby"] === true) {
    return yield* faultOf(ConnectionError, "the server is a standby, which takes no writes: connect to the primary")
  }
  if (server["fsync"] !== "on" || server["pages"] !== "on" || server["sync"] !== "on") {
    return yield* faultOf(
      UnknownError,
      "the server does not keep commits through a power loss: set fsync and full_page_writes to on"
    )
  }
})

/**
 * Makes this program the sole writer of `name` in the current schema. The lock is an advisory lock of the session: it
 * ends with the session, so a session that writes always holds it. The row's epoch counts the programs: after a lost
 * session the lock is taken again, and another epoch shows that another program has written in between. What this
 * program holds in memory is then out of date, and it must start again.
 */
export const makeSoleWriter = (name: string, waitMs: number) => {
  // Names the sessions of this process: an old one, which the server still holds, is ended by the next one.
  const program = `tickd-${process.pid}-${randomBytes(6).toString("hex")}`
  let epoch: string | undefined
  let ended: SqlError | undefined

  const lockNow = (connection: PgConnection) =>
    Effect.map(
      first(
        connection,
        "SELECT pg_try_advisory_lock(hashtextextended('tickd writer ' || $1 || ' ' || current_schema(), 0)) AS taken",
        [name]
      ),
      ({ taken }) => taken === true
    )

  const lock = Effect.fnUntraced(function* (connection: PgConnection) {
    const since = yield* Clock.currentTimeMillis
    while (!(yield* lockNow(connection))) {
      if ((yield* Clock.currentTimeMillis) - since >= waitMs) {
        return yield* faultOf(LockTimeoutError, `another program writes "${name}" of this database`)
      }
      yield* Effect.sleep(100)
    }
  })

  const claim = Effect.fnUntraced(function* (connection: PgConnection) {
    if (epoch === undefined) {
      yield* connection.query(
        "CREATE TABLE IF NOT EXISTS writers (name TEXT PRIMARY KEY, epoch BIGINT NOT NULL, program TEXT NOT NULL)",
        [],
        false
      )
      const row = yield* first(
        connection,
        `INSERT INTO writers VALUES ($1, 1, $2)
           ON CONFLICT (name) DO UPDATE SET epoch = writers.epoch + 1, program = excluded.program RETURNING epoch`,
        [name, program]
      )
      epoch = String(row["epoch"])
      return
    }
    const row = yield* first(connection, "SELECT epoch FROM writers WHERE name = $1", [name])
    if (String(row["epoch"]) === epoch) return
    ended = faultOf(
      LockTimeoutError,
      `another program has written "${name}" while the connection was lost: restart this program`
    )
    return yield* ended
  })

  return {
    program,
    /** The program must not go on: every later session fails with this. */
    end: (message: string) => {
      ended = faultOf(LockTimeoutError, message)
    },
    /** To be run once on each new session, before anything else. */
    prepare: Effect.fnUntraced(function* (connection: PgConnection) {
      if (ended !== undefined) return yield* ended
      yield* isDurable(connection)
      yield* connection.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1 AND pid <> pg_backend_pid()",
        [program],
        false
      )
      yield* lock(connection)
      yield* claim(connection)
    })
  }
}

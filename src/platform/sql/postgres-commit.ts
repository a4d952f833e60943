import * as PgConnection from "@effect/sql-pg/PgConnection"
import { Effect, Schedule } from "effect"
import { ConnectionError, SqlError } from "effect/sql/SqlError"

const undecided = new SqlError({
  reason: new ConnectionError({
    cause: new Error("in progress"),
    message: "the server has not decided on the transaction",
    operation: "commit"
  })
})

/**
 * Whether the transaction with this id was committed, by a session of its own. Waits while the server is away or has
 * not decided: the old session may still be writing.
 */
export const resolveCommit = (
  config: PgConnection.Config,
  id: string,
  waitMs: number
): Effect.Effect<boolean, SqlError> =>
  Effect.scoped(
    Effect.flatMap(PgConnection.make(config), (connection) =>
      Effect.flatMap(connection.queryValues("SELECT pg_xact_status($1::text::xid8)", [id], false), ([row]) => {
        const status = row?.[0]
        return status === "in progress" ? Effect.fail(undecided) : Effect.succeed(status === "committed")
      })
    )
  ).pipe(
    Effect.retry(Schedule.spaced(200)),
    Effect.timeoutOrElse({ duration: waitMs, orElse: () => Effect.fail(undecided) })
  )

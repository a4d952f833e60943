import { Effect } from "effect"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import { OrderStoreError, type storeFailures } from "../../ports/order-store.ts"
import { DamagedText } from "./order-text.ts"

const fixes: Record<(typeof storeFailures)[number], string> = {
  busy: "another program holds the database: end it, or wait",
  full: "the disk of the database is full: free space, then trading goes on by itself",
  lost: "the database does not answer: check that it runs and can be reached",
  constraint: "a rule of the database forbids it, and nothing was written: report this, it is a bug",
  damaged: "the database cannot be read: restore it from a backup (docs/operations/backup.md)"
}

const reasonOf = ({ reason }: SqlError): (typeof storeFailures)[number] => {
  const text = `${reason.message} ${String(reason.cause)}`
  if (/disk is full|No space left|disk full|SQLITE_FULL/i.test(text)) return "full"
  switch (reason._tag) {
    case "LockTimeoutError":
    case "DeadlockError":
    case "SerializationError":
    case "StatementTimeoutError":
      return "busy"
    case "UniqueViolation":
    case "ConstraintError":
      return "constraint"
    case "ConnectionError":
    case "AuthenticationError":
    case "AuthorizationError":
      return "lost"
    default:
      return /database is locked|SQLITE_BUSY/i.test(text)
        ? "busy"
        : /malformed|not a database|disk I\/O/i.test(text)
          ? "damaged"
          : "lost"
  }
}

export const storeError = (reason: (typeof storeFailures)[number], detail: string): OrderStoreError =>
  new OrderStoreError({ reason, message: `The book of orders: ${detail}; ${fixes[reason]}.` })

/** Every failure of a call as one of the port's. A text that cannot be read is damage, and not a bug. */
export const asStoreError = <A, R>(effect: Effect.Effect<A, unknown, R>): Effect.Effect<A, OrderStoreError, R> =>
  effect.pipe(
    Effect.catchDefect((defect) => (defect instanceof DamagedText ? Effect.fail(defect) : Effect.die(defect))),
    Effect.mapError((error) =>
      error instanceof OrderStoreError
        ? error
        : isSqlError(error)
          ? storeError(reasonOf(error), error.reason.message ?? error.reason._tag)
          : storeError("damaged", String((error as Error).message ?? error))
    )
  )

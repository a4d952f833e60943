import { Cause, Effect } from "effect"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import { OrderStoreError, type storeFailures } from "../../ports/order-store.ts"
import { DamagedText } from "./order-text.ts"

type Failure = (typeof storeFailures)[number]

const fixes: Record<Failure, string> = {
  busy: "another program holds the database: end it, or wait",
  full: "the disk of the database is full: free space, then trading goes on by itself",
  lost: "the database does not answer: check that it runs and can be reached",
  constraint: "a rule of the database forbids it, and nothing was written: report this, it is a bug",
  damaged: "the database cannot be read: restore it from a backup (docs/trading/store.md)",
  version: "a newer program has written it: start that program again, or restore a backup from before",
  refused:
    "the server refuses this login: correct user, password, database and rights in DATABASE_URL and on the server"
}

/** Where the reason alone would give the wrong fix. */
const notWritable = "it cannot be written: correct the owner and the permissions of the file and its folder"
const notOpened = "it cannot be opened: check the path, its folder and their permissions"

/** SQLite's primary result codes: https://www.sqlite.org/rescode.html */
const sqliteFaults: Readonly<Record<number, Failure>> = {
  8: "lost",
  14: "lost",
  10: "lost",
  11: "damaged",
  13: "full",
  26: "damaged"
}
/** SQLSTATE by its first characters: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const serverFaults: ReadonlyArray<readonly [RegExp, Failure]> = [
  [/^53100/, "full"],
  [/^XX00[12]/, "damaged"],
  // Login, database, schema, right.
  [/^(28|3D000|3F000|42501)/, "refused"],
  [/^(40|55)/, "busy"]
]

const judge = ({ reason }: SqlError): { readonly reason: Failure; readonly fix?: string } => {
  const { code, errno } = (reason.cause ?? {}) as { readonly code?: unknown; readonly errno?: unknown }
  const text = `${reason.message} ${String(reason.cause)}`
  const known = typeof errno === "number" && errno > 0 ? sqliteFaults[errno & 0xff] : undefined
  if (known === "full" || /No space left|disk is full/i.test(text)) return { reason: "full" }
  if (/readonly|read-only/i.test(text)) return { reason: "lost", fix: notWritable }
  if (reason.cause instanceof Error && /unable to open|EACCES|ENOENT|EISDIR|ENOTDIR/.test(text)) {
    return { reason: "lost", fix: notOpened }
  }
  if (known !== undefined) return { reason: known }
  const state = typeof code === "string" ? serverFaults.find(([form]) => form.test(code))?.[1] : undefined
  if (state !== undefined) return { reason: state }
  switch (reason._tag) {
    case "LockTimeoutError":
    case "DeadlockError":
    case "SerializationError":
    case "StatementTimeoutError":
      return { reason: "busy" }
    case "UniqueViolation":
    case "ConstraintError":
      return { reason: "constraint" }
    case "AuthenticationError":
    case "AuthorizationError":
      return { reason: "refused" }
    default:
      return { reason: "lost" }
  }
}

/** A driver's own words say less than those of the database. */
const detailOf = ({ reason }: SqlError): string =>
  reason.cause instanceof Error && reason.cause.message !== "" ? reason.cause.message : (reason.message ?? reason._tag)

export const storeError = (reason: Failure, detail: string, fix = fixes[reason]): OrderStoreError =>
  new OrderStoreError({ reason, message: `The book of orders: ${detail}; ${fix}.` })

const storeErrorOf = (error: SqlError): OrderStoreError => {
  const { reason, fix } = judge(error)
  return storeError(reason, detailOf(error), fix)
}

/** Every failure of a call as one of the port's. A text that cannot be read is damage, and not a bug. */
export const asStoreError = <A, R>(effect: Effect.Effect<A, unknown, R>): Effect.Effect<A, OrderStoreError, R> =>
  effect.pipe(
    Effect.catchDefect((defect) => (defect instanceof DamagedText ? Effect.fail(defect) : Effect.die(defect))),
    Effect.mapError((error) =>
      error instanceof OrderStoreError
        ? error
        : isSqlError(error)
          ? storeErrorOf(error)
          : storeError("damaged", String((error as Error).message ?? error))
    )
  )

/** A full disk or a busy book has taken nothing. Of a lost connection it is not known, and a bug may be anything. */
export const wroteNothing = (cause: Cause.Cause<OrderStoreError>): boolean =>
  cause.reasons.every((reason) => Cause.isFailReason(reason) && reason.error.reason !== "lost")

import { Effect, type Layer } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import { type AroundStatement, layerOver, openDatabase, sqliteError } from "../../../platform/sql/sqlite-client.ts"
import type { TradeProcess } from "./trade-process.ts"

/** SQLite's numbers: SQLITE_BUSY, SQLITE_FULL, SQLITE_CANTOPEN. */
const errors = {
  busy: { errcode: 5, message: "database is locked" },
  full: { errcode: 13, message: "database or disk is full" },
  lost: { errcode: 14, message: "unable to open database file" }
} as const
export type DatabaseTrouble = keyof typeof errors

const isRead = (sql: string): boolean => /^\s*(SELECT|ROLLBACK|PRAGMA)/i.test(sql)

/** The disk of the host with its SQLite database, which outlives each process. A kill undoes an open transaction. */
export class SimDatabase {
  trouble: DatabaseTrouble | undefined
  /** Statements that the process still runs; then it is killed, before or after the last of them. */
  diesIn: { statements: number; readonly after: boolean } | undefined
  readonly database = openDatabase()
  private readonly kill: () => void

  constructor(kill: () => void) {
    this.kill = kill
  }

  /** The connection of one process. */
  layerFor(process: TradeProcess): Layer.Layer<SqlClient> {
    const around: AroundStatement = (sql, statement) =>
      Effect.suspend(() => {
        if (!process.alive) return Effect.never
        const { diesIn, trouble } = this
        if (trouble !== undefined && !(trouble === "full" && isRead(sql))) {
          return Effect.fail(sqliteError(Object.assign(new Error(errors[trouble].message), errors[trouble])))
        }
        if (diesIn === undefined || --diesIn.statements > 0) return statement
        this.diesIn = undefined
        const die = Effect.suspend(() => {
          this.kill()
          return Effect.never
        })
        return diesIn.after ? Effect.andThen(Effect.exit(statement), die) : die
      })
    return layerOver(this.database, around)
  }

  /** What the process had not committed is gone. */
  processEnded(): void {
    this.diesIn = undefined
    if (this.database.isTransaction) this.database.exec("ROLLBACK")
  }

  close(): void {
    this.database.close()
  }
}

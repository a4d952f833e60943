import { Effect } from "effect"
import { instantOfMs } from "../../../kernel/time/utc-instant.ts"
import { OrderStore } from "../../ports/order-store.ts"
import { SafetyAlerts, type SafetyEvent, SafetyRefused } from "../../ports/safety.ts"

export const safetyJournal = "safety"
/** A store that does not answer must not hold back what closes. */
const closingMs = 500
/** Newest rows that are read for one that was done: refused commands write rows too. */
const rowsRead = 10_000

/** One row. `step`: `asked` before the change, `done` or `failed` after it. */
export interface SafetyRow extends Omit<SafetyEvent, "type"> {
  readonly command: string
  readonly step: "asked" | "done" | "failed"
}

export const makeSafetyJournal = Effect.gen(function* () {
  const [store, alerts] = [yield* OrderStore, yield* SafetyAlerts]
  const append = (row: SafetyRow) => store.appendJournal(safetyJournal, instantOfMs(row.atMs), JSON.stringify(row))
  /** Goes on without the row, and says so. */
  const closing = (row: SafetyRow): Effect.Effect<void> =>
    append(row).pipe(
      Effect.timeout(closingMs),
      Effect.catch(({ message }) =>
        alerts.raise({ ...row, type: "notJournaled", details: `${row.command} ${row.step}: ${message}` })
      )
    )
  /** What opens is refused without its row. */
  const opening = (row: SafetyRow): Effect.Effect<void, SafetyRefused> =>
    Effect.mapError(
      append(row),
      ({ message }) =>
        new SafetyRefused({ code: "NOT_JOURNALED", message: `${row.command} needs its journal row: ${message}` })
    )
  /** A command has changed a state before: the states once had their records. */
  const hasDone: Effect.Effect<boolean, SafetyRefused> = store.journal(safetyJournal, rowsRead).pipe(
    Effect.map((rows) => rows.some(({ body }) => body.includes('"step":"done"'))),
    Effect.mapError(
      ({ message }) =>
        new SafetyRefused({ code: "NOT_JOURNALED", message: `initialise reads the journal first: ${message}` })
    )
  )
  return { closing, opening, hasDone }
})

import { Clock, Effect } from "effect"
import { makeContractStore } from "../../market/adapters/catalogue/contract-store.ts"
import type { ContractSettings } from "../../market/config/contract-settings.ts"
import { contractFailure } from "../../market/layers/contracts/contract-failure.ts"
import type { DamagedVersion } from "../../market/ports/contract-store.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"
import { readCalendar } from "../calendar-source.ts"

const say = (line: string) => Effect.sync(() => void process.stderr.write(`${line}\n`))

/** There is no list where one is needed. */
export const noContracts = (message: string) =>
  new UserError({ code: "NO_CONTRACTS", message, exitCode: exitCodes.unavailable })

/** Names the kept lists that cannot be used, on stderr. */
export const reportDamaged = (damaged: ReadonlyArray<DamagedVersion>) =>
  Effect.forEach(
    damaged,
    ({ file, reason }) => say(`tickd: ${file} is damaged (${reason}), the list before it is used. [CONTRACTS_DAMAGED]`),
    { discard: true }
  )

/** The trading day (yyyymmdd) of this moment. */
export const todayOf = Effect.fnUntraced(function* (settings: ContractSettings) {
  const calendar = yield* readCalendar(settings.calendarFile)
  return calendar.tradingDayOf(yield* Clock.currentTimeMillis)
})

/** The newest usable list of a day no later than `through`; undefined when there is none. */
export const readVersion = Effect.fnUntraced(function* (settings: ContractSettings, through: number) {
  const { version, damaged } = yield* Effect.mapError(
    makeContractStore(settings.folder, settings.keepDays).newest(through),
    contractFailure
  )
  yield* reportDamaged(damaged)
  return version
})

/** The failure that names what is kept in place of a day. */
export const noVersion = Effect.fnUntraced(function* (settings: ContractSettings, day: number) {
  const days = yield* Effect.mapError(makeContractStore(settings.folder, settings.keepDays).days, contractFailure)
  const kept = days.length === 0 ? "none is kept" : `kept are ${days.slice(-10).join(", ")}`
  return yield* noContracts(`There is no usable contract list of ${day} in ${settings.folder}: ${kept}.`)
})

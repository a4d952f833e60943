import { Effect, Option } from "effect"
import { Argument, Command } from "effect/cli"
import { Invocation, present } from "../../cli/invocation.ts"
import { jsonFlag } from "../../cli/terminal/flags.ts"
import { diffContracts } from "../../kernel/instrument/contract-diff.ts"
import type { ContractVersion } from "../../market/ports/contract-store.ts"
import { readContractSettings } from "./contract-environment.ts"
import { dayHint, dayOf, limitFlag, linesShown } from "./contract-flags.ts"
import { diffRecord, renderDiff } from "./contracts-text.ts"
import { noContracts, noVersion, readVersion } from "./kept-contracts.ts"

interface DiffOptions {
  /** None, one or two of yyyymmdd. */
  readonly days: ReadonlyArray<number>
  readonly limit: Option.Option<number>
  readonly json: boolean
}

const dayArgument = Argument.String("day").pipe(
  Argument.withDescription("Trading day, yyyymmdd: none compares the two newest lists, one with the list before it"),
  Argument.filterMap(dayOf, dayHint),
  Argument.between(0, 2)
)

const diff = Effect.fnUntraced(function* (options: DiffOptions) {
  const settings = yield* readContractSettings((yield* Invocation).env)
  const [first, second] = options.days
  const exact = Effect.fnUntraced(function* (day: number) {
    const version = yield* readVersion(settings, day)
    return version?.tradingDay === day ? version : yield* noVersion(settings, day)
  })
  const before = Effect.fnUntraced(function* (later: ContractVersion) {
    const version = yield* readVersion(settings, later.tradingDay - 1)
    if (version !== undefined) return version
    return yield* noContracts(
      `There is no contract list before ${later.tradingDay} in ${settings.folder}: one is kept at each trading day's refresh.`
    )
  })
  const newest = Effect.fnUntraced(function* () {
    const version = yield* readVersion(settings, Number.POSITIVE_INFINITY)
    if (version !== undefined) return version
    return yield* noContracts(
      `There is no contract list in ${settings.folder}: make one with 'tickd contracts refresh'.`
    )
  })
  const later =
    second !== undefined ? yield* exact(second) : first !== undefined ? yield* exact(first) : yield* newest()
  const former = first !== undefined && second !== undefined ? yield* exact(first) : yield* before(later)
  const found = diffContracts(former, later)
  const limit = Option.getOrElse(options.limit, () => linesShown)
  yield* present(options.json, { from: former.tradingDay, to: later.tradingDay, ...diffRecord(found) }, () =>
    renderDiff(found, former.tradingDay, later.tradingDay, limit)
  )
})

/** `tickd contracts diff [DAY [DAY]]`. */
export const command = Command.make("diff", { days: dayArgument, limit: limitFlag, json: jsonFlag }, diff).pipe(
  Command.withDescription("What was listed, expired or changed from one kept list to another")
)

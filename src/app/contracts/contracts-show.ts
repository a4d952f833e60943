import { Effect, Option } from "effect"
import { Argument, Command } from "effect/cli"
import { present } from "../../cli/invocation.ts"
import { jsonFlag } from "../../cli/terminal/flags.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"
import { fileFlag } from "./contract-flags.ts"
import { contractRecord, renderContract } from "./contracts-text.ts"
import { readCatalogue } from "./read-catalogue.ts"

interface ShowOptions {
  readonly id: string
  readonly file: ReadonlyArray<string>
  readonly json: boolean
}

const show = Effect.fnUntraced(function* (options: ShowOptions) {
  const { contracts, source, tradingDay } = yield* readCatalogue(options.file, Option.none())
  const found = contracts.filter(({ id, exchange }) => id === options.id || `${id}.${exchange}` === options.id)
  const [contract, other] = found
  if (contract === undefined) {
    const close = contracts.find(({ id }) => id.toLowerCase() === options.id.toLowerCase())
    const hint = close === undefined ? "look with 'tickd contracts list --glob PATTERN'" : `is it ${close.id}?`
    return yield* new UserError({
      code: "UNKNOWN_CONTRACT",
      exitCode: exitCodes.badInput,
      message: `${options.id} is not among the ${contracts.length} contracts of ${tradingDay} (${source}); capitals count: ${hint}`
    })
  }
  if (other !== undefined) {
    return yield* new UserError({
      code: "SEVERAL_CONTRACTS",
      exitCode: exitCodes.wrongUse,
      message: `${options.id} is listed on several exchanges: write ${found.map(({ id, exchange }) => `${id}.${exchange}`).join(" or ")}.`
    })
  }
  yield* present(options.json, { trading_day: tradingDay, source, ...contractRecord(contract, tradingDay) }, () =>
    renderContract(contract, tradingDay, source)
  )
})

/** `tickd contracts show ID`. */
export const command = Command.make(
  "show",
  {
    id: Argument.String("id").pipe(Argument.withDescription("Contract, rb2701 or rb2701.SHFE; capitals count")),
    file: fileFlag,
    json: jsonFlag
  },
  show
).pipe(Command.withDescription("Show one contract"))

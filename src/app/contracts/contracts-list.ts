import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { askCatalogue } from "../../cli/daemon/ask-pages.ts"
import { DaemonClient } from "../../cli/daemon-client.ts"
import { Invocation, present } from "../../cli/invocation.ts"
import { instanceFlag, jsonFlag, serverFlag } from "../../cli/terminal/flags.ts"
import type { Contract } from "../../kernel/instrument/contract.ts"
import { contractFilter } from "../../kernel/instrument/contract-filter.ts"
import { isLive } from "../../kernel/instrument/contract-life.ts"
import { Exchange } from "../../kernel/instrument/exchange.ts"
import { parseInstrumentCode } from "../../kernel/instrument/instrument-code.ts"
import { unnamedProduct } from "../../kernel/instrument/instrument-directory.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"
import { readContractSettings } from "./contract-environment.ts"
import {
  dayHint,
  dayOf,
  exchangeFlag,
  fileFlag,
  kindFlag,
  limitFlag,
  linesShown,
  severalFlag
} from "./contract-flags.ts"
import { listingRecord, renderListing } from "./contracts-text.ts"
import { todayOf } from "./kept-contracts.ts"
import { type Catalogue, readCatalogue } from "./read-catalogue.ts"

const flags = {
  exchange: exchangeFlag,
  product: severalFlag(Flag.String("product"), "Only these products, letters as the exchange writes them: rb,IF,SR"),
  kind: kindFlag,
  glob: severalFlag(Flag.String("glob"), "Only ids that match: rb27*, *.SHFE, [ai]?2701"),
  exclude: severalFlag(Flag.String("exclude"), "Exclude ids that match"),
  file: fileFlag,
  day: Flag.String("day").pipe(
    Flag.withDescription("The list of this trading day; with --file the day that decides what is expired"),
    Flag.filterMap(dayOf, dayHint),
    Flag.optional
  ),
  expired: Flag.Boolean("expired").pipe(Flag.withDescription("Expired contracts too"), Flag.withDefault(false)),
  limit: limitFlag,
  json: jsonFlag,
  live: Flag.Boolean("live").pipe(
    Flag.withDescription("Ask a running daemon for its contracts; it knows their names only"),
    Flag.withDefault(false)
  ),
  server: serverFlag,
  instance: instanceFlag
}

type ListOptions = Command.Command.Config.Infer<typeof flags>

const answerMs = 5000

/** `rb2701.SHFE` as a contract of which only the name is known. */
const contractOf = (symbol: string): ReadonlyArray<Contract> => {
  const dot = symbol.lastIndexOf(".")
  const id = symbol.slice(0, dot)
  const exchange = Exchange.literals.find((name) => name === symbol.slice(dot + 1))
  if (dot < 1 || exchange === undefined) return []
  return [{ id, exchange, product: parseInstrumentCode(id)?.product ?? unnamedProduct }]
}

/** The catalogue of a running daemon, without expired contracts; only names are known. */
const liveCatalogue = Effect.fnUntraced(function* ({
  day,
  expired,
  file
}: ListOptions): Effect.fn.Return<Catalogue, unknown, DaemonClient | Invocation> {
  if (file.length > 0 || Option.isSome(day) || expired) {
    return yield* new UserError({
      code: "WRONG_USE",
      exitCode: exitCodes.wrongUse,
      message: "--live asks a daemon for today's contracts: leave out --file, --day and --expired."
    })
  }
  const client = yield* DaemonClient
  const symbols = yield* askCatalogue(answerMs)
  const tradingDay = yield* todayOf(yield* readContractSettings((yield* Invocation).env))
  return { tradingDay, source: `daemon ${yield* client.instance}`, contracts: symbols.flatMap(contractOf) }
})

const list = Effect.fnUntraced(function* (options: ListOptions) {
  const { contracts, source, tradingDay } = yield* options.live
    ? liveCatalogue(options)
    : readCatalogue(options.file, options.day)
  const passes = contractFilter({
    exchanges: options.exchange,
    products: options.product,
    kinds: options.kind,
    globs: options.glob,
    exclude: options.exclude
  })
  const matching = contracts.filter(passes)
  const live = options.expired ? matching : matching.filter((contract) => isLive(contract, tradingDay))
  const limit = Option.getOrElse(options.limit, () => (options.json ? live.length : linesShown))
  const listing = {
    tradingDay,
    source,
    shown: live.slice(0, limit),
    matching: live.length,
    expired: matching.length - live.length,
    total: contracts.length
  }
  yield* present(options.json, listingRecord(listing), () => renderListing(listing))
})

/** `tickd contracts list`. */
export const command = Command.make("list", flags, list).pipe(
  Command.provide((target) => DaemonClient.layer(target)),
  Command.withDescription("List contracts of the kept list or of files")
)

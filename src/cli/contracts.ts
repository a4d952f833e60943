import { Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { type ContractKind, contractKinds } from "../kernel/instrument/contract-filter.ts"
import { Exchange } from "../kernel/instrument/exchange.ts"
import type { DaemonQuery } from "./state.ts"
import { type Handler, instanceFlag, jsonFlag, mostInstruments, serverFlag, wholeFlag } from "./terminal/flags.ts"

export interface ContractsList {
  readonly exchange: ReadonlyArray<string>
  readonly product: ReadonlyArray<string>
  readonly kind: ReadonlyArray<ContractKind>
  readonly glob: ReadonlyArray<string>
  readonly exclude: ReadonlyArray<string>
  /** Lists to read in place of the kept version. */
  readonly file: ReadonlyArray<string>
  /** The catalogue that a running daemon goes by, in place of a list of this machine. */
  readonly live: Option.Option<DaemonQuery>
  /** yyyymmdd; none: the newest version, judged on today's trading day. */
  readonly day: Option.Option<number>
  readonly expired: boolean
  readonly limit: Option.Option<number>
  readonly json: boolean
}

export interface ContractsShow {
  readonly id: string
  readonly file: ReadonlyArray<string>
  readonly json: boolean
}

export interface ContractsDiff {
  /** None, one or two of yyyymmdd. */
  readonly days: ReadonlyArray<number>
  readonly limit: Option.Option<number>
  readonly json: boolean
}

/** A day that the calendar has: `20261332` would only find that nothing is kept. */
const dayOf = (text: string): Option.Option<number> => {
  const match = /^(\d{4})-?(\d\d)-?(\d\d)$/.exec(text)
  if (match === null) return Option.none()
  const [, year, month, day] = match
  const iso = `${year}-${month}-${day}`
  const ms = Date.parse(`${iso}T00:00:00Z`)
  const isDay = !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(iso)
  return isDay ? Option.some(Number(`${year}${month}${day}`)) : Option.none()
}
const dayHint = () => "a trading day such as 20261123"

/** `SHFE,DCE`, and the flag again: all of it in one list. */
const many = (text: string) =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")

const severalFlag = <N extends string>(flag: Flag.Flag<string>, description: N) =>
  flag.pipe(
    Flag.withDescription(description),
    Flag.atLeast(0),
    Flag.map((texts) => texts.flatMap(many))
  )

const exchangeNames: ReadonlyArray<string> = Exchange.literals

const exchangeFlag = severalFlag(Flag.String("exchange"), "Only these exchanges: SHFE,DCE").pipe(
  Flag.map((names) => names.map((name) => name.toUpperCase())),
  Flag.filter(
    (names) => names.every((name) => exchangeNames.includes(name)),
    () => `one of ${exchangeNames.join(", ")}`
  )
)

const kindFlag = severalFlag(Flag.String("kind"), `Only these kinds: ${contractKinds.join(", ")}`).pipe(
  Flag.filterMap(
    (kinds) => {
      const known = kinds.filter((kind): kind is ContractKind => contractKinds.some((one) => one === kind))
      return known.length === kinds.length ? Option.some(known) : Option.none()
    },
    () => `one of ${contractKinds.join(", ")}`
  )
)

const fileFlag = Flag.String("file").pipe(
  Flag.withDescription("Read this contract file (JSON or CSV) and not the kept list; several times if need be"),
  Flag.atLeast(0)
)

const limitFlag = wholeFlag("limit", 1, mostInstruments).pipe(
  Flag.withDescription("Show this many at most (100; with --json all)"),
  Flag.optional
)

const dayArgument = Argument.String("day").pipe(
  Argument.withDescription("Trading day, yyyymmdd: none compares the two newest lists, one with the list before it"),
  Argument.filterMap(dayOf, dayHint),
  Argument.between(0, 2)
)

/** `tickd contracts refresh|list|show|diff`. */
export const contractsCommand = <E, R, E2, R2, E3, R3, E4, R4>(
  refresh: Handler<{ readonly json: boolean }, E, R>,
  list: Handler<ContractsList, E2, R2>,
  show: Handler<ContractsShow, E3, R3>,
  diff: Handler<ContractsDiff, E4, R4>
) =>
  Command.make("contracts").pipe(
    Command.withDescription("The contract catalogue: what is listed, what expired, what changed"),
    Command.withSubcommands([
      Command.make("refresh", { json: jsonFlag }, refresh).pipe(
        Command.withDescription("Ask the trader front (CTP_TD_LIBRARY) and the files of TICKD_CONTRACTS, keep the list")
      ),
      Command.make(
        "list",
        {
          exchange: exchangeFlag,
          product: severalFlag(
            Flag.String("product"),
            "Only these products, letters as the exchange writes them: rb,IF,SR"
          ),
          kind: kindFlag,
          glob: severalFlag(Flag.String("glob"), "Only ids that fit: rb27*, *.SHFE, [ai]?2701"),
          exclude: severalFlag(Flag.String("exclude"), "No ids that fit"),
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
            Flag.withDescription("Ask a running daemon for the contracts that it goes by; it tells their names only"),
            Flag.withDefault(false)
          ),
          server: serverFlag,
          instance: instanceFlag
        },
        ({ instance, live, server, ...options }) =>
          list({ ...options, live: live ? Option.some({ instance, server }) : Option.none() })
      ).pipe(Command.withDescription("List contracts of the kept list or of files")),
      Command.make(
        "show",
        {
          id: Argument.String("id").pipe(Argument.withDescription("Contract, rb2701 or rb2701.SHFE; capitals count")),
          file: fileFlag,
          json: jsonFlag
        },
        show
      ).pipe(Command.withDescription("Show one contract")),
      Command.make("diff", { days: dayArgument, limit: limitFlag, json: jsonFlag }, diff).pipe(
        Command.withDescription("What was listed, expired or changed from one kept list to another")
      )
    ])
  )

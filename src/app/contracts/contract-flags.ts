import { Option } from "effect"
import { Flag } from "effect/cli"
import { mostInstruments, wholeFlag } from "../../cli/terminal/flags.ts"
import { type ContractKind, contractKinds } from "../../kernel/instrument/contract-filter.ts"
import { Exchange } from "../../kernel/instrument/exchange.ts"

/** Lines that are printed without `--limit`. */
export const linesShown = 100

/** A day that the calendar has: `20261332` would only find that nothing is kept. */
export const dayOf = (text: string): Option.Option<number> => {
  const match = /^(\d{4})-?(\d\d)-?(\d\d)$/.exec(text)
  if (match === null) return Option.none()
  const [, year, month, day] = match
  const iso = `${year}-${month}-${day}`
  const ms = Date.parse(`${iso}T00:00:00Z`)
  const isDay = !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(iso)
  return isDay ? Option.some(Number(`${year}${month}${day}`)) : Option.none()
}
export const dayHint = () => "a trading day such as 20261123"

/** `SHFE,DCE`, and the flag again: all of it in one list. */
const many = (text: string) =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")

export const severalFlag = <N extends string>(flag: Flag.Flag<string>, description: N) =>
  flag.pipe(
    Flag.withDescription(description),
    Flag.atLeast(0),
    Flag.map((texts) => texts.flatMap(many))
  )

const exchangeNames: ReadonlyArray<string> = Exchange.literals

export const exchangeFlag = severalFlag(Flag.String("exchange"), "Only these exchanges: SHFE,DCE").pipe(
  Flag.map((names) => names.map((name) => name.toUpperCase())),
  Flag.filter(
    (names) => names.every((name) => exchangeNames.includes(name)),
    () => `one of ${exchangeNames.join(", ")}`
  )
)

export const kindFlag = severalFlag(Flag.String("kind"), `Only these kinds: ${contractKinds.join(", ")}`).pipe(
  Flag.filterMap(
    (kinds) => {
      const known = kinds.filter((kind): kind is ContractKind => contractKinds.some((one) => one === kind))
      return known.length === kinds.length ? Option.some(known) : Option.none()
    },
    () => `one of ${contractKinds.join(", ")}`
  )
)

export const fileFlag = Flag.String("file").pipe(
  Flag.withDescription("Read this contract file (JSON or CSV) and not the kept list; repeatable"),
  Flag.atLeast(0)
)

export const limitFlag = wholeFlag("limit", 1, mostInstruments).pipe(
  Flag.withDescription("Show this many at most (default: 100; with --json all)"),
  Flag.optional
)

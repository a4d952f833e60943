import { Effect, Result } from "effect"
import { patternFault } from "../protocol/control/subject-pattern.ts"
import { makeTickSubjects, type TickSubjects } from "../protocol/market/subjects.ts"
import { TickClientError } from "./client-error.ts"
import type { TickSelection, TicksFrom } from "./options.ts"
import type { StartPosition } from "./start-position.ts"

export interface ResolvedSelection {
  readonly stream: string
  readonly filters: ReadonlyArray<string>
  /** Every tick of the stream is read, so the numbers of a feed can be followed. */
  readonly whole: boolean
  /** Selects the wanted messages; undefined: all of them. */
  readonly keeps: ((subject: string) => boolean) | undefined
}

/**
 * With more patterns a server needs seconds for its first answer (2,000 of them: ten), so the client filters instead.
 */
const mostFilters = 256

const invalid = (message: string) => new TickClientError({ code: "CLIENT_OPTIONS_INVALID", message })

const exchangeNames = "CFFEX|SHFE|DCE|CZCE|INE|GFEX"
const withExchange = new RegExp(`^(?:(?:${exchangeNames})\\.(.+)|(.+)\\.(?:${exchangeNames}))$`)

/** Why a code cannot be an exchange's own; the server would accept it without an error. */
const codeFault = (code: unknown): string | undefined => {
  if (typeof code !== "string" || code === "")
    return `The instrument ${JSON.stringify(code)} is not a code: give "rb2610".`
  const own = withExchange.exec(code)
  if (own !== null)
    return `The instrument ${JSON.stringify(code)} names its exchange: give the exchange's own code, ${JSON.stringify(own[1] ?? own[2])}.`
  return /[*>?]/.test(code)
    ? `The instrument ${JSON.stringify(code)} holds a wildcard: give codes, or a pattern such as "md.tick.SHFE.rb.>".`
    : undefined
}

/** The names of all options: a misspelt one would have no effect, and plain JavaScript has no compiler to report it. */
const optionNames = (
  "instruments pattern stream subjectTemplate from onNotice decode capacity heartbeatMs " +
  "inboxPrefix nowMs signal timeoutMs connection url user password nkeyFile tlsCa " +
  "tlsCert tlsKey connectionOptions environment envFile env"
).split(" ")

/** Fails with `CLIENT_OPTIONS_INVALID`. */
export const resolveSelection = Effect.fnUntraced(function* (
  selection: TickSelection
): Effect.fn.Return<ResolvedSelection, TickClientError> {
  const { instruments, pattern, stream = "MD_TICKS" } = selection
  const unknown = Object.keys(selection).find((name) => !optionNames.includes(name))
  if (unknown !== undefined)
    return yield* invalid(`There is no option ${unknown}: the options are ${optionNames.join(", ")}.`)
  if (instruments !== undefined && pattern !== undefined)
    return yield* invalid("Both instruments and pattern are given: leave one of them out.")
  if (instruments !== undefined && !Array.isArray(instruments))
    return yield* invalid(`The instruments are ${JSON.stringify(instruments)}: give a list of codes, ["rb2610"].`)
  if (instruments?.length === 0)
    return yield* invalid("The list of instruments is empty: name at least one, or leave it out for all of them.")
  const wrong = instruments?.map(codeFault).find((fault) => fault !== undefined)
  if (wrong !== undefined) return yield* invalid(wrong)
  const fault = pattern === undefined ? undefined : patternFault(pattern)
  if (fault !== undefined) return yield* invalid(`The pattern ${JSON.stringify(pattern)} cannot be parsed: ${fault}.`)
  const made = makeTickSubjects(selection.subjectTemplate)
  if (Result.isFailure(made)) return yield* invalid(made.failure.message)
  const subjects = made.success
  if (instruments !== undefined) {
    const filters = [...new Set(instruments)].map((instrument) => subjects.filterOf({ instrument }))
    if (filters.length <= mostFilters) return { stream, filters, whole: false, keeps: undefined }
    return { stream, filters: [allOf(subjects)], whole: false, keeps: keeperOf(subjects, new Set(instruments)) }
  }
  const all = allOf(subjects)
  const whole = pattern === undefined || pattern === subjects.filter || pattern === all || pattern === ">"
  return { stream, filters: [whole ? all : pattern], whole, keeps: undefined }
})

/** Subjects repeat, so each is parsed once. */
const keeperOf = (subjects: TickSubjects, wanted: ReadonlySet<string>) => {
  const known = new Map<string, boolean>()
  return (subject: string): boolean => {
    const kept = known.get(subject)
    if (kept !== undefined) return kept
    const { instrument } = subjects.parse(subject) ?? {}
    const keep = instrument !== undefined && wanted.has(instrument)
    known.set(subject, keep)
    return keep
  }
}

const allOf = (subjects: TickSubjects): string => {
  // The stream's own subject, not the template's wildcards: the server then compares no subject, which costs 2
  // instead of 45 µs a message.
  const tokens = subjects.template.split(".")
  const literal = tokens.slice(
    0,
    tokens.findIndex((token) => token.startsWith("{"))
  )
  return literal.length === 0 ? subjects.filter : [...literal, ">"].join(".")
}

/** Fails with `CLIENT_OPTIONS_INVALID` for an invalid date or sequence. */
export const resolveStart = (from: TicksFrom): Effect.Effect<StartPosition, TickClientError> => {
  if (from === "live" || from === "snapshot") return Effect.succeed({ type: from })
  if (from instanceof Date || typeof from === "number") {
    const epochMs = Number(from)
    // The range of JavaScript's Date.
    return Math.abs(epochMs) <= 8.64e15
      ? Effect.succeed({ type: "time", epochMs })
      : Effect.fail(invalid("The time to read from is not valid: give a valid Date or epoch milliseconds."))
  }
  if (typeof from !== "object" || from === null || !("sequence" in from))
    return Effect.fail(
      invalid(
        `${JSON.stringify(from)} is not a start position: give "live", "snapshot", a Date, epoch ms or { sequence }.`
      )
    )
  return Number.isSafeInteger(from.sequence) && from.sequence >= 1
    ? Effect.succeed({ type: "sequence", sequence: from.sequence })
    : Effect.fail(invalid(`The sequence to read from is ${from.sequence}: the first message of a stream has 1.`))
}

import { malformed, Refusal } from "../core/refusal.ts"
import { newYorkDate } from "../core/venue-hours.ts"
import type { VenueState } from "../core/venue-state.ts"
import { type ApiAnswer, jsonAnswer, refusalAnswer } from "./api-message.ts"
import { all, readInt, readList, readWord } from "./query.ts"

const day = /^\d{4}-\d\d-\d\d$/

const readDay = (query: URLSearchParams, name: string, usual: string): string | Refusal => {
  const text = query.get(name) ?? usual
  return day.test(text) && !Number.isNaN(Date.parse(text)) ? text : malformed(`${name} is not a date`)
}

interface Row {
  readonly kind: "forward_splits" | "reverse_splits"
  readonly row: Readonly<Record<string, unknown>>
}

const rowsOf = (state: VenueState): ReadonlyArray<Row> =>
  state.market.splits().map(({ at, id, newRate, oldRate, symbol }) => {
    const date = newYorkDate(at)
    return {
      kind: newRate >= oldRate ? "forward_splits" : "reverse_splits",
      row: { id, symbol, new_rate: newRate, old_rate: oldRate, ex_date: date, process_date: date, record_date: date }
    }
  })

/** `GET /v1/corporate-actions`: splits whose first day is in the range; today's when no range is given. */
export const corporateActions = (state: VenueState, query: URLSearchParams): ApiAnswer => {
  const today = newYorkDate(state.clock)
  const read = all(
    readDay(query, "start", today),
    readDay(query, "end", today),
    readInt(query, "limit", 100, [1, 1000]),
    readWord(query, "sort", ["asc", "desc"])
  )
  if (read instanceof Refusal) return refusalAnswer(read)
  const [start, end, limit, sort] = read
  const symbols = readList(query, "symbols")
  const types = readList(query, "types")
  const from = Number(query.get("page_token") ?? "0")
  if (!Number.isSafeInteger(from) || from < 0) return refusalAnswer(malformed("page_token is not valid"))
  const found = rowsOf(state).filter(({ kind, row }) => {
    const [date, symbol] = [String(row["ex_date"]), String(row["symbol"])]
    const isWanted = types === undefined || types.includes(kind.slice(0, -1))
    return isWanted && (symbols === undefined || symbols.includes(symbol)) && date >= start && date <= end
  })
  if (sort === "desc") found.reverse()
  const page = found.slice(from, from + limit)
  const groups: Partial<Record<Row["kind"], Array<Row["row"]>>> = {}
  for (const { kind, row } of page) (groups[kind] ??= []).push(row)
  return jsonAnswer(200, {
    corporate_actions: groups,
    next_page_token: from + limit < found.length ? String(from + limit) : null
  })
}

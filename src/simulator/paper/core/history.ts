import { type InstantNs, instantOfMs } from "../../../kernel/time/utc-instant.ts"
import { adjustedBar, type BarRow, dailyBar, intradayBar, mergeBars, quoteRow, tradeRow } from "./market-rows.ts"
import { malformed, Refusal } from "./refusal.ts"
import { msOf, newYorkDate, nextDate } from "./venue-hours.ts"
import type { VenueState } from "./venue-state.ts"

export interface HistoryQuery {
  readonly symbols: ReadonlyArray<string>
  readonly start: InstantNs
  readonly end: InstantNs
  readonly limit: number
  readonly sort: "asc" | "desc"
  readonly pageToken: string | undefined
}

export interface Frame {
  readonly count: number
  readonly unit: "Min" | "Hour" | "Day" | "Week" | "Month"
}

/** One row that can be made: when it begins, and how it is read. */
interface Slot<Row> {
  readonly startMs: number
  readonly read: (symbol: string) => Row | undefined
}

const slotsMax = 500_000
const minuteMs = 60_000
const most = { Min: 59, Hour: 23, Day: 1, Week: 1, Month: 12 }

const frameUnits: Readonly<Record<string, Frame["unit"]>> = {
  Min: "Min",
  T: "Min",
  Hour: "Hour",
  H: "Hour",
  Day: "Day",
  D: "Day",
  Week: "Week",
  W: "Week",
  Month: "Month",
  M: "Month"
}

export const readFrame = (text: string): Frame | Refusal => {
  const match = /^(\d{1,2})(Min|T|Hour|H|Day|D|Week|W|Month|M)$/.exec(text)
  const unit = match?.[2] === undefined ? undefined : frameUnits[match[2]]
  const count = Number(match?.[1])
  if (unit === undefined || count < 1 || count > most[unit]) return malformed(`invalid timeframe: ${text}`)
  return unit === "Month" && ![1, 2, 3, 4, 6, 12].includes(count)
    ? malformed(`invalid timeframe: ${text}`)
    : { count, unit }
}

/** Trading days between two instants. */
const sessions = (state: VenueState, { end, start }: HistoryQuery) => {
  const days = []
  const last = newYorkDate(end)
  for (let date = newYorkDate(start); date <= last; date = nextDate(date)) {
    const session = state.hours.day(date)
    if (session !== undefined) days.push(session)
  }
  return days
}

const intradaySlots = (state: VenueState, query: HistoryQuery, widthMs: number): Array<Slot<BarRow>> => {
  const slots: Array<Slot<BarRow>> = []
  const nowMs = msOf(state.clock)
  for (const { postClose, preOpen } of sessions(state, query))
    for (let startMs = Math.ceil(preOpen / widthMs) * widthMs; startMs < postClose; startMs += widthMs) {
      if (startMs < msOf(query.start) || startMs > msOf(query.end) || startMs + widthMs > nowMs) continue
      if (slots.length >= slotsMax) return slots
      slots.push({ startMs, read: (symbol) => intradayBar(state, symbol, startMs, widthMs) })
    }
  return slots
}

/** Which group of days a date belongs to. */
const groupOf = (date: string, { count, unit }: Frame): string => {
  if (unit === "Day") return date
  const day = new Date(`${date}T00:00:00Z`)
  if (unit === "Week") return nextDate(date, -((day.getUTCDay() + 6) % 7))
  return `${date.slice(0, 4)}-${Math.floor(day.getUTCMonth() / count)}`
}

const dailySlots = (state: VenueState, query: HistoryQuery, frame: Frame): Array<Slot<BarRow>> => {
  const groups = Map.groupBy(
    sessions(state, query).filter(({ open }) => open <= msOf(state.clock)),
    ({ day }) => groupOf(day, frame)
  )
  return [...groups.values()].map((days) => ({
    startMs: (days[0] as { readonly open: number }).open,
    read: (symbol) => mergeBars(days.flatMap(({ day }) => dailyBar(state, symbol, day) ?? []))
  }))
}

const stepSlots = <Row>(
  state: VenueState,
  query: HistoryQuery,
  read: (symbol: string, at: InstantNs) => Row
): Array<Slot<Row>> => {
  const slots: Array<Slot<Row>> = []
  const end = query.end < state.clock ? query.end : state.clock
  for (let at = (query.start / state.stepNs) * state.stepNs; at <= end && slots.length < slotsMax; at += state.stepNs) {
    if (at < query.start || state.hours.phase(at) === "closed") continue
    slots.push({ startMs: msOf(at), read: (symbol) => read(symbol, at) })
  }
  return slots
}

/** Pages over all symbols: sorted by symbol, then by time. The token names the next row. */
const page = <Row>(query: HistoryQuery, slots: Array<Slot<Row>>) => {
  const sorted = query.sort === "desc" ? slots.toReversed() : slots
  const rows: Record<string, Array<Row>> = {}
  const [tokenSymbol = "", tokenStart = "0"] = query.pageToken === undefined ? [] : atob(query.pageToken).split("|")
  let isBehind = query.pageToken === undefined
  let count = 0
  for (const symbol of [...query.symbols].sort())
    for (const slot of sorted) {
      isBehind ||= symbol === tokenSymbol && slot.startMs === Number(tokenStart)
      if (!isBehind) continue
      if (count === query.limit) return { rows, token: btoa(`${symbol}|${slot.startMs}`) }
      const row = slot.read(symbol)
      if (row === undefined) continue
      ;(rows[symbol] ??= []).push(row)
      count++
    }
  return { rows, token: null }
}

export const historyOf = (
  state: VenueState,
  query: HistoryQuery,
  what:
    | { readonly type: "bars"; readonly frame: Frame; readonly adjusted: boolean }
    | { readonly type: "quotes" }
    | { readonly type: "trades" }
) => {
  if (what.type === "quotes")
    return page(
      query,
      stepSlots(state, query, (symbol, at) => quoteRow(state, symbol, at))
    )
  if (what.type === "trades")
    return page(
      query,
      stepSlots(state, query, (symbol, at) => tradeRow(state, symbol, at))
    )
  const { count, unit } = what.frame
  const width = unit === "Min" ? minuteMs : 60 * minuteMs
  const slots =
    unit === "Min" || unit === "Hour"
      ? intradaySlots(state, query, count * width)
      : dailySlots(state, query, what.frame)
  if (!what.adjusted) return page(query, slots)
  return page(
    query,
    slots.map(({ read, startMs }) => ({
      startMs,
      read: (symbol: string) => {
        const bar = read(symbol)
        return bar === undefined ? undefined : adjustedBar(state, symbol, bar)
      }
    }))
  )
}

export const startOfToday = (state: VenueState): InstantNs => instantOfMs(state.hours.lastDay(state.clock).preOpen)

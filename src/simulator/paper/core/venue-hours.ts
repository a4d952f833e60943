import { type NewYorkDay, newYorkDay, newYorkOffsetMs } from "../../../kernel/calendar/new-york.ts"
import { type InstantNs, instantOfMs, instantText } from "../../../kernel/time/utc-instant.ts"

const dayMs = 86_400_000

type Phase = "closed" | "pre" | "regular" | "post"
export type BoundaryKind = "preOpen" | "open" | "close" | "postClose"
interface Boundary {
  readonly kind: BoundaryKind
  readonly at: InstantNs
}

/** `new-york`: the sessions of the exchanges. `always`: each calendar day of New York is one regular session. */
export type HoursRule = "new-york" | "always"

export const msOf = (instant: InstantNs): number => Number(instant / 1_000_000n)

/** The date in New York, `YYYY-MM-DD`. */
export const newYorkDate = (instant: InstantNs): string => {
  const ms = msOf(instant)
  return new Date(ms - newYorkOffsetMs(ms)).toISOString().slice(0, 10)
}

/** RFC 3339 with New York's offset, as `/v2/clock` answers. */
export const newYorkText = (instant: InstantNs): string => {
  const offsetMs = newYorkOffsetMs(msOf(instant))
  return `${instantText(instant - instantOfMs(offsetMs)).slice(0, -1)}-0${offsetMs / 3_600_000}:00`
}

/** Midnight in New York at which a date begins. Its offset is the one of five in the morning UTC. */
export const newYorkMidnightMs = (date: string): number => {
  const utcDay = Date.parse(`${date}T00:00:00Z`)
  return utcDay + newYorkOffsetMs(utcDay + 5 * 3_600_000)
}

export const nextDate = (date: string, days = 1): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10)

const alwaysDay = (date: string): NewYorkDay => {
  const open = newYorkMidnightMs(date)
  const close = newYorkMidnightMs(nextDate(date)) - 1000
  return { day: date, preOpen: open, open, close, postClose: close }
}

export interface VenueHours {
  readonly day: (date: string) => NewYorkDay | undefined
  readonly phase: (instant: InstantNs) => Phase
  /** The first boundary after an instant. */
  readonly next: (instant: InstantNs, kinds?: ReadonlySet<BoundaryKind>) => Boundary
  /** The last trading day that has opened. */
  readonly lastDay: (instant: InstantNs) => NewYorkDay
}

export const makeVenueHours = (rule: HoursRule): VenueHours => {
  // One session is asked for thousands of times in a row.
  const known = new Map<string, NewYorkDay | undefined>()
  const day = (date: string): NewYorkDay | undefined => {
    if (!known.has(date)) {
      if (known.size > 1000) known.clear()
      known.set(date, rule === "always" ? alwaysDay(date) : newYorkDay(date))
    }
    return known.get(date)
  }
  const phase = (instant: InstantNs): Phase => {
    const today = day(newYorkDate(instant))
    const ms = msOf(instant)
    if (today === undefined || ms < today.preOpen || ms >= today.postClose) return "closed"
    if (ms < today.open) return "pre"
    return ms < today.close ? "regular" : "post"
  }
  const next: VenueHours["next"] = (instant, kinds) => {
    for (let date = newYorkDate(instant); ; date = nextDate(date)) {
      const session = day(date)
      if (session === undefined) continue
      for (const kind of ["preOpen", "open", "close", "postClose"] as const) {
        const at = instantOfMs(session[kind])
        if (at > instant && (kinds === undefined || kinds.has(kind))) return { kind, at }
      }
    }
  }
  const lastDay = (instant: InstantNs): NewYorkDay => {
    for (let date = newYorkDate(instant); ; date = nextDate(date, -1)) {
      const session = day(date)
      if (session !== undefined && session.open <= msOf(instant)) return session
    }
  }
  return { day, phase, next, lastDay }
}

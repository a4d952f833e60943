import { Schema } from "effect"
import { newYorkInstant } from "../../../../kernel/calendar/new-york.ts"
import { type InstantNs, instantOfMs } from "../../../../kernel/time/utc-instant.ts"
import { Name, Unreadable } from "./fields.ts"
import { readerOf } from "./read.ts"

export interface VenueDay {
  readonly day: string
  readonly open: InstantNs
  readonly close: InstantNs
}

const readWireDay = readerOf("calendar", Schema.Struct({ date: Name, open: Name, close: Name }))
const timeForm = /^([01]\d|2[0-3]):([0-5]\d)$/

/** New York's time of day, such as `09:30`. */
const instantOf = (day: string, time: string): InstantNs | undefined => {
  const match = timeForm.exec(time)
  const utcDay = Date.parse(`${day}T00:00:00Z`)
  if (match === null || Number.isNaN(utcDay) || new Date(utcDay).toISOString().slice(0, 10) !== day) return undefined
  return instantOfMs(newYorkInstant(utcDay, (Number(match[1]) * 60 + Number(match[2])) * 60_000))
}

export const readDay = (text: string): VenueDay | Unreadable => {
  const wire = readWireDay(text)
  if (wire instanceof Unreadable) return wire
  const open = instantOf(wire.date, wire.open)
  const close = instantOf(wire.date, wire.close)
  if (open === undefined || close === undefined || open >= close) {
    return new Unreadable(`calendar: ${wire.date} from '${wire.open}' to '${wire.close}' is not a trading day`)
  }
  return { day: wire.date, open, close }
}

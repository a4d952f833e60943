import { at, type HandCase } from "./hand-case.ts"

/** Clocks that disagree at midnight, and snapshots of the past. */
export const clockCases: ReadonlyArray<HandCase> = [
  // Midnight: one clock has turned the day, the other has not.
  at(
    "SHFE",
    "23:59:59.500",
    ["20181010", "20181010"],
    "2018-10-10 00:00:00.200",
    ["2018-10-09 23:59:59.500", "20181010", "fresh"],
    "ActionDay has turned, UpdateTime has not: the receipt says that it is still the 9th"
  ),
  at(
    "SHFE",
    "00:00:00.000",
    ["20181009", "20181010"],
    "2018-10-10 00:00:00.300",
    ["2018-10-10 00:00:00.000", "20181010", "fresh"],
    "UpdateTime has turned, ActionDay has not"
  ),
  at(
    "INE",
    "23:59:59.999",
    ["20181013", "20181015"],
    "2018-10-13 00:00:00.400",
    ["2018-10-12 23:59:59.999", "20181015", "fresh"],
    "the same on the night from Friday to Saturday"
  ),
  at(
    "INE",
    "00:00:00.500",
    ["20181012", "20181015"],
    "2018-10-13 00:00:00.800",
    ["2018-10-13 00:00:00.500", "20181015", "fresh"],
    "the same on the night from Friday to Saturday"
  ),
  at(
    "SHFE",
    "00:00:00.500",
    ["20181012", "20181015"],
    null,
    ["2018-10-13 00:00:00.500", "20181015", "fresh"],
    "without a receipt the trading day decides: Friday 00:00 belongs to Friday, Monday's is Saturday 00:00"
  ),
  at(
    "SHFE",
    "23:59:59.000",
    ["20181013", "20181015"],
    null,
    ["2018-10-12 23:59:59.000", "20181015", "fresh"],
    "without a receipt: Saturday evening has no session, Friday evening has"
  ),
  at(
    "SHFE",
    "00:00:00.000",
    ["20181009", "20181010"],
    null,
    ["2018-10-10 00:00:00.000", "20181010", "fresh"],
    "00:00 of the 9th belongs to the 9th: the 10th is meant"
  ),
  at(
    "SHFE",
    "00:00:30.000",
    ["20181009", "20181009"],
    "2018-10-10 09:00:00.000",
    ["2018-10-09 00:00:30.000", "20181009", "stale"],
    "a right pair of days, received 33 hours later: old, and not moved by a day"
  ),
  at(
    "SHFE",
    "23:58:00.000",
    ["20181008", "20181009"],
    "2018-10-08 23:58:00.020",
    ["2018-10-08 23:58:00.000", "20181009", "fresh"],
    "near midnight and nothing wrong"
  ),
  at(
    "SHFE",
    "00:02:00.000",
    ["20181009", "20181009"],
    "2018-10-08 23:59:30.000",
    ["2018-10-09 00:02:00.000", "20181009", "fresh"],
    "the exchange's clock is two and a half minutes ahead: within bounds, the day stands"
  ),
  at(
    "DCE",
    "23:59:59.900",
    ["20150313", "20150313"],
    "2015-03-13 00:00:00.100",
    ["2015-03-12 23:59:59.900", "20150313", "fresh"],
    "DCE's ActionDay is never asked at night"
  ),
  at(
    "DCE",
    "00:00:00.100",
    ["20150316", "20150316"],
    "2015-03-14 00:00:00.300",
    ["2015-03-14 00:00:00.100", "20150316", "fresh"],
    "DCE on the night from Friday to Saturday"
  ),
  at(
    "CZCE",
    "00:00:00.000",
    ["20181012", "20181012"],
    "2018-10-13 00:00:01.000",
    ["2018-10-13 00:00:00.000", "20181015", "fresh"],
    "a late tick of CZCE whose both days have not turned: Saturday, Monday's"
  ),

  // A stale snapshot keeps its time and never moves into the future.
  at(
    "DCE",
    "23:00:00.038",
    ["20221020", "20221020"],
    "2022-10-20 16:00:00.000",
    ["2022-10-19 23:00:00.038", "20221020", "stale"],
    "vnpy forum 57582: a reconnect at 16:00 receives last night's closing tick; the local date made it one of 23:00 tonight"
  ),
  at(
    "DCE",
    "22:59:59.522",
    ["20221024", "20221024"],
    "2022-10-23 16:00:00.000",
    ["2022-10-21 22:59:59.522", "20221024", "stale"],
    "a start on Sunday receives Friday night's last tick"
  ),
  at(
    "SHFE",
    "02:30:00.000",
    ["20181013", "20181015", "20181015"],
    "2018-10-15 08:31:00.000",
    ["2018-10-13 02:30:00.000", "20181015", "stale"],
    "a start on Monday morning receives Saturday's last tick"
  ),
  at(
    "CFFEX",
    "15:00:00.200",
    ["20181012", "20181012", "20181015"],
    "2018-10-15 08:45:00.000",
    ["2018-10-12 15:00:00.200", "20181012", "stale"],
    "Friday's close received on Monday, after a login of Monday"
  ),
  at(
    "CZCE",
    "23:29:59.000",
    ["20181011", "20181011", "20181012"],
    "2018-10-12 07:07:00.000",
    ["2018-10-11 23:29:59.000", "20181012", "stale"],
    "a start at 07:07 receives CZCE's last tick of the night"
  ),
  at(
    "GFEX",
    "15:00:00.000",
    ["20260213", "20260213", "20260224"],
    "2026-02-24 08:40:00.000",
    ["2026-02-13 15:00:00.000", "20260213", "stale"],
    "the close before Spring Festival, received eleven days later"
  ),
  at(
    "INE",
    "02:29:59.500",
    ["20260214", "20260224"],
    "2026-02-24 08:50:00.000",
    ["2026-02-14 02:29:59.500", "20260224", "stale"],
    "what the fields claim stands even though that evening had no session: it is flagged, not invented"
  ),
  at(
    "SHFE",
    "14:59:59.500",
    ["20181009", "20181009"],
    "2018-10-09 15:01:00.000",
    ["2018-10-09 14:59:59.500", "20181009", "stale"],
    "60.5 s old is stale"
  ),
  at(
    "SHFE",
    "14:59:59.500",
    ["20181009", "20181009"],
    "2018-10-09 15:00:59.500",
    ["2018-10-09 14:59:59.500", "20181009", "fresh"],
    "exactly 60 s old is not"
  ),
  at(
    "CZCE",
    "14:59:59.000",
    ["20181009", "20181009"],
    "2018-10-09 14:59:59.990",
    ["2018-10-09 14:59:59.000", "20181009", "fresh"],
    "CZCE has no milliseconds: up to a second old and fresh"
  ),

  at(
    "DCE",
    "21:00:20.000",
    ["20181009", "20181009"],
    "2018-10-09 21:00:30.000",
    ["2018-10-08 21:00:20.000", "20181009", "stale"],
    "last night's tick received tonight at the same time of day: tonight would be the 10th's"
  )
]

import { at, type HandCase, refused } from "./hand-case.ts"

/** Days ahead of the tick, logins of another day, missing or damaged fields, and test markets. */
export const fieldCases: ReadonlyArray<HandCase> = [
  // Never from the future.
  at(
    "SHFE",
    "21:00:00.500",
    ["20181009", "20181009"],
    "2018-10-08 21:00:00.600",
    ["2018-10-08 21:00:00.500", "20181009", "fresh"],
    "ActionDay repeats the trading day in the evening, at an exchange that should not"
  ),
  at(
    "SHFE",
    "21:00:00.500",
    ["20181009", "20181009"],
    null,
    ["2018-10-08 21:00:00.500", "20181009", "fresh"],
    "the same without a receipt: an evening never is the trading day's own"
  ),
  at(
    "INE",
    "21:00:00.500",
    ["20181015", "20181015"],
    "2018-10-12 21:00:00.600",
    ["2018-10-12 21:00:00.500", "20181015", "fresh"],
    "the same on a Friday"
  ),
  at(
    "SHFE",
    "00:30:00.000",
    ["20181015", "20181015"],
    "2018-10-13 00:30:00.100",
    ["2018-10-13 00:30:00.000", "20181015", "fresh"],
    "ActionDay repeats the trading day past midnight: the receipt says Saturday"
  ),
  at(
    "SHFE",
    "15:00:00.000",
    ["", "20181015"],
    "2018-10-12 20:35:00.000",
    ["2018-10-12 15:00:00.000", "20181012", "stale"],
    "no ActionDay, the TradingDay of a later login, received before that day: the last close"
  ),
  at(
    "SHFE",
    "10:00:00.000",
    ["", "20181008"],
    "2018-09-28 20:35:00.000",
    ["2018-09-28 10:00:00.000", "20180928", "stale"],
    "the same before a holiday of nine days"
  ),
  at(
    "CFFEX",
    "10:00:00.000",
    ["20181010", "20181010"],
    "2018-10-09 10:04:00.000",
    ["2018-10-09 10:00:00.000", "20181009", "stale"],
    "both days lie ahead of the receipt: the previous candidate, four minutes old"
  ),
  at(
    "SHFE",
    "10:04:59.999",
    ["20181009", "20181009"],
    "2018-10-09 10:00:00.000",
    ["2018-10-09 10:04:59.999", "20181009", "fresh"],
    "up to five minutes ahead is the difference of two clocks"
  ),

  at(
    "SHFE",
    "15:00:00.000",
    ["20181009", "20181009"],
    "2018-10-09 08:45:00.000",
    ["2018-10-08 15:00:00.000", "20181008", "stale"],
    "both days are today's and 15:00 has not come yet: the close before"
  ),
  at(
    "DCE",
    "14:59:59.500",
    ["20181015", "20181015"],
    "2018-10-15 08:45:00.000",
    ["2018-10-12 14:59:59.500", "20181012", "stale"],
    "the same on a Monday: Friday's close"
  ),

  // A login trading day that does not belong to the tick.
  at(
    "CZCE",
    "21:00:00.000",
    ["20181012", "20181012", "20261123"],
    null,
    ["2018-10-12 21:00:00.000", "20181015", "fresh"],
    "a replay: the login is of another year"
  ),
  at(
    "CZCE",
    "21:00:00.000",
    ["20181012", "20181012", "20181012"],
    null,
    ["2018-10-12 21:00:00.000", "20181015", "fresh"],
    "a login of this morning says nothing about tonight"
  ),
  at(
    "CZCE",
    "19:29:00.000",
    ["20240930", "20240930", "20241008"],
    null,
    ["2024-09-30 19:29:00.000", "20241008", "fresh"],
    "the login knows the end of the holidays"
  ),
  at(
    "CZCE",
    "19:29:00.000",
    ["20240930", "20240930"],
    null,
    ["2024-09-30 19:29:00.000", "20241008", "fresh"],
    "without a login the calendar knows it"
  ),
  at(
    "SHFE",
    "18:30:00.000",
    ["", "20241008"],
    null,
    ["2024-09-30 18:30:00.000", "20241008", "fresh"],
    "no ActionDay: the evening of the trading day before, across the holidays"
  ),
  at(
    "DCE",
    "19:30:00.000",
    ["20241008", "20241008"],
    "2024-09-30 19:31:00.000",
    ["2024-09-30 19:30:00.000", "20241008", "fresh"],
    "DCE repeats the trading day in an evening snapshot before the holidays: 60 s old"
  ),

  // CZCE without ActionDay.
  at(
    "CZCE",
    "21:00:00.000",
    ["", "20181012"],
    "2018-10-12 21:00:00.300",
    ["2018-10-12 21:00:00.000", "20181015", "fresh"],
    "TradingDay is the natural day and the receipt shows it"
  ),
  at(
    "CZCE",
    "21:00:00.000",
    ["", "20181015"],
    "2018-10-12 21:00:00.300",
    ["2018-10-12 21:00:00.000", "20181015", "fresh"],
    "TradingDay is the trading day (recorders correct it) and the receipt shows it"
  ),
  at(
    "CZCE",
    "22:59:59.000",
    ["", "20181011"],
    "2018-10-12 16:00:00.000",
    ["2018-10-11 22:59:59.000", "20181012", "stale"],
    "last night's tick, received in the afternoon"
  ),
  at(
    "CZCE",
    "21:00:00.000",
    ["", "20181012", "20181015"],
    null,
    ["2018-10-12 21:00:00.000", "20181015", "fresh"],
    "the login shows that the natural day is meant"
  ),

  // Fields that are missing or damaged.
  at(
    "SHFE",
    "21:00:00.000",
    ["20181012", ""],
    null,
    ["2018-10-12 21:00:00.000", "20181015", "fresh"],
    "no TradingDay: Friday evening's is Monday"
  ),
  at(
    "SHFE",
    "21:00:00.000",
    ["20180928", "", "20181008"],
    null,
    ["2018-09-28 21:00:00.000", "20181008", "fresh"],
    "no TradingDay: the login knows"
  ),
  at(
    "INE",
    "00:10:00.000",
    ["20181013", "00000000"],
    null,
    ["2018-10-13 00:10:00.000", "20181015", "fresh"],
    "a TradingDay of zeros is none"
  ),
  at(
    "INE",
    "09:10:00.000",
    ["20181012", "19800100"],
    null,
    ["2018-10-12 09:10:00.000", "20181012", "fresh"],
    "19800100 is what CTP says before a login"
  ),
  at(
    "INE",
    "09:10:00.000",
    ["", "", "20181012"],
    null,
    ["2018-10-12 09:10:00.000", "20181012", "fresh"],
    "only the login's day is there"
  ),
  at(
    "SHFE",
    "21:00:00.000",
    ["20180231", "20181009"],
    null,
    ["2018-10-08 21:00:00.000", "20181009", "fresh"],
    "an ActionDay that is no date is none"
  ),
  refused("", 0, ["20181012", "20181012"], "empty_time", "some fronts send ticks without UpdateTime"),
  refused("24:00:00", 0, ["20181012", "20181012"], "impossible_time", "24:00:00 is no time of day"),
  refused("09:60:00", 0, ["20181012", "20181012"], "impossible_time", "an hour has no minute 60"),
  refused("10:00:00", 1000, ["20181012", "20181012"], "impossible_time", "1000 ms are a second"),
  refused("10:00:00", -1, ["20181012", "20181012"], "impossible_time", "milliseconds are not negative"),
  refused("10:00:00", 0, ["", "", ""], "no_day", "nothing names a day"),
  refused("10:00:00", 0, ["", "20230229", "19800100"], "no_day", "2023 has no 29 February, and 19800100 is no day"),

  // Test markets (SimNow's 7x24 environment, tickd's own simulator) trade on days off; their fields are consistent.
  at(
    "SHFE",
    "09:35:00.500",
    ["20261121", "20261123"],
    "2026-11-21 09:35:00.600",
    ["2026-11-21 09:35:00.500", "20261123", "fresh"],
    "Saturday morning of a test market"
  ),
  at(
    "DCE",
    "09:35:00.123",
    ["20261123", "20261123"],
    "2026-11-21 09:35:00.600",
    ["2026-11-21 09:35:00.123", "20261123", "fresh"],
    "the same at DCE, whose ActionDay is Monday: it is now, not the day after tomorrow"
  ),
  at(
    "DCE",
    "21:05:00.123",
    ["20261123", "20261123"],
    "2026-11-21 21:05:00.600",
    ["2026-11-21 21:05:00.123", "20261123", "fresh"],
    "Saturday evening of a test market at DCE"
  ),
  at(
    "CZCE",
    "09:35:00.000",
    ["20261121", "20261121"],
    "2026-11-21 09:35:00.600",
    ["2026-11-21 09:35:00.000", "20261123", "fresh"],
    "the same at CZCE, whose TradingDay is Saturday: no trading day, so Monday"
  )
]

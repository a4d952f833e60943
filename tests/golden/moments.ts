/**
 * Moments of the market with their trading day, typed by hand from wall calendars and exchange notices, without code
 * of the project. `wall` begins with the weekday, which the generator checks, so that a wrong date is found.
 */
export interface Moment {
  readonly wall: string
  readonly tradingDay: string
  /** Exchanges with a session at that time, or whose fronts send snapshots at such a time. */
  readonly exchanges: string
  readonly why: string
}

const night = "SHFE DCE CZCE INE"
const late = "SHFE INE"
const all = "CFFEX SHFE DCE CZCE INE GFEX"

export const moments: ReadonlyArray<Moment> = [
  {
    wall: "Mon 2018-10-08 09:00:00.500",
    tradingDay: "2018-10-08",
    exchanges: all,
    why: "first morning after National Day 2018: no night session came before it"
  },
  {
    wall: "Mon 2018-10-08 20:59:00.000",
    tradingDay: "2018-10-09",
    exchanges: night,
    why: "auction of the night session: Monday evening belongs to Tuesday"
  },
  {
    wall: "Mon 2018-10-08 21:00:00.500",
    tradingDay: "2018-10-09",
    exchanges: night,
    why: "first minute of the night session"
  },
  {
    wall: "Tue 2018-10-09 00:30:00.000",
    tradingDay: "2018-10-09",
    exchanges: late,
    why: "past midnight the natural day has reached the trading day"
  },
  {
    wall: "Tue 2018-10-09 02:29:59.500",
    tradingDay: "2018-10-09",
    exchanges: late,
    why: "last half second of the longest night session"
  },
  {
    wall: "Tue 2018-10-09 11:29:59.999",
    tradingDay: "2018-10-09",
    exchanges: all,
    why: "end of the morning, largest millisecond"
  },
  {
    wall: "Fri 2018-10-12 14:59:59.500",
    tradingDay: "2018-10-12",
    exchanges: all,
    why: "Friday's close belongs to Friday"
  },
  {
    wall: "Fri 2018-10-12 15:00:00.000",
    tradingDay: "2018-10-12",
    exchanges: all,
    why: "the closing tick carries the second of the close"
  },
  {
    wall: "Fri 2018-10-12 21:00:00.007",
    tradingDay: "2018-10-15",
    exchanges: night,
    why: "Friday evening belongs to Monday; 7 ms is 007, not 700"
  },
  {
    wall: "Fri 2018-10-12 22:59:59.085",
    tradingDay: "2018-10-15",
    exchanges: night,
    why: "Friday evening belongs to Monday; 85 ms is 085, not 850"
  },
  {
    wall: "Sat 2018-10-13 00:59:59.500",
    tradingDay: "2018-10-15",
    exchanges: late,
    why: "Friday's night session reaches into Saturday and belongs to Monday"
  },
  {
    wall: "Sat 2018-10-13 02:29:59.001",
    tradingDay: "2018-10-15",
    exchanges: late,
    why: "the end of Friday's night session, on Saturday"
  },
  {
    wall: "Fri 2018-09-28 14:59:59.000",
    tradingDay: "2018-09-28",
    exchanges: all,
    why: "last second before National Day 2018; that evening has no session (SHFE notice for 2018)"
  },
  {
    wall: "Thu 2015-03-12 23:59:59.500",
    tradingDay: "2015-03-13",
    exchanges: "SHFE DCE",
    why: "DCE traded until 02:30 then (2014-07-04 to 2015-05-08)"
  },
  {
    wall: "Fri 2015-03-13 00:00:00.000",
    tradingDay: "2015-03-13",
    exchanges: "SHFE DCE",
    why: "midnight itself belongs to the new natural day"
  },
  {
    wall: "Sat 2015-03-14 01:45:10.250",
    tradingDay: "2015-03-16",
    exchanges: "SHFE DCE",
    why: "Saturday morning of DCE's long night sessions belongs to Monday"
  },
  {
    wall: "Mon 2020-02-03 14:30:00.500",
    tradingDay: "2020-02-03",
    exchanges: all,
    why: "first day after the prolonged Spring Festival of 2020; that evening has no session"
  },
  {
    wall: "Tue 2020-02-04 09:00:00.000",
    tradingDay: "2020-02-04",
    exchanges: all,
    why: "suspension of night trading 2020: the day begins at 09:00"
  },
  {
    wall: "Wed 2020-05-06 21:00:01.500",
    tradingDay: "2020-05-07",
    exchanges: night,
    why: "first night session after the suspension of 2020"
  },
  {
    wall: "Thu 2020-12-31 10:00:00.000",
    tradingDay: "2020-12-31",
    exchanges: all,
    why: "last day of the year; the next trading day is 2021-01-04"
  },
  {
    wall: "Mon 2021-01-04 09:29:00.400",
    tradingDay: "2021-01-04",
    exchanges: all,
    why: "first day of the year, auction of CFFEX"
  },
  {
    wall: "Tue 2022-10-18 23:00:00.038",
    tradingDay: "2022-10-19",
    exchanges: night,
    why: "closing tick of a night session (the case of the vnpy forum's post 57582, a day earlier)"
  },
  {
    wall: "Tue 2023-07-11 23:00:00.500",
    tradingDay: "2023-07-12",
    exchanges: night,
    why: "the raw tick of rb2402: ActionDay 20230711, TradingDay 20230712"
  },
  {
    wall: "Thu 2024-02-08 14:59:59.500",
    tradingDay: "2024-02-08",
    exchanges: all,
    why: "last day before Spring Festival 2024: 9 February was closed by the exchanges, not by the State Council"
  },
  {
    wall: "Mon 2024-02-19 09:00:00.500",
    tradingDay: "2024-02-19",
    exchanges: all,
    why: "first day after Spring Festival 2024"
  },
  {
    wall: "Mon 2024-02-19 21:00:00.500",
    tradingDay: "2024-02-20",
    exchanges: night,
    why: "night trading resumes on the evening of the first day"
  },
  {
    wall: "Mon 2026-01-05 13:30:00.500",
    tradingDay: "2026-01-05",
    exchanges: all,
    why: "Monday after New Year 2026; Sunday 4 January was worked elsewhere and no trading day"
  },
  {
    wall: "Fri 2026-02-13 14:59:59.500",
    tradingDay: "2026-02-13",
    exchanges: all,
    why: "Friday before Spring Festival 2026; Saturday 14 February was worked elsewhere and no trading day"
  },
  {
    wall: "Tue 2026-02-24 21:30:00.000",
    tradingDay: "2026-02-25",
    exchanges: night,
    why: "first night session after Spring Festival 2026"
  },
  {
    wall: "Fri 2026-11-20 21:00:00.500",
    tradingDay: "2026-11-23",
    exchanges: night,
    why: "Friday night of late 2026 belongs to Monday"
  },
  {
    wall: "Sat 2026-11-21 00:00:00.500",
    tradingDay: "2026-11-23",
    exchanges: late,
    why: "Saturday's first half second belongs to Monday"
  },
  {
    wall: "Thu 2026-12-31 15:00:00.500",
    tradingDay: "2026-12-31",
    exchanges: all,
    why: "the last close of the year: 1 January 2027 is a holiday by law"
  }
]

/** Moments at which fronts send their state of a coming day: no trade, but a time and a day. */
export const snapshots: ReadonlyArray<Moment> = [
  {
    wall: "Wed 2016-08-10 18:11:36.800",
    tradingDay: "2016-08-11",
    exchanges: "CFFEX",
    why: "the evening-before snapshot of the recording of 2016-08-11"
  },
  {
    wall: "Fri 2016-08-12 18:11:18.364",
    tradingDay: "2016-08-15",
    exchanges: "CFFEX",
    why: "the Friday-before snapshot of the recording of 2016-08-15"
  },
  {
    wall: "Fri 2020-07-31 19:29:00.000",
    tradingDay: "2020-08-03",
    exchanges: "CZCE SHFE",
    why: "the Friday-before snapshot of the recording of 2020-08-03"
  },
  {
    wall: "Mon 2020-08-03 19:22:55.000",
    tradingDay: "2020-08-04",
    exchanges: "CZCE SHFE",
    why: "the evening-before snapshot of the recording of 2020-08-04"
  }
]

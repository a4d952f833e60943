import type { CalendarData } from "./calendar-data.ts"

const sources = {
  wonderTrader:
    "WonderTrader's list CHINA of 2022-03; 2014 and later agree with the yearly notices of SHFE, INE and DCE, earlier years were not compared",
  notice2023: "General Office of the State Council, notice of 2022-12-08; SHFE notice 2022 no. 144, DCE's of the year",
  notice2024:
    "General Office of the State Council, notice of 2023-10-25 (02-09 by the exchanges); SHFE notice 2023 no. 127",
  notice2025: "General Office of the State Council, notice of 2024-11-12; SHFE and DCE notices for 2025",
  notice2026:
    "General Office of the State Council, notice of 2025-11-04; SSE and SZSE notice of 2025-12-22. The futures exchanges' own notice was seen up to April only",
  newYear2027: "1 January is a holiday by law; the State Council's notice for 2027 was not known when this was written"
}

/**
 * The days on which China's futures exchanges are closed, in the form of `src/kernel/calendar/calendar-data.ts`. A
 * Saturday or Sunday that is worked to make up for a holiday is not a trading day and is not listed. How to add a
 * year: docs/reference/trading-time.md, "Refresh".
 */
export const shippedCalendar: CalendarData = {
  years: [
    {
      year: 2008,
      closed: "0101 0206 0207 0208 0211 0212 0404 0501 0502 0609 0915 0929 0930 1001 1002 1003",
      source: sources.wonderTrader
    },
    {
      year: 2009,
      closed: "0101 0102 0126 0127 0128 0129 0130 0406 0501 0528 0529 1001 1002 1005 1006 1007 1008",
      source: sources.wonderTrader
    },
    {
      year: 2010,
      closed: "0101 0215 0216 0217 0218 0219 0405 0503 0614 0615 0616 0922 0923 0924 1001 1004 1005 1006 1007",
      source: sources.wonderTrader
    },
    {
      year: 2011,
      closed: "0103 0202 0203 0204 0207 0208 0404 0405 0502 0606 0912 1003 1004 1005 1006 1007",
      source: sources.wonderTrader
    },
    {
      year: 2012,
      closed: "0102 0103 0123 0124 0125 0126 0127 0402 0403 0404 0430 0501 0622 1001 1002 1003 1004 1005",
      source: sources.wonderTrader
    },
    {
      year: 2013,
      closed:
        "0101 0102 0103 0211 0212 0213 0214 0215 0404 0405 0429 0430 0501 0610 0611 0612 0919 0920 1001 1002 1003 1004 1007",
      source: sources.wonderTrader
    },
    {
      year: 2014,
      closed: "0101 0131 0203 0204 0205 0206 0407 0501 0502 0602 0908 1001 1002 1003 1006 1007",
      source: sources.wonderTrader
    },
    {
      year: 2015,
      closed: "0101 0102 0218 0219 0220 0223 0224 0406 0501 0622 0903 0904 1001 1002 1005 1006 1007",
      source: sources.wonderTrader
    },
    {
      year: 2016,
      closed: "0101 0208 0209 0210 0211 0212 0404 0502 0609 0610 0915 0916 1003 1004 1005 1006 1007",
      source: sources.wonderTrader
    },
    {
      year: 2017,
      closed: "0102 0127 0130 0131 0201 0202 0403 0404 0501 0529 0530 1002 1003 1004 1005 1006",
      source: sources.wonderTrader
    },
    {
      year: 2018,
      closed: "0101 0215 0216 0219 0220 0221 0405 0406 0430 0501 0618 0924 1001 1002 1003 1004 1005 1231",
      source: sources.wonderTrader
    },
    {
      year: 2019,
      closed: "0101 0204 0205 0206 0207 0208 0405 0501 0502 0503 0607 0913 1001 1002 1003 1004 1007",
      source: sources.wonderTrader
    },
    {
      year: 2020,
      closed: "0101 0124 0127 0128 0129 0130 0131 0406 0501 0504 0505 0625 0626 1001 1002 1005 1006 1007 1008",
      source: sources.wonderTrader
    },
    {
      year: 2021,
      closed: "0101 0211 0212 0215 0216 0217 0405 0503 0504 0505 0614 0920 0921 1001 1004 1005 1006 1007",
      source: sources.wonderTrader
    },
    {
      year: 2022,
      closed: "0103 0131 0201 0202 0203 0204 0404 0405 0502 0503 0504 0603 0912 1003 1004 1005 1006 1007",
      source: sources.wonderTrader
    },
    {
      year: 2023,
      closed: "0102 0123 0124 0125 0126 0127 0405 0501 0502 0503 0622 0623 0929 1002 1003 1004 1005 1006",
      source: sources.notice2023
    },
    {
      year: 2024,
      closed: "0101 0209 0212 0213 0214 0215 0216 0404 0405 0501 0502 0503 0610 0916 0917 1001 1002 1003 1004 1007",
      source: sources.notice2024
    },
    {
      year: 2025,
      closed: "0101 0128 0129 0130 0131 0203 0204 0404 0501 0502 0505 0602 1001 1002 1003 1006 1007 1008",
      source: sources.notice2025
    },
    {
      year: 2026,
      closed: "0101 0102 0216 0217 0218 0219 0220 0223 0406 0501 0504 0505 0619 0925 1001 1002 1005 1006 1007",
      source: sources.notice2026
    },
    { year: 2027, closed: "0101", through: "0103", source: sources.newYear2027 }
  ],
  nightless: [
    {
      from: 20150925,
      through: 20150925,
      source: "Mid-Autumn Festival on a Sunday; SHFE notice 2015 no. 133, DCE notice 2014 no. 297"
    },
    {
      from: 20200203,
      through: 20200505,
      source:
        "CSRC, 2020-02-02: night trading suspended; resumed on the evening of 2020-05-06 (SHFE, INE, DCE, CZCE 2020-04-24)"
    }
  ]
}

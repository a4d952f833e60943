/**
 * Hours of the day session. Times of day in Asia/Shanghai; `from` is the first natural day of these hours, yyyymmdd,
 * 0: no limit. Auction: orders are entered from `auction` and matched in the last minute before the opening, which is
 * the start of the first section.
 */
export interface DayHours {
  readonly from: number
  readonly auction: string
  readonly sections: string
  readonly source: string
}

const commodity: ReadonlyArray<DayHours> = [
  {
    from: 0,
    auction: "08:55",
    sections: "09:00-10:15 10:30-11:30 13:30-15:00",
    source: "contract rules of SHFE, INE, DCE, CZCE, GFEX; market of 2017-11-13 and session lists of 2022 and 2025"
  }
]

const stockIndex: ReadonlyArray<DayHours> = [
  {
    from: 0,
    auction: "09:10",
    sections: "09:15-11:30 13:00-15:15",
    source: "CFFEX contract rules until 2015; recordings of 2014-10-14 and 2014-12-25"
  },
  {
    from: 20160101,
    auction: "09:25",
    sections: "09:30-11:30 13:00-15:00",
    source: "CFFEX, new hours from 2016-01-01 (notice not at hand); recordings of 2016-08-11 and 2021-01-04"
  }
]

const treasury: ReadonlyArray<DayHours> = [
  {
    from: 0,
    auction: "09:10",
    sections: "09:15-11:30 13:00-15:15",
    source: "CFFEX contract rules until 2020; recordings of 2016-08-11 and 2017-11-13"
  },
  {
    from: 20200720,
    auction: "09:25",
    sections: "09:30-11:30 13:00-15:15",
    source: "CFFEX, new hours from 2020-07-20 (the date from memory, notice not at hand); session list of 2025"
  }
]

/** Options and funds of the stock exchanges. The closing auction counts as trading. */
const stocks: ReadonlyArray<DayHours> = [
  { from: 0, auction: "09:15", sections: "09:30-11:30 13:00-15:00", source: "trading rules of SSE and SZSE" }
]

/**
 * Day hours by exchange, and by product where products of one exchange differ. Not in the data: on the last trading
 * day of a treasury future, trading ends at 11:30.
 */
export const dayHours: Readonly<
  Record<
    string,
    { readonly usual: ReadonlyArray<DayHours>; readonly other?: Readonly<Record<string, ReadonlyArray<DayHours>>> }
  >
> = {
  CFFEX: { usual: stockIndex, other: { T: treasury, TF: treasury, TS: treasury, TL: treasury } },
  SHFE: { usual: commodity },
  INE: { usual: commodity },
  DCE: { usual: commodity },
  CZCE: { usual: commodity },
  GFEX: { usual: commodity },
  SSE: { usual: stocks },
  SZSE: { usual: stocks }
}

/**
 * First day on which products with a night session also have an opening auction in the morning. Before it they had
 * one only after an evening without a night session. The date is from memory and was not verified; DCE's table of
 * hours of 2024 shows the auction, the market of 2017-11-13 has none.
 */
export const morningAuctionFrom = 20230529

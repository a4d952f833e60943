/**
 * Night sessions. The products of one line share their history. `ends` lists the end of the session from an evening
 * on (natural day, yyyymmdd): `25:00` and `26:30` are 01:00 and 02:30 of the following natural day. It begins at
 * 21:00. A product that is not listed, and any product before its first evening here, trades by day only.
 */
export interface NightHours {
  readonly exchange: string
  readonly products: string
  readonly ends: ReadonlyArray<readonly [evening: number, end: string]>
  readonly source: string
}

const night = (exchange: string, products: string, ends: NightHours["ends"], source: string): NightHours => ({
  exchange,
  products,
  ends,
  source
})

/**
 * Sources are the exchanges' notices as registered by public research notes. Notices of a listing name the first
 * evening.
 */
export const nightHours: ReadonlyArray<NightHours> = [
  night("SHFE", "au ag", [[20130705, "26:30"]], "SHFE notice of 2013-06-07"),
  night("SHFE", "cu al zn pb", [[20131220, "25:00"]], "SHFE 2013 no. 151; market of 2017-11-10"),
  night(
    "SHFE",
    "rb hc bu",
    [
      [20141226, "25:00"],
      [20160503, "23:00"]
    ],
    "SHFE 2014 no. 173, notice of 2016-04-26; market of 2017-11-10"
  ),
  night("SHFE", "ru", [[20141226, "23:00"]], "SHFE 2014 no. 173; recordings of 2018-10"),
  night("SHFE", "ni sn", [[20150327, "25:00"]], "SHFE notice of 2015-03-20"),
  night("SHFE", "fu", [[20180716, "23:00"]], "SHFE notice of 2018-06-26"),
  night("SHFE", "sp", [[20181127, "23:00"]], "SHFE notice of 2018-11-07"),
  night("SHFE", "ss", [[20190925, "25:00"]], "SHFE notice of 2019-09-23"),
  night("SHFE", "ao", [[20230619, "25:00"]], "SHFE notice of 2023-06-06"),
  night("SHFE", "br", [[20230728, "23:00"]], "SHFE notice of 2023-07-18"),
  night("SHFE", "ad", [[20250610, "25:00"]], "SHFE notice of 2025-05-26"),
  night("SHFE", "op", [[20250910, "23:00"]], "SHFE notice of 2025-08-18"),
  night("INE", "sc", [[20180326, "26:30"]], "INE notice of 2018-03-12"),
  night("INE", "nr", [[20190812, "23:00"]], "INE notice of 2019-08-02; WonderTrader's 02:30 is wrong"),
  night("INE", "lu", [[20200622, "23:00"]], "INE notice of 2020-06-10"),
  night("INE", "bc", [[20201119, "25:00"]], "INE notice of 2020-11-11"),
  night(
    "DCE",
    "p j",
    [
      [20140704, "26:30"],
      [20150508, "23:30"],
      [20190329, "23:00"]
    ],
    "DCE review of 2019-04, monthly report of 2015-05; market of 2017-11-10"
  ),
  night(
    "DCE",
    "a b m y jm i",
    [
      [20141226, "26:30"],
      [20150508, "23:30"],
      [20190329, "23:00"]
    ],
    "DCE review of 2019-04, monthly report of 2015-05; market of 2017-11-10"
  ),
  night("DCE", "l v pp eg c cs", [[20190329, "23:00"]], "DCE review of 2019-04"),
  night("DCE", "rr", [[20190816, "23:00"]], "night session from the listing on; the date from memory"),
  night("DCE", "eb", [[20190926, "23:00"]], "night session from the listing on; the date from memory"),
  night("DCE", "pg", [[20200506, "23:00"]], "DCE notice of 2020-04-24"),
  night(
    "DCE",
    "bz",
    [[20250708, "23:00"]],
    "broker's list of night sessions of 2025; first evening = listing, from memory"
  ),
  night(
    "CZCE",
    "SR CF RM MA ME TA",
    [
      [20141212, "23:30"],
      [20191211, "23:00"]
    ],
    "CZCE 2014 no. 361; 2019 no. 473; market of 2017-11-10"
  ),
  night(
    "CZCE",
    "OI FG ZC TC",
    [
      [20150611, "23:30"],
      [20191211, "23:00"]
    ],
    "CZCE 2015 no. 93; 2019 no. 473"
  ),
  night(
    "CZCE",
    "CY",
    [
      [20170818, "23:30"],
      [20191211, "23:00"]
    ],
    "CZCE listing notice; 2019 no. 473"
  ),
  night(
    "CZCE",
    "SA",
    [
      [20191206, "23:30"],
      [20191211, "23:00"]
    ],
    "CZCE notice of 2019-11-29; 2019 no. 473"
  ),
  night("CZCE", "PF", [[20201012, "23:00"]], "CZCE listing notice"),
  night("CZCE", "PX SH", [[20230915, "23:00"]], "CZCE listing notice of 2023-09-08"),
  night("CZCE", "PR", [[20240830, "23:00"]], "CZCE listing notice"),
  night(
    "CZCE",
    "PL",
    [[20250722, "23:00"]],
    "broker's list of night sessions of 2025; first evening = listing, from memory"
  )
]

/** Evenings that began at another time than 21:00. The auction is five minutes before. */
export const lateNights: ReadonlyArray<{
  readonly evening: number
  readonly exchange: string
  readonly begin: string
}> = [
  // DCE 2019 no. 553
  { evening: 20191225, exchange: "DCE", begin: "22:30" }
]

/**
 * End of the night session of an unlisted product: the longest of its exchange, so that a real session never counts
 * as closed.
 */
export const longestNight: Readonly<Record<string, string>> = {
  SHFE: "26:30",
  INE: "26:30",
  DCE: "23:00",
  CZCE: "23:00"
}

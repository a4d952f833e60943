/** Which rows of a recording its slice keeps. The rows stay in the recording's order, their text untouched. */
export interface Slice {
  readonly file: string
  /** Only rows of these instruments; omit for all. */
  readonly ids?: ReadonlyArray<string>
  readonly windows: ReadonlyArray<Window>
  /**
   * In addition: this many rows that repeat the previous row of the same instrument word for word, each with that
   * row.
   */
  readonly repeated?: number
}

/**
 * The first `rows` rows whose UpdateTime (felix_recv_*: RecvTime) is in `from` ≤ time < `until`; `last`: the last ones.
 */
type Window = readonly [from: string, until: string, rows: number, which?: "last"]

/** The moments of a day of CFFEX: auction, opening, both ends of the noon break, both closes, settlement. */
const indexDay = (rows: number): ReadonlyArray<Window> => [
  ["09:00:00", "09:30:00", rows],
  ["09:30:00", "09:31:00", rows],
  ["11:29:58", "11:31:00", rows, "last"],
  ["13:00:00", "13:01:00", rows],
  ["14:59:58", "15:00:00", rows, "last"],
  ["15:00:00", "15:14:58", rows],
  ["15:14:58", "15:16:00", rows, "last"],
  ["15:16:00", "16:00:00", 6, "last"]
]

const appleDay = (file: string, rows: number): Slice => ({
  file,
  windows: [
    ["19:00:00", "20:00:00", 2],
    ["08:00:00", "09:00:00", 2],
    ["09:00:00", "10:00:00", rows],
    ["10:14:50", "10:16:00", 6, "last"],
    ["10:30:00", "10:31:00", 6],
    ["11:29:50", "11:31:00", 6, "last"],
    ["13:30:00", "13:31:00", 6],
    ["14:59:50", "15:01:00", 8, "last"]
  ],
  repeated: 2
})

const rubberDay = (file: string, rows: number): Slice => ({
  file,
  windows: [
    ["09:00:00", "09:30:00", rows],
    ["10:14:50", "10:16:00", 10, "last"],
    ["10:30:00", "10:31:00", 10],
    ["11:29:50", "11:31:00", 10, "last"],
    ["13:30:00", "13:31:00", 10],
    ["14:59:50", "15:01:00", 10, "last"],
    ["21:00:00", "21:30:00", rows],
    ["22:59:50", "23:01:00", 20, "last"]
  ]
})

/** One slice of each recording; README.md documents their purpose. */
export const slices: ReadonlyArray<Slice> = [
  { file: "ctpmd_CFFEX_20160809.csv.gz", windows: indexDay(14), repeated: 6 },
  {
    file: "ctpmd_CFFEX_20160811.csv.gz",
    windows: [["18:00:00", "19:00:00", 54], ["06:00:00", "08:00:00", 36], ...indexDay(44)],
    repeated: 37
  },
  { file: "ctpmd_CFFEX_20160815.csv.gz", windows: [["00:00:00", "24:00:00", 18]] },
  { file: "felix_recv_20210316.csv.gz", windows: [["00:00:00", "24:00:00", 150]] },
  {
    file: "felix_recv_20210317.csv.gz",
    windows: [
      ["00:00:00", "24:00:00", 100],
      ["00:00:00", "24:00:00", 150, "last"]
    ]
  },
  appleDay("jt_AP_20200803.csv.gz", 270),
  appleDay("jt_AP_20200804.csv.gz", 20),
  appleDay("jt_AP_20200805.csv.gz", 20),
  appleDay("jt_AP_20200806.csv.gz", 20),
  appleDay("jt_AP_20200807.csv.gz", 20),
  rubberDay("jt_ru1901_20181008.csv.gz", 130),
  rubberDay("jt_ru1901_20181009.csv.gz", 20),
  {
    file: "me_market_20171113.csv.gz",
    ids: [
      "CF801",
      "SR801",
      "i1801",
      "m1801",
      "m1801-C-2850",
      "ag1712",
      "cu1801",
      "rb1801",
      "IF1711",
      "TF1712",
      "T1803"
    ],
    windows: [
      ["20:59:00", "21:00:00", 20],
      ["21:00:00", "21:01:00", 60],
      ["22:59:58", "23:01:00", 30, "last"],
      ["23:29:58", "23:31:00", 40, "last"],
      ["00:00:00", "00:01:00", 30],
      ["00:59:58", "01:01:00", 20, "last"],
      ["02:29:58", "02:31:00", 20, "last"],
      ["09:00:00", "09:01:00", 40],
      ["09:29:00", "09:31:00", 40],
      ["10:14:58", "10:16:00", 40, "last"],
      ["10:30:00", "10:31:00", 30],
      ["11:29:58", "11:31:00", 40, "last"],
      ["13:00:00", "13:01:00", 30],
      ["13:30:00", "13:31:00", 30],
      ["14:59:58", "15:00:00", 30, "last"],
      ["15:00:00", "15:14:58", 40],
      ["15:14:58", "16:00:00", 40, "last"]
    ],
    repeated: 20
  },
  { file: "qb_IF5_20141225.csv.gz", windows: [["07:00:00", "08:00:00", 3], ...indexDay(30)] },
  {
    file: "smoke_me_20171113_0900_0902.csv.gz",
    ids: ["CF801", "SR801", "i1801", "m1801-C-2850", "ag1806", "rb1801"],
    windows: [["09:00:00", "09:02:00", 600]]
  },
  { file: "wt_IF_20210104.csv.gz", windows: indexDay(20) },
  { file: "wud_IF_20141014.csv.gz", windows: [["09:00:00", "11:00:00", 40], ...indexDay(20)] },
  {
    file: "xmd_IF_20150707.jsonl.gz",
    windows: [
      ["07:00:00", "08:00:00", 3],
      ["14:00:00", "15:00:00", 20],
      ["15:00:00", "16:00:00", 20]
    ],
    repeated: 21
  }
]

/** Lengths of the windows, in bars. */
export const windows = [5, 10, 20, 30, 60] as const

/** Earlier bars that the newest row depends on: the longest window, whose first bar needs the bar before it. */
export const historyBars = 60

/** The smallest addend of a denominator. Source: Qlib's expressions. */
export const epsilon = 1e-12

/** A window whose standard deviation is not above this counts as constant for RSQR, CORR and CORD. Source: Qlib. */
export const flatDeviation = 2e-5

/** Features of one bar alone. */
export const barFeatures = [
  "KMID",
  "KLEN",
  "KMID2",
  "KUP",
  "KUP2",
  "KLOW",
  "KLOW2",
  "KSFT",
  "KSFT2",
  "OPEN0",
  "HIGH0",
  "LOW0",
  "VWAP0"
] as const

/** Operators over a window, in the order of the columns. */
export const windowOperators = [
  "ROC",
  "MA",
  "STD",
  "BETA",
  "RSQR",
  "RESI",
  "MAX",
  "MIN",
  "QTLU",
  "QTLD",
  "RANK",
  "RSV",
  "IMAX",
  "IMIN",
  "IMXD",
  "CORR",
  "CORD",
  "CNTP",
  "CNTN",
  "CNTD",
  "SUMP",
  "SUMN",
  "SUMD",
  "VMA",
  "VSTD",
  "WVMA",
  "VSUMP",
  "VSUMN",
  "VSUMD"
] as const

/**
 * The 158 names in the order of Qlib's Alpha158: bar features, then each operator with each window.
 * Source: microsoft/qlib, `contrib/data/loader.py`.
 */
export const alpha158Names: ReadonlyArray<string> = [
  ...barFeatures,
  ...windowOperators.flatMap((operator) => windows.map((bars) => `${operator}${bars}`))
]

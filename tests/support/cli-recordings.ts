import { readFileSync } from "node:fs"
import { gunzipSync } from "node:zlib"

/** Rows of a recording by column name. The test's own reader shares no code with the simulator's. */
export const readRows = (path: string): ReadonlyArray<ReadonlyMap<string, string>> => {
  const [header = "", ...lines] = gunzipSync(readFileSync(path)).toString("latin1").trimEnd().split(/\r?\n/)
  const names = header.split(",")
  return lines.map((line) => {
    const fields = line.split(",")
    return new Map(names.map((name, index) => [name, fields[index] ?? ""]))
  })
}

const exchangeOfProduct: Readonly<Record<string, string>> = Object.fromEntries(
  (
    [
      ["CFFEX", "IF IH IC TF T"],
      ["SHFE", "ag al au bu cu fu hc ni pb rb ru sn wr zn"],
      ["DCE", "a b bb c cs fb i j jd jm l m p pp v y"],
      ["CZCE", "AP CF CY FG JR LR MA OI PM RI RM RS SF SM SR TA WH ZC"]
    ] as const
  ).flatMap(([exchange, products]) => products.split(" ").map((product) => [product, exchange]))
)

const textOf = (row: ReadonlyMap<string, string>, column: string) => row.get(column) ?? ""

/** A price or amount as the message must hold it: no key for DBL_MAX in any of its printed forms. */
const amount = (row: ReadonlyMap<string, string>, column: string): number | undefined => {
  const text = textOf(row, column)
  if (text === "" || text === "N/A") return undefined
  const value = Number.parseFloat(text)
  return Math.abs(value) > 1e300 ? undefined : value
}

const lots = (row: ReadonlyMap<string, string>, column: string): number =>
  Number.parseInt(textOf(row, column) || "0", 10)

/** The day of a recorded time: ActionDay. Recordings without one are of the day session, where it equals TradingDay. */
const instantOf = (row: ReadonlyMap<string, string>): number => {
  const day = textOf(row, "ActionDay") || textOf(row, "TradingDay")
  const millis = textOf(row, "UpdateMillisec").padStart(3, "0")
  return Date.parse(
    `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6, 8)}T${textOf(row, "UpdateTime")}.${millis}+08:00`
  )
}

const levelKeys = (row: ReadonlyMap<string, string>, side: "Bid" | "Ask") =>
  [1, 2, 3, 4, 5].flatMap((level) => {
    const price = amount(row, `${side}Price${level}`)
    const volume = lots(row, `${side}Volume${level}`)
    const name = side.toLowerCase()
    return [
      [`${name}_price_${level}`, price] as const,
      // A volume is sent when there is a price, or when it is not 0.
      [`${name}_volume_${level}`, price === undefined && volume === 0 ? undefined : volume] as const
    ]
  })

/** Every key of message version 1 that a recorded row determines, with `undefined` where the key must be absent. */
export const expectedMessage = (row: ReadonlyMap<string, string>): Readonly<Record<string, unknown>> => {
  const symbol = textOf(row, "InstrumentID")
  const ts = instantOf(row)
  return {
    symbol,
    exchange: exchangeOfProduct[/^[A-Za-z]+/.exec(symbol)?.[0] ?? ""],
    datetime: new Date(ts).toISOString(),
    ts,
    trading_day: textOf(row, "TradingDay") || undefined,
    action_day: textOf(row, "ActionDay") || undefined,
    last_price: amount(row, "LastPrice"),
    volume: lots(row, "Volume"),
    turnover: amount(row, "Turnover"),
    open_interest: amount(row, "OpenInterest"),
    limit_up: amount(row, "UpperLimitPrice"),
    limit_down: amount(row, "LowerLimitPrice"),
    open_price: amount(row, "OpenPrice"),
    high_price: amount(row, "HighestPrice"),
    low_price: amount(row, "LowestPrice"),
    pre_close: amount(row, "PreClosePrice"),
    pre_settlement: amount(row, "PreSettlementPrice"),
    ...Object.fromEntries([...levelKeys(row, "Bid"), ...levelKeys(row, "Ask")]),
    average_price: amount(row, "AveragePrice"),
    feed: "primary"
  }
}

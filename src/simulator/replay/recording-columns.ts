import { bookLevels, wireDouble, wireInt, wireLevel, wireText } from "../front/wire-tick.ts"

/** Conversion of a column's text to bytes of the wire tick. */
type ColumnKind = "text" | "date" | "time" | "double" | "int"

export interface RecordingColumn {
  readonly name: string
  readonly kind: ColumnKind
  /** Byte offset in the wire tick. */
  readonly at: number
  /** Longest text that fits, without its NUL; 0 for numbers. */
  readonly textBytesMax: number
}

const text = (
  name: string,
  kind: "text" | "date" | "time",
  field: { readonly at: number; readonly bytes: number }
) => ({
  name,
  kind,
  at: field.at,
  textBytesMax: field.bytes - 1
})
const double = (name: string, at: number) => ({ name, kind: "double", at, textBytesMax: 0 }) as const
const int = (name: string, at: number) => ({ name, kind: "int", at, textBytesMax: 0 }) as const

const levelColumns = (level: number): ReadonlyArray<RecordingColumn> => {
  const at = wireLevel(level)
  return [
    double(`BidPrice${level}`, at.bidPrice),
    int(`BidVolume${level}`, at.bidVolume),
    double(`AskPrice${level}`, at.askPrice),
    int(`AskVolume${level}`, at.askVolume)
  ]
}

/**
 * The 44 columns of a recording in the sequence of the struct. Source: `CThostFtdcDepthMarketDataField`; header of
 * the recordings.
 */
export const recordingColumns: ReadonlyArray<RecordingColumn> = [
  text("TradingDay", "date", wireText.tradingDay),
  text("InstrumentID", "text", wireText.instrumentId),
  text("ExchangeID", "text", wireText.exchangeId),
  text("ExchangeInstID", "text", wireText.exchangeInstId),
  double("LastPrice", wireDouble.lastPrice),
  double("PreSettlementPrice", wireDouble.preSettlementPrice),
  double("PreClosePrice", wireDouble.preClosePrice),
  double("PreOpenInterest", wireDouble.preOpenInterest),
  double("OpenPrice", wireDouble.openPrice),
  double("HighestPrice", wireDouble.highestPrice),
  double("LowestPrice", wireDouble.lowestPrice),
  int("Volume", wireInt.volume),
  double("Turnover", wireDouble.turnover),
  double("OpenInterest", wireDouble.openInterest),
  double("ClosePrice", wireDouble.closePrice),
  double("SettlementPrice", wireDouble.settlementPrice),
  double("UpperLimitPrice", wireDouble.upperLimitPrice),
  double("LowerLimitPrice", wireDouble.lowerLimitPrice),
  double("PreDelta", wireDouble.preDelta),
  double("CurrDelta", wireDouble.currDelta),
  text("UpdateTime", "time", wireText.updateTime),
  int("UpdateMillisec", wireInt.updateMillisec),
  ...Array.from({ length: bookLevels }, (_, index) => levelColumns(index + 1)).flat(),
  double("AveragePrice", wireDouble.averagePrice),
  text("ActionDay", "date", wireText.actionDay)
]

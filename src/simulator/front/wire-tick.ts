/**
 * A tick on the wire: `CThostFtdcDepthMarketDataField` of 6.3.x, 408 bytes, little-endian, texts NUL-padded. Source:
 * docs/reference/front-protocol.md (TICKS); offsets from the 6.3.15 header.
 */
export const wireTickBytes = 408
export const wireTickF64 = wireTickBytes / 8
export const wireTickI32 = wireTickBytes / 4

/**
 * Maximum number of ticks in a TICKS frame: 204 KiB, far below the limit of 16 MiB and small enough to interleave
 * control frames.
 */
export const frameTicksMax = 512

/** Byte offsets of the texts; each field is one byte longer than its longest text. */
export const wireText = {
  tradingDay: { at: 0, bytes: 9 },
  instrumentId: { at: 9, bytes: 31 },
  exchangeId: { at: 40, bytes: 9 },
  exchangeInstId: { at: 49, bytes: 31 },
  updateTime: { at: 208, bytes: 9 },
  actionDay: { at: 392, bytes: 9 }
} as const

/** Byte offsets of the doubles. */
export const wireDouble = {
  lastPrice: 80,
  preSettlementPrice: 88,
  preClosePrice: 96,
  preOpenInterest: 104,
  openPrice: 112,
  highestPrice: 120,
  lowestPrice: 128,
  turnover: 144,
  openInterest: 152,
  closePrice: 160,
  settlementPrice: 168,
  upperLimitPrice: 176,
  lowerLimitPrice: 184,
  preDelta: 192,
  currDelta: 200,
  averagePrice: 384
} as const

/** Byte offsets of the integers. */
export const wireInt = { volume: 136, updateMillisec: 220 } as const

export const bookLevels = 5

/** Byte offsets of level 1..5: `BidPrice` f64, `BidVolume` i32, `AskPrice` f64, `AskVolume` i32, 32 bytes a level. */
export const wireLevel = (level: number) => {
  const at = 224 + 32 * (level - 1)
  return { bidPrice: at, bidVolume: at + 8, askPrice: at + 16, askVolume: at + 24 } as const
}

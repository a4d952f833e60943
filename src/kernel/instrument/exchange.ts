import { Schema } from "effect"

/**
 * Exchanges by CTP's ExchangeID. Ring slots carry the array index (`docs/reference/ring.md`), so new ones are added
 * at the end. Source: ThostFtdcUserApiDataType.h, `TThostFtdcExchangeIDType`.
 */
export const exchanges = ["", "CFFEX", "SHFE", "CZCE", "DCE", "INE", "GFEX", "SSE", "SZSE"] as const

export const Exchange = Schema.Literals(["CFFEX", "SHFE", "CZCE", "DCE", "INE", "GFEX", "SSE", "SZSE"])
export type Exchange = typeof Exchange.Type

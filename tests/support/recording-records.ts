// Recordings as raw records, without a front and a worker: the shim's conversion of a wire tick, written a second
// time in TypeScript.
import { createReadStream } from "node:fs"
import { createInterface } from "node:readline"
import { createGunzip } from "node:zlib"
import { exchanges } from "../../src/kernel/instrument/exchange.ts"
import { double, recordF64, recordI32, TickSlab, word } from "../../src/kernel/tick/tick-slab.ts"
import type { WorkerSymbols } from "../../src/market/ports/tick-intake.ts"
import {
  frameTicksMax,
  wireDouble,
  wireInt,
  wireLevel,
  wireText,
  wireTickBytes
} from "../../src/simulator/front/wire-tick.ts"
import { recordingColumns } from "../../src/simulator/replay/recording-columns.ts"
import { type RecordedBatch, RecordingParser } from "../../src/simulator/replay/recording-parser.ts"
import { recordedBatches } from "../../src/simulator/replay/recording-reader.ts"

/** First line of a recording. */
export const recordingHeader: string = recordingColumns.map((column) => column.name).join(",")

/** The ring's number of an ExchangeID that is neither empty nor known. */
export const unknownExchangeIndex = 255

/** Rows 0 .. count - 1 of `slab` are raw records; `symbols` names their instruments. */
export interface RawRecords {
  readonly slab: TickSlab
  readonly count: number
}

const doubles: ReadonlyArray<readonly [number, number]> = [
  [double.last, wireDouble.lastPrice],
  [double.preSettlement, wireDouble.preSettlementPrice],
  [double.preClose, wireDouble.preClosePrice],
  [double.preOpenInterest, wireDouble.preOpenInterest],
  [double.open, wireDouble.openPrice],
  [double.high, wireDouble.highestPrice],
  [double.low, wireDouble.lowestPrice],
  [double.turnover, wireDouble.turnover],
  [double.openInterest, wireDouble.openInterest],
  [double.close, wireDouble.closePrice],
  [double.settlement, wireDouble.settlementPrice],
  [double.upperLimit, wireDouble.upperLimitPrice],
  [double.lowerLimit, wireDouble.lowerLimitPrice],
  [double.preDelta, wireDouble.preDelta],
  [double.currDelta, wireDouble.currDelta],
  [double.average, wireDouble.averagePrice]
]

const textAt = (bytes: Buffer, base: number, field: { readonly at: number; readonly bytes: number }): string =>
  bytes.toString("latin1", base + field.at, base + field.at + field.bytes).replace(/\0.*$/s, "")

const dayOf = (text: string): number => (text === "" ? 0 : /^\d{8}$/.test(text) ? Number(text) : -1)

const secondOf = (text: string): number => {
  if (text === "") return -1
  const match = /^(\d\d):(\d\d):(\d\d)$/.exec(text)
  if (match === null) return -2
  const [hours, minutes, seconds] = [Number(match[1]), Number(match[2]), Number(match[3])]
  return hours < 24 && minutes < 60 && seconds < 60 ? hours * 3600 + minutes * 60 + seconds : -2
}

/** Writes one wire tick into a row, as the shim does. */
const writeRecord = (slab: TickSlab, row: number, bytes: Buffer, base: number, symbol: number, seq: number): void => {
  const [w, d] = [row * recordI32, row * recordF64]
  const { i32, u32, f64 } = slab
  u32[w + word.seqLow] = seq >>> 0
  u32[w + word.seqHigh] = Math.floor(seq / 4294967296)
  u32[w + word.verdict] = 1
  u32[w + word.instrument] = symbol
  i32[w + word.tradingDay] = dayOf(textAt(bytes, base, wireText.tradingDay))
  i32[w + word.actionDay] = dayOf(textAt(bytes, base, wireText.actionDay))
  i32[w + word.updateSec] = secondOf(textAt(bytes, base, wireText.updateTime))
  i32[w + word.updateMs] = bytes.readInt32LE(base + wireInt.updateMillisec)
  i32[w + word.volume] = bytes.readInt32LE(base + wireInt.volume)
  const exchange = (exchanges as ReadonlyArray<string>).indexOf(textAt(bytes, base, wireText.exchangeId))
  i32[w + word.exchange] = exchange < 0 ? unknownExchangeIndex : exchange
  for (const [to, from] of doubles) f64[d + to] = bytes.readDoubleLE(base + from)
  f64[d + double.bandUpper] = Number.MAX_VALUE
  f64[d + double.bandLower] = Number.MAX_VALUE
  for (let level = 1; level <= 5; level++) {
    const at = wireLevel(level)
    f64[d + double.bidPrice1 + level - 1] = bytes.readDoubleLE(base + at.bidPrice)
    f64[d + double.askPrice1 + level - 1] = bytes.readDoubleLE(base + at.askPrice)
    i32[w + word.bidVolume1 + level - 1] = bytes.readInt32LE(base + at.bidVolume)
    i32[w + word.askVolume1 + level - 1] = bytes.readInt32LE(base + at.askVolume)
  }
}

const lines = (file: string) =>
  createInterface({ input: createReadStream(file).pipe(createGunzip()), crlfDelay: Number.POSITIVE_INFINITY })

/** The JSON recording as rows of the CSV form: the same keys, numbers in full precision. */
async function* jsonLines(file: string): AsyncGenerator<string> {
  yield recordingHeader
  for await (const line of lines(file)) {
    if (line === "") continue
    const tick = JSON.parse(line) as Record<string, unknown>
    yield recordingHeader
      .split(",")
      .map((key) => String(tick[key] ?? ""))
      .join(",")
  }
}

/**
 * The felix files hold what a client printed in each callback: receive time, instrument, last price, volume. The
 * receive time replaces UpdateTime, which was not printed; other missing values are absent.
 */
async function* printedLines(file: string): AsyncGenerator<string> {
  yield recordingHeader
  for await (const line of lines(file)) {
    const [date = "", time = "", , id = "", last = "", volume = ""] = line.split(",")
    if (date === "RecvDate" || date === "") continue
    const day = date.replaceAll("-", "")
    const values: Record<string, string> = {
      InstrumentID: id,
      LastPrice: last,
      Volume: volume,
      ActionDay: day,
      UpdateTime: time.slice(0, 8),
      UpdateMillisec: time.slice(9, 12)
    }
    yield recordingHeader
      .split(",")
      .map((key) => values[key] ?? "")
      .join(",")
  }
}

async function* batchesOf(file: string, parser: RecordingParser): AsyncGenerator<RecordedBatch> {
  if (!/\.jsonl\.gz$|felix_recv/.test(file)) {
    yield* recordedBatches(file, parser)
    return
  }
  for await (const line of file.includes("felix_recv") ? printedLines(file) : jsonLines(file)) {
    yield* parser.push(Buffer.from(`${line}\n`, "latin1"))
  }
  yield* parser.end()
}

/** Rows of a recording as raw records, in order, up to 512 at a time; the slab is reused. Numbers run from 1. */
export async function* rawRecords(file: string, symbols: WorkerSymbols): AsyncGenerator<RawRecords> {
  const parser = new RecordingParser(file)
  const slab = new TickSlab(frameTicksMax)
  let seq = 0
  for await (const batch of batchesOf(file, parser)) {
    for (let row = 0; row < batch.count; row++) {
      const symbol = (batch.symbol[row] as number) + 1
      symbols.ids[symbol] ??= textAt(batch.ticks, row * wireTickBytes, wireText.instrumentId)
      writeRecord(slab, row, batch.ticks, row * wireTickBytes, symbol, ++seq)
    }
    slab.used = batch.count
    yield { slab, count: batch.count }
  }
}

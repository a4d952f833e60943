import { FrontError } from "../front/front-error.ts"
import { SymbolTable } from "../front/symbol-table.ts"
import { frameTicksMax, wireInt, wireText, wireTickBytes } from "../front/wire-tick.ts"
import { parseDouble, parseInt32 } from "../market/decimal.ts"
import type { RecordingColumn } from "./recording-columns.ts"
import { readHeader } from "./recording-header.ts"

/** Encoded rows of a recording. Row `i`: 408 bytes of `ticks`, its instrument and its time. */
export interface RecordedBatch {
  readonly ticks: Buffer
  readonly count: number
  /** Number of the instrument in the recording's symbol table. */
  readonly symbol: Int32Array
  /** Milliseconds since midnight by UpdateTime and UpdateMillisec; -1 when UpdateTime is empty or not a time. */
  readonly timeOfDayMs: Int32Array
}

const newline = 0x0a
const carriageReturn = 0x0d
const comma = 0x2c
const colon = 0x3a

/**
 * Converts the bytes of a CSV recording to batches of wire ticks; pieces may be cut anywhere.
 * Errors: throws `FrontError` RECORDING_HEADER, RECORDING_ROW or RECORDING_VALUE with the line; every row before the
 * damage has been returned by then.
 */
export class RecordingParser {
  readonly symbols = new SymbolTable()
  /** Whole rows read, without the header. */
  rows = 0
  /** Lines read, including the header. */
  line = 0
  private readonly file: string
  private columns: ReadonlyArray<RecordingColumn | undefined> | undefined
  private carry: Buffer = Buffer.alloc(0)
  private batch = newBatch()
  private filled = 0
  private blankLine = 0

  constructor(file: string) {
    this.file = file
  }

  *push(piece: Buffer): Generator<RecordedBatch> {
    const bytes = this.carry.length === 0 ? piece : Buffer.concat([this.carry, piece])
    let start = 0
    for (;;) {
      const end = bytes.indexOf(newline, start)
      if (end < 0) break
      yield* this.readLine(bytes, start, end)
      start = end + 1
    }
    this.carry = Buffer.from(bytes.subarray(start))
    if (this.carry.length > lineBytesMax) {
      yield* this.flush()
      throw this.rowError(this.line + 1, `is longer than ${lineBytesMax} bytes`)
    }
  }

  /** A last line needs no newline. */
  *end(): Generator<RecordedBatch> {
    if (this.carry.length > 0) yield* this.readLine(this.carry, 0, this.carry.length)
    yield* this.flush()
    if (this.columns === undefined) {
      throw new FrontError({
        code: "RECORDING_EMPTY",
        message: `${this.file} is empty; give a recording with a header line and rows`
      })
    }
  }

  /** The rows that do not fill a batch yet. */
  *flush(): Generator<RecordedBatch> {
    if (this.filled === 0) return
    const full = { ...this.batch, count: this.filled }
    this.batch = newBatch()
    this.filled = 0
    yield full
  }

  private *readLine(bytes: Buffer, start: number, lineEnd: number): Generator<RecordedBatch> {
    const end = lineEnd > start && bytes[lineEnd - 1] === carriageReturn ? lineEnd - 1 : lineEnd
    this.line++
    if (this.columns === undefined) {
      if (end > start || lineEnd < bytes.length)
        this.columns = readHeader(this.file, bytes.toString("latin1", start, end))
      return
    }
    if (end === start) {
      // Blank lines at the end of a file are harmless; in the middle they show missing data.
      if (this.blankLine === 0) this.blankLine = this.line
      return
    }
    try {
      if (this.blankLine !== 0) throw this.rowError(this.blankLine, "is blank")
      this.readRow(this.columns, bytes, start, end)
    } catch (error) {
      yield* this.flush()
      throw error
    }
    this.rows++
    if (++this.filled === frameTicksMax) yield* this.flush()
  }

  private readRow(
    columns: ReadonlyArray<RecordingColumn | undefined>,
    bytes: Buffer,
    start: number,
    end: number
  ): void {
    const { symbol, ticks, timeOfDayMs } = this.batch
    const row = this.filled
    const base = row * wireTickBytes
    let at = start
    let index = 0
    let idStart = start
    let idEnd = start
    for (; at <= end; index++) {
      const column = columns[index]
      let fieldEnd = at
      while (fieldEnd < end && bytes[fieldEnd] !== comma) fieldEnd++
      if (column !== undefined) {
        if (column.kind === "double") {
          const value = parseDouble(bytes, at, fieldEnd)
          if (value !== value)
            throw this.valueError(column, { bytes, start, end, fields: columns.length }, at, fieldEnd)
          ticks.writeDoubleLE(value, base + column.at)
        } else if (column.kind === "int") {
          const value = parseInt32(bytes, at, fieldEnd)
          if (value !== value)
            throw this.valueError(column, { bytes, start, end, fields: columns.length }, at, fieldEnd)
          ticks.writeInt32LE(value, base + column.at)
        } else {
          const length = fieldEnd - at
          if (length > column.textBytesMax || (column.kind !== "text" && length !== 0 && length !== 8)) {
            throw this.valueError(column, { bytes, start, end, fields: columns.length }, at, fieldEnd)
          }
          for (let i = 0; i < length; i++) ticks[base + column.at + i] = bytes[at + i] as number
          if (column.at === wireText.instrumentId.at) {
            idStart = at
            idEnd = fieldEnd
          }
        }
      }
      at = fieldEnd + 1
    }
    if (index !== columns.length) throw this.fieldsError(index, columns.length)
    symbol[row] = this.symbols.number(bytes, idStart, idEnd)
    timeOfDayMs[row] = timeOf(ticks, base)
  }

  private rowError(line: number, what: string): FrontError {
    return new FrontError({
      code: "RECORDING_ROW",
      message: `${this.file}: line ${line} ${what}; repair or remove that line`,
      line
    })
  }

  private fieldsError(fields: number, wanted: number): FrontError {
    return this.rowError(this.line, `has ${fields} fields where the header has ${wanted}`)
  }

  private valueError(column: RecordingColumn, row: RowBytes, at: number, fieldEnd: number): FrontError {
    // A row with one field too many or too few has values in the wrong columns, so this is reported first.
    const fields = row.bytes.toString("latin1", row.start, row.end).split(",").length
    if (fields !== row.fields) return this.fieldsError(fields, row.fields)
    const text = row.bytes.toString("latin1", at, Math.min(fieldEnd, at + 40))
    return new FrontError({
      code: "RECORDING_VALUE",
      message: `${this.file}: line ${this.line}, column ${column.name}: "${text}" is not ${wanted(column)}; repair or remove that line`,
      line: this.line
    })
  }
}

/** Position of a row, for an error about it. */
interface RowBytes {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
  readonly fields: number
}

/** A row of 44 fields has a few hundred bytes; a file without newlines is not a recording. */
const lineBytesMax = 65_536

const wanted = (column: RecordingColumn): string => {
  switch (column.kind) {
    case "double":
      return "a number"
    case "int":
      return "a whole number of 32 bits"
    case "date":
      return "a date of 8 characters"
    case "time":
      return "a time of 8 characters"
    case "text":
      return `a text of at most ${column.textBytesMax} bytes`
  }
}

const newBatch = () => ({
  // Zero-filled, because bytes behind a text must be NUL.
  ticks: Buffer.alloc(frameTicksMax * wireTickBytes),
  count: 0,
  symbol: new Int32Array(frameTicksMax),
  timeOfDayMs: new Int32Array(frameTicksMax)
})

/** Reads `HH:MM:SS` and the milliseconds back from the encoded tick. */
const timeOf = (ticks: Buffer, base: number): number => {
  const at = base + wireText.updateTime.at
  if (ticks[at + 2] !== colon || ticks[at + 5] !== colon) return -1
  const two = (offset: number) => ((ticks[at + offset] as number) - 48) * 10 + (ticks[at + offset + 1] as number) - 48
  const seconds = two(0) * 3600 + two(3) * 60 + two(6)
  if (seconds < 0 || seconds >= 86_400) return -1
  return seconds * 1000 + ticks.readInt32LE(base + wireInt.updateMillisec)
}

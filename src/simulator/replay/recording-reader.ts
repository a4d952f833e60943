import { Effect } from "effect"
import { FrontError } from "../front/front-error.ts"
import { wireText } from "../front/wire-tick.ts"
import { recordingBytes } from "./recording-bytes.ts"
import { type RecordedBatch, RecordingParser } from "./recording-parser.ts"

/** Adds to the error of a damaged file how much of it was used. */
const withLine = (error: unknown, parser: RecordingParser): unknown =>
  error instanceof FrontError && error.line === undefined && parser.line > 0
    ? new FrontError({
        code: error.code,
        message: `${error.message} (${parser.rows} whole rows are before the damage, the last on line ${parser.line})`,
        line: parser.line
      })
    : error

/**
 * The rows of a recording, in sequence, in batches of up to 512. Every whole row before a damage is returned before
 * the generator throws its `FrontError`.
 */
export async function* recordedBatches(file: string, parser: RecordingParser): AsyncGenerator<RecordedBatch> {
  try {
    for await (const piece of recordingBytes(file)) yield* parser.push(piece)
  } catch (error) {
    // Rows that did not fill a batch; the incomplete line behind them is dropped with the damage.
    yield* parser.flush()
    throw withLine(error, parser)
  }
  yield* parser.end()
}

/** The next batch, or undefined at the end. */
export const nextBatch = (
  batches: AsyncGenerator<RecordedBatch>
): Effect.Effect<RecordedBatch | undefined, FrontError> =>
  Effect.tryPromise({ try: () => batches.next(), catch: asFrontError }).pipe(
    Effect.map((step) => (step.done === true ? undefined : step.value))
  )

/** Any error that is not a `FrontError` is a bug and stays a defect. */
const asFrontError = (error: unknown): FrontError => {
  if (error instanceof FrontError) return error
  throw error
}

/** The unread batches of a file, and the parser that knows its instruments; closed with the scope. */
export const openRecording = (file: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const parser = new RecordingParser(file)
      return { parser, batches: recordedBatches(file, parser) }
    }),
    ({ batches }) => Effect.promise(() => batches.return(undefined))
  )

/**
 * Checks the beginning of a recording and returns its first TradingDay (empty when the row has none).
 * Errors: RECORDING_MISSING, _UNREADABLE, _EMPTY (no row), _HEADER, or the damage of its first rows.
 */
export const firstTradingDay = (file: string): Effect.Effect<string, FrontError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { batches } = yield* openRecording(file)
      const batch = yield* nextBatch(batches)
      if (batch === undefined) {
        return yield* new FrontError({
          code: "RECORDING_EMPTY",
          message: `${file} has a header and no rows; give a recording with rows`
        })
      }
      const { at, bytes } = wireText.tradingDay
      return batch.ticks.toString("latin1", at, at + bytes).replace(/\0.*$/s, "")
    })
  )

/** Content of a recording. `damage`: the file breaks off there; rows and instruments before it are counted. */
export interface RecordingContents {
  readonly instruments: ReadonlyArray<string>
  readonly rows: number
  readonly damage: FrontError | undefined
}

/**
 * Instruments of a recording in sequence of first appearance, and its rows: reads the whole file once.
 * Errors: as `firstTradingDay`; a damage behind the first batch is part of the result, because the rows before it are
 * replayed.
 */
export const instrumentsOf = (file: string): Effect.Effect<RecordingContents, FrontError> =>
  Effect.scoped(
    Effect.gen(function* () {
      yield* firstTradingDay(file)
      const { batches, parser } = yield* openRecording(file)
      let damage: FrontError | undefined
      for (;;) {
        const batch = yield* nextBatch(batches).pipe(
          Effect.catch((error) => {
            damage = error
            return Effect.succeed(undefined)
          })
        )
        if (batch === undefined) break
      }
      return { instruments: parser.symbols.ids, rows: parser.rows, damage }
    })
  )

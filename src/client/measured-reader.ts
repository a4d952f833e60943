import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import { integrityStream } from "../protocol/control/stream-names.ts"
import { gapSubjects } from "../protocol/market/gap-message.ts"
import type { TickMessage } from "../protocol/market/tick/tick-fields.ts"
import { OrderedReader } from "./ordered-reader.ts"
import { readTick } from "./read-any-tick.ts"
import type { StartPosition } from "./start-position.ts"
import { LossTable, type StreamLosses } from "./stream-losses.ts"
import { TickBatches } from "./tick-batches.ts"
import { resolveSelection } from "./tick-selection.ts"

/** What a measuring reader found besides ticks. */
export interface StreamReading {
  readonly losses: StreamLosses
  /** Messages that are not ticks. */
  readonly unreadable: number
  /** Messages whose time is missing or is not a number. */
  readonly missingTimestamps: number
  readonly gapRecordsRead: boolean
  /** Stream sequences of the first and last message read; undefined before the first, or after a stream reset. */
  readonly sequences: readonly [first: number, last: number] | undefined
  /** The whole stream is read, so that missing numbers are looked for. */
  readonly whole: boolean
}

/** Names of the times of a tick in the reasons of the decoder. */
const timeFault = /^(?:ts|recv_ts|datetime) is not/

/**
 * Reads the stored ticks of the stream from `start` on, and the gap records of `MD_INTEGRITY`, with the reader of the
 * client. `onTick` is called for each tick with its subject, in the stream's sequence. `run` ends with
 * `TickClientError` only.
 */
export const openMeasuredReader = Effect.fnUntraced(function* (options: {
  readonly connection: NatsConnection
  readonly inboxPrefix: string | undefined
  readonly stream: string
  readonly subjectTemplate: string | undefined
  /** Undefined: every tick. */
  readonly pattern: string | undefined
  /** Default: now. */
  readonly start?: StartPosition
  readonly beganMs: number
  readonly nowMs: () => number
  readonly onTick: (subject: string, tick: TickMessage, readMs: number) => void
}) {
  const { nowMs, onTick, stream } = options
  const { filters, whole } = yield* resolveSelection({
    stream,
    ...(options.pattern === undefined ? {} : { pattern: options.pattern }),
    ...(options.subjectTemplate === undefined ? {} : { subjectTemplate: options.subjectTemplate })
  })
  const shared = {
    connection: options.connection,
    ...(options.inboxPrefix === undefined ? {} : { inboxPrefix: options.inboxPrefix })
  }
  const table = new LossTable(options.beganMs)
  let subject = ""
  let readMs = options.beganMs
  let unreadable = 0
  let missingTimestamps = 0
  let gapRecordsRead = true
  let first: number | undefined
  let last = 0
  const batches = new TickBatches({
    nowMs,
    whole,
    // Called for each message before `decode`, which is not given the subject.
    keeps: (of) => {
      subject = of
      return true
    },
    decode: (data) => {
      const read = readTick(data)
      if ("tick" in read) onTick(subject, read.tick, readMs)
      else if (timeFault.test(read.reason)) missingTimestamps++
      else unreadable++
      return read
    }
  })
  const open = (reader: () => OrderedReader) =>
    Effect.acquireRelease(Effect.sync(reader), (opened) => Effect.sync(() => opened.close()))

  const gaps = yield* open(
    () =>
      new OrderedReader({
        ...shared,
        stream: integrityStream,
        filters: [gapSubjects],
        missing: "wait",
        capacity: 256,
        // A record may be written just before its hole is read.
        start: { type: "recent", ageMs: 60_000 }
      })
  )
  const followGaps = Effect.gen(function* () {
    for (;;) {
      for (const item of yield* gaps.buffer.take) {
        const record = item.type === "message" ? batches.gaps.add(item.data) : undefined
        if (record !== undefined) table.add({ type: "gapRecord", record })
      }
    }
  })
  // A reader without permission for the integrity stream still measures; its verdict says what it could not read.
  const noteUnreadable = () => Effect.sync(() => void (gapRecordsRead = false))
  yield* Effect.forkScoped(followGaps.pipe(Effect.catchTag("TickClientError", noteUnreadable)))

  const ticks = yield* open(
    () => new OrderedReader({ ...shared, stream, filters, start: options.start ?? { type: "live" } })
  )
  const run = Effect.gen(function* () {
    for (;;) {
      const items = yield* ticks.buffer.take
      readMs = nowMs()
      for (const item of items) {
        if (item.type === "message") {
          first ??= item.sequence
          last = item.sequence
        }
      }
      for (const notice of batches.batch(items).notices) table.add(notice)
    }
  })
  const reading = (): StreamReading => {
    const { losses } = table
    const sequences = first === undefined || losses.streamResets > 0 ? undefined : ([first, last] as const)
    return { losses, unreadable, missingTimestamps, gapRecordsRead, whole, sequences }
  }
  return { run, reading }
})

import { Effect, type Scope, Stream } from "effect"
import { integrityStream } from "../protocol/control/stream-names.ts"
import { gapSubjects } from "../protocol/market/gap-message.ts"
import type { TickMessage } from "../protocol/market/tick/tick-fields.ts"
import type { TickClientError } from "./client-error.ts"
import { openConnection } from "./connection.ts"
import { environmentOf } from "./environment-source.ts"
import type { TickNotice } from "./notice.ts"
import type { EnvironmentSource, ReadOptions, TicksOptions } from "./options.ts"
import { OrderedReader } from "./ordered-reader.ts"
import { readStoredTick } from "./read-stored-tick.ts"
import type { TickBatch } from "./tick-batch.ts"
import { TickBatches } from "./tick-batches.ts"
import { resolveSelection, resolveStart } from "./tick-selection.ts"

/** The same ticks in four forms. Each use opens its own reader, which ends with the stream or the loop. */
export interface Ticks extends AsyncIterable<TickMessage> {
  readonly stream: Stream.Stream<TickMessage, TickClientError>
  /** Ticks that arrived together, with notices and lag: the form for a reader with high load. */
  readonly batches: AsyncIterable<TickBatch>
  readonly batchStream: Stream.Stream<TickBatch, TickClientError>
}

/** Gap records from the integrity stream. They may arrive later than the ticks, or never. */
const followGaps = (
  options: Omit<ConstructorParameters<typeof OrderedReader>[0], "stream" | "filters" | "missing">,
  batches: TickBatches,
  tell: (notice: TickNotice) => void
): Effect.Effect<void, never, Scope.Scope> =>
  Effect.gen(function* () {
    const reader = yield* Effect.acquireRelease(
      Effect.sync(
        () => new OrderedReader({ ...options, stream: integrityStream, filters: [gapSubjects], missing: "wait" })
      ),
      (open) => Effect.sync(() => open.close())
    )
    const follow = Effect.gen(function* () {
      for (;;) {
        for (const item of yield* reader.buffer.take) {
          if (item.type !== "message") continue
          const record = batches.gaps.add(item.data)
          if (record !== undefined) tell({ type: "gapRecord", record })
        }
      }
    })
    // A user who may read ticks but no integrity records still gets ticks; holes are reported without their causes.
    yield* Effect.forkScoped(Effect.ignore(follow))
  })

const openBatches = (
  options: TicksOptions
): Effect.Effect<Stream.Stream<TickBatch, TickClientError>, TickClientError, Scope.Scope> =>
  Effect.gen(function* () {
    const { onNotice, nowMs = Date.now } = options
    const { stream, filters, whole, keeps } = yield* resolveSelection(options)
    const start = yield* resolveStart(options.from ?? "live")
    const { connection, inboxPrefix } = yield* openConnection(options)
    const shared = {
      connection,
      ...(options.heartbeatMs === undefined ? {} : { heartbeatMs: options.heartbeatMs }),
      ...(inboxPrefix === undefined ? {} : { inboxPrefix })
    }
    const batches = new TickBatches({ decode: options.decode ?? readStoredTick, whole, keeps, nowMs })
    const reader = yield* Effect.acquireRelease(
      Effect.sync(
        () =>
          new OrderedReader({
            ...shared,
            stream,
            filters,
            start,
            ...(options.capacity === undefined ? {} : { capacity: options.capacity })
          })
      ),
      (open) => Effect.sync(() => open.close())
    )
    // A record may be written just before its hole is read.
    const since = start.type === "time" ? start : ({ type: "recent", ageMs: 60_000 } as const)
    yield* followGaps({ ...shared, start: since, capacity: 256 }, batches, (notice) => reader.buffer.push(notice))
    return Stream.fromEffectRepeat(reader.buffer.take).pipe(
      Stream.map((items) => {
        const batch = batches.batch(items)
        if (onNotice !== undefined) for (const notice of batch.notices) onNotice(notice)
        return batch
      })
    )
  })

const hasTicks = (batch: TickBatch) => batch.ticks.length > 0
const ticksOf = (batch: TickBatch) => batch.ticks as readonly [TickMessage, ...Array<TickMessage>]

const open = (options: TicksOptions): Ticks => {
  const batchStream = Stream.unwrap(openBatches(options))
  const stream = batchStream.pipe(Stream.filter(hasTicks), Stream.map(ticksOf), Stream.flattenArray)
  return {
    stream,
    batchStream,
    batches: Stream.toAsyncIterable(batchStream),
    [Symbol.asyncIterator]: () => Stream.toAsyncIterable(stream)[Symbol.asyncIterator]()
  }
}

/**
 * Ticks of a running daemon, each exactly once and in the stream's sequence, over lost connections and server
 * restarts. Inside there is no promise, timer or effect for a tick; `for await` itself costs one, `batches` does not.
 * Fails with `TickClientError`; a fault that passes by itself is a notice. `ticks.fromEnv`: server and credentials
 * from the environment, or from `envFile` alone.
 */
export const ticks = Object.assign(open, {
  fromEnv: ({ envFile, env, ...options }: ReadOptions & EnvironmentSource = {}): Ticks =>
    open({ ...options, environment: environmentOf(envFile, env) })
})

import { Effect, Stream } from "effect"
import type { TickMessage } from "../protocol/market/tick/tick-fields.ts"
import { TickClientError as ClientError } from "./client-error.ts"
import type { ClientErrorCode } from "./error-code.ts"
import { latestAll as latestAllEffect, latest as latestEffect } from "./latest.ts"
import type { ConnectionSource, EnvironmentSource, ReadOptions, SnapshotOptions } from "./options.ts"
import type { TickBatch } from "./tick-batch.ts"
import { type Ticks as EffectTicks, ticks as effectTicks } from "./ticks.ts"

/** The exports of `tickd-client`: promises and async iterators. Its types do not use `effect`, which is bundled. */
export type { GapMessage } from "../protocol/market/gap-fields.ts"
export type { TickMessage } from "../protocol/market/tick/tick-fields.ts"
export type { ClientErrorCode } from "./error-code.ts"
export type { FeedNotice, ReaderNotice, TickNotice } from "./notice.ts"
export type { ConnectionSource, EnvironmentSource, ServerSource, TickSelection, TicksFrom } from "./options.ts"
export { type ReadTick, readStoredTick, type TickDecoder } from "./read-stored-tick.ts"
export type { TickBatch, TickLag } from "./tick-batch.ts"

/** The client cannot continue: `code` is stable, `message` names the fix. */
export interface TickClientError extends Error {
  readonly code: ClientErrorCode
}
/** For `instanceof`: only the client creates these. */
export const TickClientError: abstract new (...args: never) => TickClientError = ClientError

interface Ending {
  /** Ends the loop like a `break`, at once and without a further tick. */
  readonly signal?: AbortSignal
}
type One = Omit<SnapshotOptions, "instruments" | "pattern">

export type TicksOptions = ConnectionSource & ReadOptions & Ending
export type LatestOptions = ConnectionSource & SnapshotOptions

/** The same ticks in two forms. Each loop opens its own reader, which ends with it. Both throw `TickClientError`. */
export interface Ticks extends AsyncIterable<TickMessage> {
  /** Ticks that arrived together, with notices and lag: the form for a reader with high load. */
  readonly batches: AsyncIterable<TickBatch>
}

/** For a caller without types and options: refused like an empty URL. */
const nothing = { url: "" } as const

const aborted = (signal: AbortSignal) =>
  Effect.callback<void>((resume) => {
    const end = () => resume(Effect.void)
    if (signal.aborted) return end()
    signal.addEventListener("abort", end, { once: true })
    return Effect.sync(() => signal.removeEventListener("abort", end))
  })

const iterableOf = <A>(stream: Stream.Stream<A, ClientError>, signal: AbortSignal | undefined): AsyncIterable<A> =>
  Stream.toAsyncIterable(signal === undefined ? stream : Stream.interruptWhen(stream, aborted(signal)))

const iterables = ({ stream, batchStream }: EffectTicks, signal: AbortSignal | undefined): Ticks => {
  const each = iterableOf(stream, signal)
  return { batches: iterableOf(batchStream, signal), [Symbol.asyncIterator]: () => each[Symbol.asyncIterator]() }
}

export interface ReadTicks {
  (options: TicksOptions): Ticks
  /** Server and credentials from the environment, or from `envFile` alone. */
  readonly fromEnv: (options?: ReadOptions & EnvironmentSource & Ending) => Ticks
}

/**
 * Ticks of a running daemon, each exactly once and in the stream's sequence, over lost connections and server
 * restarts. A fault that passes by itself is a notice; any other ends the loop with `TickClientError`.
 */
export const ticks: ReadTicks = Object.assign(
  ({ signal, ...options }: TicksOptions = nothing) => iterables(effectTicks(options), signal),
  {
    fromEnv: ({ signal, ...options }: ReadOptions & EnvironmentSource & Ending = {}) =>
      iterables(effectTicks.fromEnv(options), signal)
  }
)

export interface ReadLatestAll {
  (options: LatestOptions): Promise<ReadonlyMap<string, TickMessage>>
  readonly fromEnv: (options?: SnapshotOptions & EnvironmentSource) => Promise<ReadonlyMap<string, TickMessage>>
}

/**
 * The newest stored tick of each instrument, by its code; one without a stored tick is absent. Rejects with
 * `TickClientError`.
 */
export const latestAll: ReadLatestAll = Object.assign(
  (options: LatestOptions = nothing) => Effect.runPromise(latestAllEffect(options)),
  { fromEnv: (options?: SnapshotOptions & EnvironmentSource) => Effect.runPromise(latestAllEffect.fromEnv(options)) }
)

export interface ReadLatest {
  (instrument: string, options: One & ConnectionSource): Promise<TickMessage | undefined>
  readonly fromEnv: (instrument: string, options?: One & EnvironmentSource) => Promise<TickMessage | undefined>
}

/** The newest stored tick of one instrument, undefined when there is none. Rejects with `TickClientError`. */
export const latest: ReadLatest = Object.assign(
  (instrument: string, options: One & ConnectionSource = nothing) =>
    Effect.runPromise(latestEffect(instrument, options)),
  {
    fromEnv: (instrument: string, options?: One & EnvironmentSource) =>
      Effect.runPromise(latestEffect.fromEnv(instrument, options))
  }
)

import { Effect } from "effect"
import type { TickMessage } from "../protocol/market/tick/tick-fields.ts"
import { TickClientError } from "./client-error.ts"
import { openConnection } from "./connection.ts"
import { environmentOf } from "./environment-source.ts"
import type { ConnectionSource, EnvironmentSource, LatestOptions, SnapshotOptions } from "./options.ts"
import { OrderedReader } from "./ordered-reader.ts"
import { readStoredTick } from "./read-stored-tick.ts"
import { resolveSelection } from "./tick-selection.ts"

const readSnapshot = Effect.fnUntraced(function* (options: LatestOptions) {
  const { stream, filters, keeps } = yield* resolveSelection(options)
  const { connection, inboxPrefix } = yield* openConnection(options)
  const decode = options.decode ?? readStoredTick
  const found = new Map<string, TickMessage>()
  const reader = yield* Effect.acquireRelease(
    Effect.sync(
      () =>
        new OrderedReader({
          connection,
          stream,
          filters,
          start: { type: "snapshot" },
          ...(inboxPrefix === undefined ? {} : { inboxPrefix })
        })
    ),
    (open) => Effect.sync(() => open.close())
  )
  for (;;) {
    for (const item of yield* reader.buffer.take) {
      if (item.type === "live") return found
      if (item.type !== "message" || keeps?.(item.subject) === false) continue
      const read = decode(item.data)
      if ("tick" in read) found.set(read.tick.symbol, read.tick)
    }
  }
})

const readAll = (options: LatestOptions): Effect.Effect<ReadonlyMap<string, TickMessage>, TickClientError> => {
  const timeoutMs = options.timeoutMs ?? 10_000
  return Effect.scoped(readSnapshot(options)).pipe(
    Effect.timeoutOrElse({
      duration: timeoutMs,
      orElse: () =>
        Effect.fail(
          new TickClientError({
            code: "NATS_UNREACHABLE",
            message: `The snapshot of stream ${options.stream ?? "MD_TICKS"} did not arrive within ${timeoutMs} ms: check the server, or raise timeoutMs.`
          })
        )
    })
  )
}

type OneOptions = Omit<SnapshotOptions, "instruments" | "pattern">

const readOne = (
  instrument: string,
  options: OneOptions & ConnectionSource
): Effect.Effect<TickMessage | undefined, TickClientError> =>
  Effect.map(readAll({ ...options, instruments: [instrument] }), (found) => found.get(instrument))

/**
 * The newest stored tick of each instrument (of `instruments` or `pattern`, else of all), by its code; an instrument
 * without a stored tick is absent. `fromEnv` as with `ticks`. Fails with `TickClientError`.
 */
export const latestAll = Object.assign(readAll, {
  fromEnv: ({ envFile, env, ...options }: SnapshotOptions & EnvironmentSource = {}) =>
    readAll({ ...options, environment: environmentOf(envFile, env) })
})

/**
 * The newest stored tick of one instrument, undefined when there is none. `fromEnv` as with `ticks`. Fails with
 * `TickClientError`.
 */
export const latest = Object.assign(readOne, {
  fromEnv: (instrument: string, { envFile, env, ...options }: OneOptions & EnvironmentSource = {}) =>
    readOne(instrument, { ...options, environment: environmentOf(envFile, env) })
})

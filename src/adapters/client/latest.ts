import { Effect } from "effect"
import type { TickMessage } from "../../protocol/tick-schema.ts"
import { TickClientError } from "./client-error.ts"
import { type ConnectionSource, openConnection } from "./connection.ts"
import { OrderedReader } from "./ordered-reader.ts"
import { readStoredTick, type TickDecoder } from "./read-tick.ts"
import { resolveSelection, type TickSelection } from "./tick-selection.ts"

export type LatestOptions = ConnectionSource &
  TickSelection & {
    readonly decode?: TickDecoder
    readonly inboxPrefix?: string
    /** How long the whole answer may take (10000). */
    readonly timeoutMs?: number
  }

const readSnapshot = Effect.fnUntraced(function* (options: LatestOptions) {
  const { stream, filters, keeps } = yield* resolveSelection(options)
  const connection = yield* openConnection(options)
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
          ...(options.inboxPrefix === undefined ? {} : { inboxPrefix: options.inboxPrefix })
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

/**
 * The newest stored tick of each instrument (of `instruments` or `pattern`, else of all), by its code; an instrument
 * without a stored tick is absent. Fails with `TickClientError`.
 */
export const latestAll = (options: LatestOptions): Effect.Effect<ReadonlyMap<string, TickMessage>, TickClientError> => {
  const timeoutMs = options.timeoutMs ?? 10_000
  return Effect.scoped(readSnapshot(options)).pipe(
    Effect.timeoutOrElse({
      duration: timeoutMs,
      orElse: () =>
        Effect.fail(
          new TickClientError({
            code: "NATS_UNREACHABLE",
            message: `The snapshot of stream ${options.stream ?? "MD_TICKS"} did not come within ${timeoutMs} ms: look at the server, or give it more time.`
          })
        )
    })
  )
}

/** The newest stored tick of one instrument, undefined when there is none. Fails with `TickClientError`. */
export const latest = (
  instrument: string,
  options: Omit<LatestOptions, "instruments" | "pattern"> & ConnectionSource
): Effect.Effect<TickMessage | undefined, TickClientError> =>
  Effect.map(latestAll({ ...options, instruments: [instrument] }), (found) => found.get(instrument))

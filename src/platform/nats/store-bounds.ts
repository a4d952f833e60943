import { JetStreamApiError, jetstreamManager } from "@nats-io/jetstream"
import { Effect } from "effect"
import { boundsIn } from "../../protocol/control/stream-bytes.ts"
import type { StreamShape } from "../../protocol/control/stream-shape.ts"
import { creationOf } from "../../protocol/control/stream-shape.ts"
import { connectNats } from "./connect.ts"
import { attempt } from "./jetstream-trouble.ts"

const streamNotFound = 10059
/** A smaller difference is ignored, because the free disk space varies. */
const tolerance = 0.05
const allMs = 10_000

/**
 * Sets the size limit of each stream in an embedded server's store, together as much as the disk allows, and creates
 * missing ones with it. A configured limit stays, and no limit is below the stream's content, so nothing stored is
 * deleted. A failed step is reported and blocks nothing.
 */
export const boundStreams = (options: {
  readonly url: string
  readonly shapes: ReadonlyArray<StreamShape>
  readonly storeBytes: number
  readonly onTrouble: (message: string) => void
}): Effect.Effect<void> => {
  const bounds = boundsIn(
    options.storeBytes,
    options.shapes.map(({ name }) => name)
  )
  const step = (run: () => Promise<unknown>, name: string) =>
    attempt(`Bounding stream ${name}`, run).pipe(
      Effect.catch(({ message }) => Effect.sync(() => options.onTrouble(message)))
    )
  const all = Effect.gen(function* () {
    const connection = yield* Effect.acquireRelease(
      connectNats({ url: options.url, name: "tickd bounds", reconnect: false }),
      (open) => Effect.promise(() => open.close().catch(() => undefined))
    )
    const manager = yield* attempt("Opening the JetStream API", () =>
      jetstreamManager(connection, { checkAPI: false, timeout: 2000 })
    )
    const bound = async (shape: StreamShape) => {
      const share = shape.max_bytes > 0 ? shape.max_bytes : (bounds.get(shape.name) ?? -1)
      try {
        const { config, state } = await manager.streams.info(shape.name)
        if (shape.max_bytes > 0) return
        const wanted = Math.max(share, state.bytes)
        const near = config.max_bytes > 0 && Math.abs(config.max_bytes - wanted) <= wanted * tolerance
        if (!near) await manager.streams.update(shape.name, { max_bytes: wanted })
      } catch (cause) {
        if (!(cause instanceof JetStreamApiError) || cause.code !== streamNotFound) throw cause
        await manager.streams.add({ ...creationOf(shape), max_bytes: share })
      }
    }
    // The ticks are last: they get what the others leave.
    const ordered = [...options.shapes].sort((a, b) => (bounds.get(a.name) ?? 0) - (bounds.get(b.name) ?? 0))
    for (const shape of ordered) yield* step(() => bound(shape), shape.name)
  })
  return Effect.scoped(all).pipe(
    Effect.timeoutOption(allMs),
    Effect.asVoid,
    Effect.catch(({ message }) => Effect.sync(() => options.onTrouble(message)))
  )
}

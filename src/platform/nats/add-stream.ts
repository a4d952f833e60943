import { JetStreamApiError, type JetStreamManager, type StreamInfo } from "@nats-io/jetstream"
import type { StreamShape } from "../../protocol/control/stream-shape.ts"
import { creationOf } from "../../protocol/control/stream-shape.ts"

/** Error code: the server has no space to reserve for a stream. */
const noRoomForBound = 10047

/** Runs a step with a default size limit, and without it where a small store has no space for it. */
export const orUnbounded = async <A>(
  isDefault: boolean,
  withBound: () => Promise<A>,
  without: () => Promise<A>
): Promise<A> => {
  try {
    return await withBound()
  } catch (cause) {
    if (!isDefault || !(cause instanceof JetStreamApiError) || cause.code !== noRoomForBound) throw cause
    return await without()
  }
}

/** Creates a stream with its size limit in bytes. */
export const addStream = (manager: JetStreamManager, shape: StreamShape): Promise<StreamInfo> =>
  orUnbounded(
    shape.max_bytes <= 0,
    () => manager.streams.add(creationOf(shape)),
    () => manager.streams.add({ ...creationOf(shape), max_bytes: -1 })
  )

import { JetStreamApiError, type JetStreamManager, type StreamInfo } from "@nats-io/jetstream"
import type { StreamShape } from "../../protocol/control/stream-shape.ts"
import { creationOf } from "../../protocol/control/stream-shape.ts"

/** The server has no room to reserve the bound of a stream. */
const noRoomForBound = 10047

/** Does a step with a default bound, and without it where a small store has no room for the bound. */
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

/** Makes a stream with its bound in bytes. */
export const addStream = (manager: JetStreamManager, shape: StreamShape): Promise<StreamInfo> =>
  orUnbounded(
    shape.max_bytes <= 0,
    () => manager.streams.add(creationOf(shape)),
    () => manager.streams.add({ ...creationOf(shape), max_bytes: -1 })
  )

import type { JetStreamManager } from "@nats-io/jetstream"
import type { ReaderNotice } from "./notice.ts"

/** A stream at one moment. `created` tells it from one that was made anew under the same name. */
export interface StreamState {
  readonly created: string
  readonly firstSequence: number
  readonly lastSequence: number
}

export const readStreamState = async (manager: JetStreamManager, stream: string): Promise<StreamState> => {
  const { created, state } = await manager.streams.info(stream)
  return { created: String(created), firstSequence: state.first_seq, lastSequence: state.last_seq }
}

/** Where reading goes on, and what must be told about it. */
export interface Continuation {
  readonly cursor: number
  readonly notice: ReaderNotice | undefined
}

/**
 * Compares what was read (`cursor`, of the stream created at `created`) with what is stored now. A stream made anew is
 * read from its beginning; one that lost its end, from that end; one that removed messages before they were read, from the first left.
 */
export const continueAfter = (cursor: number, created: string | undefined, now: StreamState): Continuation => {
  const made = created !== undefined && created !== now.created
  if (made || now.lastSequence < cursor) {
    return {
      // Without knowing which stream `cursor` belonged to, the whole of this one is unread.
      cursor: made || created === undefined ? 0 : now.lastSequence,
      notice: { type: "streamReset", readSequence: cursor, storedSequence: now.lastSequence }
    }
  }
  if (cursor > 0 && cursor + 1 < now.firstSequence) {
    return {
      cursor: now.firstSequence - 1,
      notice: { type: "expired", fromSequence: cursor + 1, toSequence: now.firstSequence - 1 }
    }
  }
  return { cursor, notice: undefined }
}

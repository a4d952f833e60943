import type { JetStreamManager } from "@nats-io/jetstream"
import { patternsMeet } from "../protocol/control/subject-pattern.ts"
import { TickClientError } from "./client-error.ts"
import type { ReaderNotice } from "./notice.ts"

/** State of a stream at one moment. `created` distinguishes it from a new one with the same name. */
export interface StreamExtent {
  readonly created: string
  readonly firstSequence: number
  readonly lastSequence: number
}

export interface StreamState extends StreamExtent {
  /** The server's clock when it answered, epoch milliseconds; undefined before nats-server 2.10. */
  readonly serverMs: number | undefined
  /** Subjects that it stores; empty for one that copies another stream. */
  readonly subjects: ReadonlyArray<string>
}

export const readStreamState = async (manager: JetStreamManager, stream: string): Promise<StreamState> => {
  const { created, state, config, ...more } = await manager.streams.info(stream)
  // Missing in the library's type.
  const serverMs = Date.parse(String("ts" in more ? more.ts : ""))
  return {
    created: String(created),
    firstSequence: state.first_seq,
    lastSequence: state.last_seq,
    subjects: config.subjects ?? [],
    serverMs: Number.isNaN(serverMs) ? undefined : serverMs
  }
}

/**
 * Throws `CLIENT_OPTIONS_INVALID` for a filter that can match nothing in the stream: the server would accept it
 * without an error.
 */
export const refuseEmptyFilters = (
  stream: string,
  filters: ReadonlyArray<string>,
  subjects: ReadonlyArray<string>
): void => {
  const empty = filters.find((filter) => !subjects.some((subject) => patternsMeet(filter, subject)))
  if (subjects.length === 0 || empty === undefined) return
  throw new TickClientError({
    code: "CLIENT_OPTIONS_INVALID",
    message: `Nothing in stream ${stream} can match ${empty}, it holds ${subjects.join(" ")}: correct the pattern, or the template if the daemon has its own (TICK_SUBJECT_TEMPLATE).`
  })
}

/** Where reading continues, and the notices about it. */
export interface Continuation {
  readonly cursor: number
  readonly notice: ReaderNotice | undefined
}

/**
 * Compares the read position (`cursor`, of the stream created at `created`) with the stream's present state. A new
 * stream is read from its beginning; one that lost its end, from that end; one that removed unread messages, from the
 * first one left.
 */
export const continueAfter = (cursor: number, created: string | undefined, now: StreamExtent): Continuation => {
  const made = created !== undefined && created !== now.created
  if (made || now.lastSequence < cursor) {
    return {
      // When the stream of `cursor` is not known, all messages of this one are unread.
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

import type { ServerResponse } from "node:http"
import type { InstantNs } from "../../../kernel/time/utc-instant.ts"
import type { ApiRequest } from "../api/api-message.ts"
import { all, readTime } from "../api/query.ts"
import type { VenueEvent } from "../core/event-log.ts"
import { malformed, Refusal } from "../core/refusal.ts"
import type { VenueState } from "../core/venue-state.ts"
import type { FaultBoard } from "../faults/fault-board.ts"

const bufferedMax = 8 * 1024 * 1024

interface Range {
  readonly since: InstantNs | undefined
  readonly until: InstantNs | undefined
  readonly sinceId: string | undefined
  readonly untilId: string | undefined
}

interface SseReader {
  readonly response: ServerResponse
  readonly range: Range
}

/** `/v2/events/trades`: all events of orders, from a cursor on. */
export interface SseStream {
  /** Begins to serve; a refusal is answered by the caller. */
  readonly open: (request: ApiRequest, response: ServerResponse) => Refusal | undefined
  readonly publish: (event: VenueEvent) => void
  readonly cut: () => void
}

const readRange = (query: URLSearchParams): Range | Refusal => {
  const read = all(readTime(query, "since"), readTime(query, "until"))
  if (read instanceof Refusal) return read
  const [since, until] = read
  const [sinceId, untilId] = ["since", "until"].map(
    (name) => query.get(`${name}_id`) ?? query.get(`${name}_ulid`) ?? undefined
  )
  if ((since ?? until) !== undefined && (sinceId ?? untilId) !== undefined)
    return malformed("since and until can not be used with since_id and until_id")
  if (until !== undefined && since === undefined) return malformed("until requires since")
  if (untilId !== undefined && sinceId === undefined) return malformed("until_id requires since_id")
  return { since, until, sinceId, untilId }
}

const isBefore = (range: Range, { at, data }: VenueEvent): boolean =>
  (range.since !== undefined && at < range.since) || (range.sinceId !== undefined && data.event_id <= range.sinceId)

const isAfter = (range: Range, { at, data }: VenueEvent): boolean =>
  (range.until !== undefined && at > range.until) || (range.untilId !== undefined && data.event_id > range.untilId)

export const makeSseStream = (options: {
  readonly state: VenueState
  readonly faults: FaultBoard
  readonly heartbeatMs: number
}): SseStream => {
  const { faults, heartbeatMs, state } = options
  const readers = new Set<SseReader>()
  let heartbeat: NodeJS.Timeout | undefined

  const leave = (reader: SseReader) => {
    readers.delete(reader)
    reader.response.end()
    if (readers.size > 0) return
    clearInterval(heartbeat)
    heartbeat = undefined
  }
  const write = (reader: SseReader, text: string) => {
    if (reader.response.writableLength > bufferedMax) reader.response.destroy()
    else reader.response.write(text)
  }
  const line = ({ data }: VenueEvent) =>
    `data: ${JSON.stringify({ account_id: state.accountId, at: data.timestamp, ...data })}\n\n`

  const isOver = ({ range }: SseReader): boolean => range.until !== undefined && state.clock > range.until

  const send = (reader: SseReader, event: VenueEvent) => {
    if (isAfter(reader.range, event)) return leave(reader)
    if (isBefore(reader.range, event)) return
    if (faults.take("sse-error")) {
      write(reader, ": internal server error\n\n")
      return leave(reader)
    }
    if (faults.take("sse-dropped")) return write(reader, ": you are reading too slowly, dropped 1 messages\n\n")
    write(reader, line(event))
  }

  const beat = () => {
    for (const reader of readers) {
      if (isOver(reader)) leave(reader)
      else write(reader, ":heartbeat\n\n")
    }
  }

  return {
    open: (request, response) => {
      const range = readRange(request.query)
      if (range instanceof Refusal) return range
      const reader: SseReader = { response, range }
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" })
      write(reader, ":heartbeat\n\n")
      readers.add(reader)
      response.on("close", () => leave(reader))
      const asksPast = range.since !== undefined || range.sinceId !== undefined
      if (asksPast) for (const event of state.events.kept()) if (readers.has(reader)) send(reader, event)
      // The end of a range by id is known only when an event behind it came; one in the past is over now.
      const ended =
        range.untilId !== undefined && state.events.kept().some(({ data }) => data.event_id === range.untilId)
      if (isOver(reader) || ended) leave(reader)
      else heartbeat ??= setInterval(beat, heartbeatMs)
      return undefined
    },
    publish: (event) => {
      for (const reader of readers) send(reader, event)
    },
    cut: () => {
      for (const reader of readers) reader.response.destroy()
      clearInterval(heartbeat)
    }
  }
}

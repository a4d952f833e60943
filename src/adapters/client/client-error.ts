import { Schema } from "effect"

/**
 * The client cannot go on. A lost connection is not among these: it is dialled again and told as a notice.
 * `CLIENT_OPTIONS_INVALID`: the options contradict each other or name nothing that can be read.
 * `NATS_UNREACHABLE`: nobody answered the first dial. `NATS_CLOSED`: the connection was closed by its owner.
 * `NATS_DENIED`: this user may not read the stream. `STREAM_NOT_FOUND`: there is no such stream yet.
 * `JETSTREAM_API`: JetStream refused the question; the message holds its answer.
 */
export class TickClientError extends Schema.TaggedError<TickClientError>()("TickClientError", {
  code: Schema.Literals([
    "CLIENT_OPTIONS_INVALID",
    "NATS_UNREACHABLE",
    "NATS_CLOSED",
    "NATS_DENIED",
    "STREAM_NOT_FOUND",
    "JETSTREAM_API"
  ]),
  message: Schema.String
}) {}

export const textOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

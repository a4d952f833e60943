/**
 * Why the client cannot continue. A lost connection is not an error: it is dialled again and reported as a notice.
 * `CLIENT_OPTIONS_INVALID`: the options contradict each other, match nothing, or name a file that cannot be read.
 * `NATS_UNREACHABLE`: no answer to the first dial. `NATS_AUTH_REJECTED`: the server refuses these credentials.
 * `NATS_TLS_REJECTED`: the certificate is not signed by the known authority or not for this host, or there is no TLS.
 * `NATS_CLOSED`: the connection was closed by its owner. `NATS_DENIED`: this user may not read the stream.
 * `STREAM_NOT_FOUND`: the stream does not exist yet. `JETSTREAM_API`: JetStream refused the request; the message
 * contains its answer.
 */
export const clientErrorCodes = [
  "CLIENT_OPTIONS_INVALID",
  "NATS_UNREACHABLE",
  "NATS_AUTH_REJECTED",
  "NATS_TLS_REJECTED",
  "NATS_CLOSED",
  "NATS_DENIED",
  "STREAM_NOT_FOUND",
  "JETSTREAM_API"
] as const
export type ClientErrorCode = (typeof clientErrorCodes)[number]

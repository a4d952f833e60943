/**
 * Why the client cannot go on. A lost connection is not among these: it is dialled again and reported as a notice.
 * `CLIENT_OPTIONS_INVALID`: the options contradict each other, name nothing that can be read, or a file that cannot be read.
 * `NATS_UNREACHABLE`: no answer to the first dial. `NATS_AUTH_REJECTED`: the server refuses these credentials.
 * `NATS_TLS_REJECTED`: the certificate is not of the authority we know or not for this host, or there is no TLS.
 * `NATS_CLOSED`: the connection was closed by its owner. `NATS_DENIED`: this user may not read the stream.
 * `STREAM_NOT_FOUND`: there is no such stream yet. `JETSTREAM_API`: JetStream refused the question; the message holds its answer.
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

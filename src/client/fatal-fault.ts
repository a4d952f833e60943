import { JetStreamApiError } from "@nats-io/jetstream"
import { errors } from "@nats-io/transport-node"
import { TickClientError } from "./client-error.ts"
import { isAuthRefusal } from "./connection.ts"

const streamNotFound = 10059

/** Why a connection that was open is closed for good. The official client closes it when a dial is refused twice. */
export const closedFault = (cause: unknown, stream: string): TickClientError =>
  isAuthRefusal(cause)
    ? new TickClientError({
        code: "NATS_AUTH_REJECTED",
        message: `NATS refuses these credentials since the connection was lost while reading ${stream} (${cause.message}): set those that are valid now, and read on from the last sequence.`
      })
    : new TickClientError({
        code: "NATS_CLOSED",
        message: `The connection to NATS was closed while reading ${stream}: open a new one and read on from the last sequence.`
      })

/** A question that was denied fails with an error of its own, which holds the denial. */
const violationIn = (cause: unknown): InstanceType<typeof errors.PermissionViolationError> | undefined => {
  const within = cause instanceof Error ? [cause, cause.cause] : []
  return within.find((error) => error instanceof errors.PermissionViolationError)
}

/**
 * A failure that no waiting cures; undefined: ask again. Once a reader has read (`opened`), a stream that is missing or a
 * server that refuses is an outage: the store may be on its way back.
 */
export const fatalFault = (
  cause: unknown,
  reader: {
    readonly stream: string
    readonly filters: ReadonlyArray<string>
    readonly opened: boolean
    readonly missing: "fail" | "wait"
  }
): TickClientError | undefined => {
  const { stream, filters, opened, missing } = reader
  if (cause instanceof TickClientError) return cause
  const violation = violationIn(cause)
  if (violation !== undefined) {
    const fix =
      violation.operation === "subscription"
        ? "set inboxPrefix (NATS_INBOX_PREFIX) to the one of this user's role"
        : "use the credentials of a reader"
    return opened
      ? undefined
      : new TickClientError({
          code: "NATS_DENIED",
          message: `NATS does not let this user read ${filters.join(", ")} from stream ${stream} (${violation.message}): ${fix}.`
        })
  }
  if (!(cause instanceof JetStreamApiError)) return undefined
  if (cause.code === streamNotFound) {
    return opened || missing === "wait"
      ? undefined
      : new TickClientError({
          code: "STREAM_NOT_FOUND",
          message: `There is no stream ${stream} on this server: start the daemon that makes it, or name another stream or server.`
        })
  }
  // 5xx of the API: no leader, no resources; the rest is a question that will never be answered otherwise
  return opened || cause.status >= 500
    ? undefined
    : new TickClientError({
        code: "JETSTREAM_API",
        message: `JetStream refuses to read ${filters.join(", ")} from stream ${stream}: ${cause.message}.`
      })
}

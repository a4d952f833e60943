import { JetStreamApiError } from "@nats-io/jetstream"
import { errors } from "@nats-io/transport-node"
import { TickClientError } from "./client-error.ts"
import { isAuthRefusal } from "./connection.ts"

const streamNotFound = 10059

/** Why an open connection was closed for good. The official client closes it when a dial is refused twice. */
export const closedFault = (cause: unknown, stream: string): TickClientError =>
  isAuthRefusal(cause)
    ? new TickClientError({
        code: "NATS_AUTH_REJECTED",
        message: `NATS refuses these credentials after the connection was lost while reading ${stream} (${cause.message}): set valid ones, and continue from the last sequence.`
      })
    : new TickClientError({
        code: "NATS_CLOSED",
        message: `The connection to NATS was closed while reading ${stream}: open a new one and continue from the last sequence.`
      })

/** A denied request fails with its own error, which contains the denial. */
const violationIn = (cause: unknown): InstanceType<typeof errors.PermissionViolationError> | undefined => {
  const within = cause instanceof Error ? [cause, cause.cause] : []
  return within.find((error) => error instanceof errors.PermissionViolationError)
}

/**
 * A failure that waiting does not fix; undefined: repeat the request. Once a reader has read (`opened`), a missing
 * stream or a refusing server is an outage: the store may be restarting.
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
          message: `There is no stream ${stream} on this server: start the daemon that creates it, or name another stream or server.`
        })
  }
  // 5xx of the API: no leader, no resources; any other status is final
  return opened || cause.status >= 500
    ? undefined
    : new TickClientError({
        code: "JETSTREAM_API",
        message: `JetStream refuses to read ${filters.join(", ")} from stream ${stream}: ${cause.message}.`
      })
}

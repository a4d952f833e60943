import { JetStreamApiError } from "@nats-io/jetstream"
import { errors } from "@nats-io/transport-node"
import { TickClientError } from "./client-error.ts"

const streamNotFound = 10059

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
  if (cause instanceof errors.PermissionViolationError) {
    return new TickClientError({
      code: "NATS_DENIED",
      message: `NATS does not let this user read ${filters.join(", ")} from stream ${stream} (${cause.message}): use the credentials of a reader.`
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

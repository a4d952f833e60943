import { errors, type NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import { discoverService, type FoundService } from "../../platform/nats/discover.ts"
import { exitCodes, UserError } from "../../platform/process/user-error.ts"

const rootOf = (cause: unknown): unknown => (cause instanceof errors.RequestError ? (cause.cause ?? cause) : cause)

/** Why a request got no answer: absent, silent, denied, malformed and too large have different remedies. */
export const requestError = (
  cause: unknown,
  question: { readonly instance: string; readonly subject: string; readonly bytes: number; readonly timeoutMs: number }
): UserError => {
  const { bytes, instance, timeoutMs, subject } = question
  const root = rootOf(cause)
  if (root instanceof errors.PermissionViolationError) {
    return new UserError({
      code: "NATS_DENIED",
      exitCode: exitCodes.unavailable,
      message:
        root.operation === "publish"
          ? `This NATS user may not ask ${root.subject}: use one that may give commands (NATS_USER, NATS_NKEY_FILE or --context), see docs/operations/nats-security.md.`
          : `This NATS user may not take answers on ${root.subject}: set NATS_INBOX_PREFIX (NATS_OPS_INBOX_PREFIX where NATS_OPS_… name the user) as the server's permissions want it, see docs/operations/nats-security.md.`
    })
  }
  if (root instanceof errors.InvalidSubjectError) {
    return new UserError({
      code: "WRONG_USE",
      exitCode: exitCodes.wrongUse,
      message: `${JSON.stringify(instance)} cannot be the name of a daemon: 'tickd status' shows the name of the one that runs.`
    })
  }
  if (root instanceof errors.InvalidArgumentError) {
    return new UserError({
      code: "REQUEST_TOO_LARGE",
      exitCode: exitCodes.badInput,
      message: `The request has ${bytes} bytes and the NATS server carries less: nothing was sent; name fewer symbols, or send several requests.`
    })
  }
  return new UserError({
    code: "NO_ANSWER",
    exitCode: exitCodes.unavailable,
    message:
      root instanceof errors.TimeoutError
        ? `The daemon ${instance} has not answered ${subject} within ${timeoutMs / 1000} s: see its log; a command may be carried out all the same, see 'tickd audit'.`
        : `No daemon ${instance} answers on NATS: name it with --instance, or start it with 'npm run -s tickd -- run'.`
  })
}

/** Every daemon that answers on this server. */
export const findDaemons = (connection: NatsConnection): Effect.Effect<ReadonlyArray<FoundService>, UserError> =>
  Effect.mapError(discoverService(connection, "tickd"), (cause) =>
    requestError(cause, { instance: "tickd", subject: "$SRV.PING.tickd", bytes: 0, timeoutMs: 1500 })
  )

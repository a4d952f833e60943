import { hostname, userInfo } from "node:os"
import { errors, type NatsConnection } from "@nats-io/transport-node"
import { Effect, Result, Schema } from "effect"
import type { RequestedBy } from "../../protocol/control/command.ts"
import type { RequestSchema } from "../../protocol/control/command-spec.ts"
import { ControlErrorMessage } from "../../protocol/control/control.ts"
import { discoverService } from "./discover.ts"

/**
 * A request without the answer that was asked for. `code`: the daemon's own when it refused, else `NO_ANSWER`,
 * `NATS_DENIED`, `WRONG_USE`, `REQUEST_TOO_LARGE` or `ANSWER_NOT_UNDERSTOOD`. `message`: one sentence with the fix.
 */
export class ControlRequestError extends Schema.TaggedError<ControlRequestError>()("ControlRequestError", {
  code: Schema.String,
  message: Schema.String
}) {}

/** An entry of a daemon's command table, such as `marketCommands.tree`. */
export interface ControlEntry {
  readonly name: string
  readonly request: RequestSchema
  readonly reply: Schema.Top
}
export type RequestOf<E extends ControlEntry> = E["request"]["Type"]
export type ReplyOf<E extends ControlEntry> = E["reply"]["Type"]

export interface ControlQuestion {
  readonly instance: string
  readonly subject: string
  readonly timeoutMs: number
  /** What to do when no daemon of this name is there: `name it with --instance, or …`, without a full stop. */
  readonly absentRemedy: string
}

const failed = (code: string, message: string) => new ControlRequestError({ code, message })

const rootOf = (cause: unknown): unknown => (cause instanceof errors.RequestError ? (cause.cause ?? cause) : cause)

/** Why a request got no answer: absent, silent, denied, malformed and too large have different remedies. */
export const requestFault = (
  cause: unknown,
  { absentRemedy, bytes, instance, subject, timeoutMs }: ControlQuestion & { readonly bytes: number }
): ControlRequestError => {
  const root = rootOf(cause)
  if (root instanceof errors.PermissionViolationError) {
    return failed(
      "NATS_DENIED",
      root.operation === "publish"
        ? `This NATS user may not ask ${root.subject}: use one that may give commands (NATS_USER, NATS_NKEY_FILE or --context), see docs/operations/nats-security.md.`
        : `This NATS user may not take answers on ${root.subject}: set NATS_INBOX_PREFIX (NATS_OPS_INBOX_PREFIX where NATS_OPS_… name the user) as the server's permissions want it, see docs/operations/nats-security.md.`
    )
  }
  if (root instanceof errors.InvalidSubjectError) {
    return failed(
      "WRONG_USE",
      `${JSON.stringify(instance)} cannot be the name of a daemon: 'tickd status' shows the name of the one that runs.`
    )
  }
  if (root instanceof errors.InvalidArgumentError) {
    return failed(
      "REQUEST_TOO_LARGE",
      `The request has ${bytes} bytes and the NATS server carries less: nothing was sent; name fewer symbols, or send several requests.`
    )
  }
  return failed(
    "NO_ANSWER",
    root instanceof errors.TimeoutError
      ? `The daemon ${instance} has not answered ${subject} within ${timeoutMs / 1000} s: see its log; a command may be carried out all the same, see 'tickd audit'.`
      : `No daemon ${instance} answers on NATS: ${absentRemedy}.`
  )
}

/** Who asks, for the audit of the daemon: the NATS user when the variables name one, else the user of this process. */
export const requestedBy = (env: { readonly NATS_USER?: string | undefined }, client: string): RequestedBy => ({
  user: (env.NATS_USER ?? userInfo().username).slice(0, 128),
  host: hostname().slice(0, 128),
  client
})

/** Names of the daemons that answer on this server as `service`, sorted. */
export const findInstances = (
  connection: NatsConnection,
  absentRemedy: string,
  service = "tickd"
): Effect.Effect<ReadonlyArray<string>, ControlRequestError> =>
  discoverService(connection, service).pipe(
    Effect.map((found) => [...new Set(found.map(({ metadata }) => metadata["instance"] ?? ""))].sort()),
    Effect.mapError((cause) =>
      requestFault(cause, {
        instance: service,
        subject: `$SRV.PING.${service}`,
        bytes: 0,
        timeoutMs: 1500,
        absentRemedy
      })
    )
  )

/** Sends one request and decodes its reply; a refusal fails with the daemon's own code and sentence. */
export const sendControlRequest = Effect.fnUntraced(function* <E extends ControlEntry>(
  options: ControlQuestion & { readonly connection: NatsConnection; readonly entry: E; readonly body: object }
): Effect.fn.Return<ReplyOf<E>, ControlRequestError> {
  const { connection, entry, instance, subject, timeoutMs } = options
  const payload = JSON.stringify(options.body)
  const text = yield* Effect.tryPromise({
    try: async () => {
      const reply = await connection.request(subject, payload, { timeout: timeoutMs, noMux: true })
      return reply.string()
    },
    catch: (cause) => requestFault(cause, { ...options, bytes: Buffer.byteLength(payload) })
  })
  const refusal = Schema.decodeUnknownResult(Schema.fromJsonString(ControlErrorMessage))(text)
  if (Result.isSuccess(refusal)) return yield* failed(refusal.success.error.code, refusal.success.error.message)
  return yield* Schema.decodeUnknownEffect(Schema.fromJsonString(entry.reply as Schema.Codec<ReplyOf<E>, unknown>))(
    text
  ).pipe(
    Effect.mapError(() =>
      failed("ANSWER_NOT_UNDERSTOOD", `${instance} answered ${subject} in a form that this version does not know.`)
    )
  )
})

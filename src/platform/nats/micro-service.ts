import { headers, type Msg, type MsgHdrs, type NatsConnection, type Subscription } from "@nats-io/transport-node"
import { Cause, Effect, Exit, Option } from "effect"
import type { RequestedBy } from "../../protocol/control/command.ts"
import { ControlError, controlError, refusalBody } from "../../protocol/control/control.ts"
import { statusOfCode } from "../../protocol/control/error-codes.ts"
import {
  type EndpointCounts,
  type EndpointInfo,
  infoReply,
  pingReply,
  type ServiceIdentity,
  type ServiceVerb,
  serviceErrorCodeHeader,
  serviceErrorHeader,
  serviceSubjects,
  serviceVerbs,
  statsReply
} from "../../protocol/control/micro-service.ts"

/** A request, and how it arrived. */
export interface ServiceRequest {
  readonly payload: Uint8Array
  /** Set by the server when the request crossed accounts: the client's identity, by the server. */
  readonly requestInfo: string | undefined
  /** Who sends it, where that is proved: it stands for what the request says of itself. */
  readonly caller?: Pick<RequestedBy, "user" | "client"> | undefined
}

/** A JSON value, and what runs after it was sent. */
export interface ServiceReply {
  readonly reply: unknown
  readonly afterwards?: Effect.Effect<void> | undefined
}

export interface ServiceEndpoint extends EndpointInfo {
  /** A defect is answered as `INTERNAL`. */
  readonly handle: (request: ServiceRequest) => Effect.Effect<ServiceReply, ControlError>
  /** Begins to run a request, or refuses it: too many come, or too many are in progress. */
  readonly begin: (request: Effect.Effect<void>) => ControlError | undefined
  /** Keys that a refusal carries too, for clients that read them without looking for `error`. */
  readonly onRefusal?: Readonly<Record<string, unknown>> | undefined
}

export interface ServiceOptions {
  readonly identity: ServiceIdentity
  readonly description: string
  readonly endpoints: ReadonlyArray<ServiceEndpoint>
  /** Pattern whose subjects without an endpoint are answered with `UNKNOWN_VERB`. */
  readonly guarded: string
  readonly startedMs: number
  readonly nowNs: () => number
  /** The server ended or refused a subscription: requests there are not answered any more. */
  readonly onLost: (message: string) => void
  /** A handler ended with a defect: a bug, for the log. */
  readonly onBug: (endpoint: string, cause: unknown) => void
}

interface Served {
  readonly endpoint: ServiceEndpoint
  readonly counts: EndpointCounts
}

const encoder = new TextEncoder()
const encode = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value))
const requestInfoOf = (message: Msg): string | undefined => {
  const info = message.headers?.get("Nats-Request-Info")
  return info === undefined || info === "" ? undefined : info
}
const tooLarge = (subject: string, bytes: number, carried: number): ControlError =>
  controlError(
    "REPLY_TOO_LARGE",
    `The answer of ${subject} has ${bytes} bytes and the NATS server carries ${carried}: ask for less with limit, name fewer symbols, or raise its max_payload; a command is carried out all the same, see the audit.`
  )
/** A header is one line. */
const headerText = (text: string): string => text.replace(/[\r\n]+/g, " ")

const refusal = (
  error: ControlError,
  more?: Readonly<Record<string, unknown>>
): { readonly body: Uint8Array; readonly headers: MsgHdrs } => {
  const marked = headers()
  marked.set(serviceErrorHeader, headerText(error.message))
  marked.set(serviceErrorCodeHeader, String(statusOfCode[error.code]))
  return { body: encode({ ...more, ...refusalBody(error) }), headers: marked }
}

/** Sends unless the connection has closed: then no caller waits any more. */
const respond = (connection: NatsConnection, message: Msg, body: Uint8Array, marked?: MsgHdrs): void => {
  if (!connection.isClosed()) message.respond(body, marked === undefined ? {} : { headers: marked })
}

/** Counts and refuses requests, and makes of each one the effect that answers it. */
const makeAnswers = (connection: NatsConnection, options: ServiceOptions) => {
  const { nowNs } = options
  const refuse = ({ counts, endpoint }: Served, message: Msg, error: ControlError): void => {
    counts.errors++
    counts.lastError = `${error.code}: ${error.message}`
    const { body, headers: marked } = refusal(error, endpoint.onRefusal)
    respond(connection, message, body, marked)
  }
  const answered = ({ endpoint }: Served, message: Msg) =>
    Effect.gen(function* () {
      const { afterwards, reply } = yield* endpoint.handle({
        payload: message.data,
        requestInfo: requestInfoOf(message)
      })
      const body = encode(reply)
      const carried = connection.info?.max_payload ?? Number.POSITIVE_INFINITY
      if (body.length > carried) return yield* Effect.fail(tooLarge(endpoint.subject, body.length, carried))
      respond(connection, message, body)
      return afterwards
    })
  const errorOf = (subject: string, cause: Cause.Cause<ControlError>): ControlError => {
    const failure = Option.getOrUndefined(Cause.findErrorOption(cause))
    if (failure instanceof ControlError) return failure
    options.onBug(subject, Cause.squash(cause))
    return controlError("INTERNAL", `A bug of tickd kept it from answering ${subject}: see its log and report it.`)
  }
  return (served: Served, message: Msg): void => {
    const { counts, endpoint } = served
    counts.requests++
    if (message.reply === undefined || message.reply === "") {
      counts.errors++
      counts.lastError = "a request without a reply subject"
      return
    }
    const beganNs = nowNs()
    const answer = Effect.gen(function* () {
      const exit = yield* Effect.exit(answered(served, message))
      if (Exit.isFailure(exit)) refuse(served, message, errorOf(endpoint.subject, exit.cause))
      counts.processingNs += nowNs() - beganNs
      if (Exit.isSuccess(exit) && exit.value !== undefined) yield* exit.value
    })
    const refused = endpoint.begin(answer)
    if (refused === undefined) return
    refuse(served, message, refused)
    counts.processingNs += nowNs() - beganNs
  }
}

/**
 * Serves a NATS micro service on a connection until the connection closes or the returned effect runs: its endpoints,
 * and PING, INFO and STATS as in ADR-32. A request without a reply subject is counted and not executed: its sender
 * would not learn the result, and a consumer created by a user without permission could be pointed at the subject.
 */
export const serveMicroService = (
  connection: NatsConnection,
  options: ServiceOptions
): Effect.Effect<Effect.Effect<void>> =>
  Effect.sync(() => {
    const { identity } = options
    const served = new Map<string, Served>(
      options.endpoints.map((endpoint) => [
        endpoint.subject,
        { endpoint, counts: { requests: 0, errors: 0, lastError: "", processingNs: 0 } }
      ])
    )
    const known = options.endpoints.map(({ subject }) => subject).join(", ")
    const subscriptions: Array<Subscription> = []
    const answer = makeAnswers(connection, options)
    const lost = (subject: string, error: Error) => {
      if (subscriptions.length > 0) {
        options.onLost(
          `This NATS user may not subscribe to ${subject} (${error.message}), so requests there are not answered: allow it in the server's permissions.`
        )
      }
    }
    const onRequest = (subject: string) => (error: Error | null, message: Msg) => {
      if (error !== null) return lost(subject, error)
      const found = served.get(message.subject)
      if (found !== undefined) return answer(found, message)
      const unknown = controlError("UNKNOWN_VERB", `No endpoint answers ${message.subject}: use one of ${known}.`)
      const { body, headers: marked } = refusal(unknown)
      respond(connection, message, body, marked)
    }
    const replies: Record<ServiceVerb, () => unknown> = {
      PING: () => pingReply(identity),
      INFO: () => infoReply(identity, options.description, options.endpoints),
      STATS: () =>
        statsReply(
          identity,
          options.startedMs,
          [...served.values()].map(({ endpoint, counts }) => ({ ...endpoint, counts }))
        )
    }
    for (const verb of serviceVerbs) {
      for (const subject of serviceSubjects(verb, identity)) {
        subscriptions.push(
          connection.subscribe(subject, {
            callback: (error, message) => {
              if (error !== null) lost(subject, error)
              else message.respond(encode(replies[verb]()))
            }
          })
        )
      }
    }
    const underGuard = options.guarded.replace(/[*>]$/, "")
    subscriptions.push(connection.subscribe(options.guarded, { callback: onRequest(options.guarded) }))
    for (const { endpoint } of served.values()) {
      if (endpoint.subject.startsWith(underGuard)) continue
      subscriptions.push(
        connection.subscribe(endpoint.subject, {
          ...(endpoint.queueGroup === "" ? {} : { queue: endpoint.queueGroup }),
          callback: onRequest(endpoint.subject)
        })
      )
    }
    return Effect.sync(() => {
      for (const subscription of subscriptions.splice(0)) subscription.unsubscribe()
    })
  })

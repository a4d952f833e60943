import { headers, type Msg, type MsgHdrs, type NatsConnection, type Subscription } from "@nats-io/transport-node"
import { ControlError, statusOfCode } from "../../protocol/control/control.ts"
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
}

/**
 * Returns a JSON value or a promise of one, or throws a `ControlError`; any other error is answered as `INTERNAL`.
 * `onRefusal`: keys that a refusal also contains, for clients that read them without checking `error`.
 */
export interface ServiceEndpoint extends EndpointInfo {
  readonly handle: (request: ServiceRequest) => unknown
  readonly onRefusal?: Readonly<Record<string, unknown>>
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
  /** An endpoint threw an unexpected error: a bug, for the log. */
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
  new ControlError({
    code: "REPLY_TOO_LARGE",
    message: `The answer of ${subject} has ${bytes} bytes and the NATS server carries ${carried}: ask for less with limit, name fewer symbols, or raise its max_payload; an order is carried out all the same, see the audit.`
  })
/** A header is one line. */
const headerText = (text: string): string => text.replace(/[\r\n]+/g, " ")

const refusal = (
  error: ControlError,
  more?: Readonly<Record<string, unknown>>
): { readonly body: Uint8Array; readonly headers: MsgHdrs } => {
  const marked = headers()
  marked.set(serviceErrorHeader, headerText(error.message))
  marked.set(serviceErrorCodeHeader, String(statusOfCode[error.code]))
  return { body: encode({ ...more, error: { code: error.code, message: error.message } }), headers: marked }
}

/**
 * Serves a NATS micro service until the connection closes or the returned function is called: its endpoints, and
 * PING, INFO and STATS as in ADR-32. A request without a reply subject is counted and not executed: its sender would
 * not learn the result, and a consumer created by a user without permission could be pointed at the subject.
 */
export const serveMicroService = (connection: NatsConnection, options: ServiceOptions): (() => void) => {
  const { identity, nowNs } = options
  const served = new Map<string, Served>(
    options.endpoints.map((endpoint) => [
      endpoint.subject,
      { endpoint, counts: { requests: 0, errors: 0, lastError: "", processingNs: 0 } }
    ])
  )
  const known = options.endpoints.map(({ subject }) => subject).join(", ")

  const subscriptions: Array<Subscription> = []
  const errorOf = (subject: string, cause: unknown): ControlError => {
    if (cause instanceof ControlError) return cause
    options.onBug(subject, cause)
    return new ControlError({
      code: "INTERNAL",
      message: `A bug of tickd kept it from answering ${subject}: see its log and report it.`
    })
  }
  const answer = ({ endpoint, counts }: Served, message: Msg) => {
    counts.requests++
    if (message.reply === undefined || message.reply === "") {
      counts.errors++
      counts.lastError = "a request without a reply subject"
      return
    }
    const beganNs = nowNs()
    const refuse = (cause: unknown) => {
      const error = errorOf(endpoint.subject, cause)
      counts.errors++
      counts.lastError = `${error.code}: ${error.message}`
      const { body, headers: marked } = refusal(error, endpoint.onRefusal)
      // A promise may settle after the connection closed: then the client does not wait any more.
      if (!connection.isClosed()) message.respond(body, { headers: marked })
    }
    const reply = (value: unknown) => {
      if (connection.isClosed()) return
      const body = encode(value)
      const carried = connection.info?.max_payload ?? Number.POSITIVE_INFINITY
      if (body.length > carried) throw tooLarge(endpoint.subject, body.length, carried)
      message.respond(body)
    }
    const ended = () => {
      counts.processingNs += nowNs() - beganNs
    }
    try {
      const value = endpoint.handle({ payload: message.data, requestInfo: requestInfoOf(message) })
      if (value instanceof Promise) {
        value.then(reply).catch(refuse).finally(ended)
        return
      }
      reply(value)
    } catch (cause) {
      refuse(cause)
    }
    ended()
  }
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
    const { body, headers: marked } = refusal(
      new ControlError({
        code: "UNKNOWN_VERB",
        message: `No endpoint answers ${message.subject}: use one of ${known}.`
      })
    )
    message.respond(body, { headers: marked })
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
  return () => {
    for (const subscription of subscriptions.splice(0)) subscription.unsubscribe()
  }
}

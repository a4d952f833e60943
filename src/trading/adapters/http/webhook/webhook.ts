import { Effect } from "effect"
import type { Secret } from "../../../../kernel/secret.ts"
import type { InstantNs } from "../../../../kernel/time/utc-instant.ts"
import type { VenueUpdate } from "../../../ports/venue.ts"
import type { Problem } from "../problem.ts"
import { signatureProblem, timeOfBody, timeProblem, type WebhookHeaders } from "./verify-webhook.ts"

export type WebhookUpdate = Extract<VenueUpdate, { readonly type: "order" }>

/** `booked`: in the book. `parked`: no order explains it yet; it is looked up at the venue, and kept as an orphan. */
export interface WebhookReply {
  readonly status: "ok" | "parked" | "ignored"
  readonly client_order_id?: string
  readonly reason?: "missing_client_order_id" | "order_not_found"
}

export interface WebhookOptions {
  /** Undefined: there is none. Refused unless `unsigned`. */
  readonly secret: Secret | undefined
  /** Webhooks without a secret are taken: on a developer's machine alone. */
  readonly unsigned: boolean
  /** The venue's clock where it is known. */
  readonly now: Effect.Effect<InstantNs>
  /** Reads an update of the venue from its text. */
  readonly read: (text: string) => WebhookUpdate | { readonly why: string }
  /** Books it as the stream's. Succeeds when it is stored. */
  readonly take: (update: WebhookUpdate) => Effect.Effect<"booked" | "parked">
  /** A caller that waits longer for the store is refused, and sends again. Milliseconds. */
  readonly answerMs: number
}

const problem = (status: number, code: string, detail: string): Problem => ({ status, code, detail })

const utf8 = new TextDecoder("utf-8", { fatal: true })

type Read = { readonly json: Readonly<Record<string, unknown>>; readonly text: string }
const readObject = (body: Uint8Array): Read | Problem => {
  try {
    const text = utf8.decode(body)
    const json: unknown = JSON.parse(text)
    if (typeof json === "object" && json !== null && !Array.isArray(json)) {
      return { json: json as Record<string, unknown>, text }
    }
  } catch {
    // Neither is an object.
  }
  return problem(400, "WEBHOOK_NOT_JSON", "The body is not a JSON object.")
}

const clientIdOf = ({ order, client_order_id: id }: Readonly<Record<string, unknown>>): unknown =>
  typeof order === "object" && order !== null ? (order as { client_order_id?: unknown }).client_order_id : id

/** What a webhook says, or why it is refused. Nothing is parsed before the signature has been checked. */
export const readWebhook = (
  options: Pick<WebhookOptions, "secret" | "unsigned" | "read">,
  headers: WebhookHeaders,
  body: Uint8Array,
  now: InstantNs
): WebhookUpdate | Problem | "missing_client_order_id" => {
  const secret = options.secret?.reveal() ?? ""
  if (secret !== "") {
    const unsigned = signatureProblem(secret, headers, body, now)
    if (unsigned !== undefined) return unsigned
  } else if (!options.unsigned) {
    return problem(503, "WEBHOOK_NO_SECRET", "This daemon has no webhook secret: set TRADE_WEBHOOK_SECRET_FILE.")
  }
  const read = readObject(body)
  if ("status" in read && "code" in read) return read
  const { json, text } = read as Read
  if (secret !== "" && headers.time === undefined) {
    const late = timeProblem(timeOfBody(json), now)
    if (late !== undefined) return late
  }
  const id = clientIdOf(json)
  if (id === undefined || id === null || id === "") return "missing_client_order_id"
  const update = options.read(text)
  return "why" in update
    ? problem(422, "WEBHOOK_UNREADABLE", `The event cannot be used: ${update.why.slice(0, 300)}.`)
    : update
}

/** Answers a webhook. It is never gated by the kill switch or a breaker: a fact has happened. */
export const takeWebhook = Effect.fnUntraced(function* (
  options: WebhookOptions,
  headers: WebhookHeaders,
  body: Uint8Array
): Effect.fn.Return<WebhookReply, Problem> {
  const found = readWebhook(options, headers, body, yield* options.now)
  if (found === "missing_client_order_id") return { status: "ignored", reason: found }
  if ("status" in found) return yield* Effect.fail(found)
  const taken = yield* options.take(found).pipe(
    Effect.timeoutOrElse({
      duration: options.answerMs,
      orElse: () =>
        Effect.fail(problem(503, "STORE_BUSY", "The book of orders did not take the event in time: send it again."))
    })
  )
  const id = found.order.clientOrderId
  return taken === "booked"
    ? { status: "ok", client_order_id: id }
    : { status: "parked", reason: "order_not_found", client_order_id: id }
})

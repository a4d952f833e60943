import { Effect, Schema } from "effect"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import type { Endpoint } from "../endpoint.ts"
import { webhookHeaderNames } from "../webhook/verify-webhook.ts"
import { takeWebhook, type WebhookOptions } from "../webhook/webhook.ts"

/** Bytes of a webhook: an event of an order has about 1,500. */
const webhookBytesMax = 65_536

export interface ServiceEndpointOptions {
  readonly version: string
  readonly document: () => unknown
  readonly metrics: Effect.Effect<{ readonly contentType: string; readonly text: string }>
  readonly webhook: WebhookOptions
}

const plain = { params: {}, query: {}, payload: undefined, limit: "read", bytesMax: 0, problems: new Map() } as const

const WebhookReplySchema = Schema.Struct({
  status: Schema.Literals(["ok", "parked", "ignored"]),
  client_order_id: Schema.optionalKey(Schema.String),
  reason: Schema.optionalKey(Schema.Literals(["missing_client_order_id", "order_not_found"]))
})

/** What is no command: the start page, the document, metrics, and the webhook of the venue. */
export const serviceEndpoints = (options: ServiceEndpointOptions): ReadonlyArray<Endpoint> => [
  {
    ...plain,
    name: "root",
    method: "GET",
    path: "/",
    access: "open",
    summary: "Name and version of the service.",
    tag: "daemon",
    success: {
      status: 200,
      reply: Schema.Struct({ service: Schema.String, version: Schema.String, openapi: Schema.String })
    },
    answer: () =>
      Effect.succeed({
        status: 200,
        body: { service: "tickd-trade", version: options.version, openapi: "/api/v1/openapi.json" }
      })
  },
  {
    ...plain,
    name: "openapi",
    method: "GET",
    path: "/api/v1/openapi.json",
    access: "open",
    summary: "This document.",
    tag: "daemon",
    success: { status: 200, reply: Schema.Record(Schema.String, Schema.Unknown) },
    answer: () => Effect.sync(() => ({ status: 200, body: options.document() }))
  },
  {
    ...plain,
    name: "metrics",
    method: "GET",
    path: "/metrics",
    access: ["viewer", "trader", "risk", "ops"],
    summary: "Metrics in the text format of Prometheus.",
    tag: "daemon",
    success: { status: 200, reply: Schema.String.pipe(HttpApiSchema.asText()) },
    answer: () => Effect.map(options.metrics, ({ contentType, text }) => ({ status: 200, text, contentType }))
  },
  {
    ...plain,
    name: "webhook",
    method: "POST",
    path: "/api/v1/webhooks/orders",
    access: "signed",
    bytesMax: webhookBytesMax,
    summary: "Take an event of an order from the venue; signed with HMAC-SHA256 over the raw body.",
    tag: "webhooks",
    payload: { event: Schema.String, order: Schema.Record(Schema.String, Schema.Unknown) },
    success: { status: 200, reply: WebhookReplySchema },
    problems: new Map([
      [400, ["WEBHOOK_NOT_JSON"]],
      [401, ["WEBHOOK_UNSIGNED", "WEBHOOK_SIGNATURE", "WEBHOOK_TIME"]],
      [422, ["WEBHOOK_UNREADABLE"]],
      [503, ["WEBHOOK_NO_SECRET", "STORE_BUSY"]]
    ]),
    answer: ({ body, headers }) =>
      Effect.map(
        takeWebhook(
          options.webhook,
          {
            signature: headers[webhookHeaderNames.signature],
            time: headers[webhookHeaderNames.time],
            timeSignature: headers[webhookHeaderNames.timeSignature]
          },
          body
        ),
        (reply) => ({ status: 200, body: reply })
      )
  }
]

import { AckPolicy, type ConsumerInfo, JetStreamApiError, jetstreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import { errorText } from "../kernel/error-text.ts"
import type { ConsumerBacklog, ConsumerBacklogs } from "../protocol/market/consumer-backlogs.ts"
import type { ConsumerFacts } from "../protocol/market/consumers.ts"
import { TickClientError } from "./client-error.ts"
import { closeConnection } from "./connection.ts"

const streamNotFound = 10059

/** The server writes these times as text, unlike the library's types; year 1: never. */
const epochMs = (time: unknown): number | null => {
  const ms = typeof time === "string" ? Date.parse(time) : Number.NaN
  return Number.isNaN(ms) || ms <= 0 ? null : ms
}

const filterOf = ({ config }: ConsumerInfo): string =>
  config.filter_subjects?.join(" ") ?? (config.filter_subject === undefined ? ">" : config.filter_subject)

const factsOf = (info: ConsumerInfo): ConsumerFacts => ({
  name: info.name,
  filter: filterOf(info),
  acknowledges: info.config.ack_policy !== AckPolicy.None,
  backlog: info.num_pending,
  ack_pending: info.num_ack_pending,
  redelivered: info.num_redelivered,
  waiting_pulls: info.num_waiting,
  last_delivery_ms: epochMs(info.delivered.last_active),
  last_ack_ms: epochMs(info.ack_floor.last_active),
  created_ms: epochMs(info.created) ?? 0
})

export interface StreamConsumers {
  readonly durables: ReadonlyArray<ConsumerFacts>
  readonly temporary: number
}

const listConsumers = async (connection: NatsConnection, stream: string): Promise<StreamConsumers> => {
  const manager = await jetstreamManager(connection, { checkAPI: false })
  const durables: Array<ConsumerFacts> = []
  let temporary = 0
  for await (const info of manager.consumers.list(stream)) {
    if (info.config.durable_name === undefined) temporary++
    else durables.push(factsOf(info))
  }
  return { durables: durables.sort((a, b) => a.name.localeCompare(b.name)), temporary }
}

/**
 * Every durable consumer of a stream. Fails with `STREAM_NOT_FOUND`, or `JETSTREAM_API` when the server does not
 * answer.
 */
export const readConsumers = (
  connection: NatsConnection,
  stream: string
): Effect.Effect<StreamConsumers, TickClientError> =>
  Effect.tryPromise({
    try: () => listConsumers(connection, stream),
    catch: (cause) =>
      cause instanceof JetStreamApiError && cause.code === streamNotFound
        ? new TickClientError({
            code: "STREAM_NOT_FOUND",
            message: `There is no stream ${stream} on this server: start the daemon that creates it, or name another stream or server.`
          })
        : new TickClientError({
            code: "JETSTREAM_API",
            message: `The readers of stream ${stream} cannot be listed: ${errorText(cause)}.`
          })
  })

/** nats-server's documentation warns of frequent requests; a scrape usually has this interval. */
const leastPollMs = 15_000

/** A scrape must not wait longer for a broker that does not answer. */
const answerMs = 2000

/**
 * Consumers that a metric names. Readers choose their names: a program that creates a durable one at each start has
 * no limit.
 */
const namedMax = 200

/** The consumers with the largest backlogs, by name, and the largest of the rest as `other`. */
export const namedBacklogs = (backlogs: ReadonlyArray<ConsumerBacklog>): ReadonlyArray<ConsumerBacklog> => {
  if (backlogs.length <= namedMax) return backlogs
  const byMost = [...backlogs].sort((a, b) => b.messages - a.messages)
  const rest = byMost.slice(namedMax)
  const redelivered = Math.max(...rest.map((each) => each.redelivered))
  return [...byMost.slice(0, namedMax), { consumer: "other", messages: rest[0]?.messages ?? 0, redelivered }]
}

/** Backlogs for the metrics. A backlog that could not be read again is not shown: an old one looks healthy. */
export const makeConsumerBacklogs = (options: {
  readonly stream: string
  readonly linkUp: () => boolean
  /**
   * Opens a connection for one request: the ticks' connection belongs to the publisher, and the control plane may be
   * another account.
   */
  readonly connect: Effect.Effect<NatsConnection, unknown>
  readonly monotonicMs: () => number
  readonly pollMs?: number
}): ConsumerBacklogs => {
  let asked = Number.NEGATIVE_INFINITY
  let backlogs: ReadonlyArray<ConsumerBacklog> = []
  let asking: Promise<void> | undefined
  const question = Effect.scoped(
    Effect.gen(function* () {
      const connection = yield* Effect.acquireRelease(options.connect, closeConnection)
      const { durables } = yield* readConsumers(connection, options.stream)
      return namedBacklogs(
        durables.map(({ name, backlog, redelivered }) => ({ consumer: name, messages: backlog, redelivered }))
      )
    })
  ).pipe(
    Effect.timeout(answerMs),
    Effect.orElseSucceed((): ReadonlyArray<ConsumerBacklog> => [])
  )
  const ask = async () => {
    backlogs = await Effect.runPromise(question)
    asking = undefined
  }
  return {
    read: async () => {
      if (!options.linkUp()) return []
      if (options.monotonicMs() - asked >= (options.pollMs ?? leastPollMs)) {
        asked = options.monotonicMs()
        asking = ask()
      }
      await asking
      return backlogs
    }
  }
}

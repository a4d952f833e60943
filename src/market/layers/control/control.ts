import { randomBytes } from "node:crypto"
import type { NatsConnection } from "@nats-io/transport-node"
import { Deferred, Effect, Result, type Schema } from "effect"
import type { Registry } from "../../../../actors/runtime/registry.ts"
import { TokenBucket } from "../../../kernel/limits/token-bucket.ts"
import { type ServiceEndpoint, type ServiceRequest, serveMicroService } from "../../../platform/nats/micro-service.ts"
import { projectVersion } from "../../../platform/process/project-version.ts"
import { ControlError, readRequest } from "../../../protocol/control/control.ts"
import { EmptyRequest, StateRequest, stateSubject } from "../../../protocol/control/state.ts"
import { controlSubject, type StatusMessage } from "../../../protocol/market/status.ts"
import { ActiveRequest, ContractsRequest, legacySubjects } from "../../../protocol/market/subscriptions.ts"
import type { StateJournal } from "../journal/state-journal.ts"
import { stateReply, treeReply } from "../journal/state-replies.ts"
import type { EndpointHandler } from "./command-handler.ts"
import { healthReply } from "./health-reply.ts"
import { untilAlone } from "./one-responder.ts"
import type { makeSubscriptionQuestions } from "./subscription-questions.ts"

export interface ControlOptions {
  readonly instance: string
  readonly registry: Registry
  readonly status: () => StatusMessage
  readonly journal: StateJournal
  /** Carries out a command: reads it, audits it, does it. */
  readonly commands: Readonly<Record<CommandVerb, EndpointHandler>>
  readonly subscriptions: ReturnType<typeof makeSubscriptionQuestions>
  readonly startedMs: number
  readonly nowMs: () => number
  /** The service answers; `onLost`: the server does not let it, and it is tried again. */
  readonly onServed: () => void
  readonly onLost: (message: string) => void
  readonly onBug: (endpoint: string, cause: unknown) => void
  /** Another daemon answers to the name of this one; `pid` is its process on its host. This one serves once the other is gone. */
  readonly onInstanceTaken?: ((pid: string) => void) | undefined
  /** A request was refused because too many came. */
  readonly onRateLimited?: () => void
}

/** Commands by their verb, and what they take. */
const commandVerbs = {
  inject: "a drill, {fault, feed, for_ms?}",
  subscribe: "wants instruments, {symbols, wait_ms?}",
  unsubscribe: "no longer wants instruments, {symbols}",
  resubscribe: "asks the fronts once more for wanted instruments, {symbols, wait_ms?}",
  restart: "stops a child of the tree and starts it again, {child}",
  "log-level": "where the log begins, {level}",
  retry: "makes the session of a feed that waits, is rejected or failed try again now, {feed}",
  "contracts-refresh": "asks the sources of the catalogue now",
  failover: "makes the second feed the active one, {wait_ms?, force?, drill?}",
  failback: "makes the first feed the active one, {wait_ms?, force?, drill?}",
  "failover-hold": "no switch of the feed by itself until it is released",
  "failover-release": "ends that hold",
  drain: "ends the daemon as SIGTERM does"
} as const
export type CommandVerb = keyof typeof commandVerbs

/** Requests a second and at once: many times what people and scripts ask, and nothing that a tick would feel. */
const allowed = { questions: { perSecond: 200, burst: 400 }, commands: { perSecond: 20, burst: 60 } } as const

const serviceName = "tickd"

/** Pause before the subjects are asked for again after the server refused one of them. */
const serveAgainMs = 10_000

/** Refuses what does not fit the schema, then answers; all of it at once, since the answers are read from memory. */
const asked =
  <S extends Schema.Struct<Schema.Struct.Fields>>(schema: S, answer: (request: S["Type"]) => unknown) =>
  ({ payload }: ServiceRequest): unknown => {
    const request = readRequest(schema, payload)
    if (Result.isFailure(request)) throw request.failure
    return answer(request.success)
  }

/**
 * What operators may ask of this daemon, as the NATS micro service `tickd`: `md.ctl.<instance>.*`, and `md.state.get`,
 * which one of several daemons answers. Once the daemon stops, `status` goes on telling the drain and everything else is
 * answered with `STOPPING`.
 */
export const makeControl = (options: ControlOptions) => {
  const { instance, registry, nowMs } = options
  let stopping = false
  const unlessStopping =
    (answer: (request: ServiceRequest) => unknown) =>
    (request: ServiceRequest): unknown => {
      if (!stopping) return answer(request)
      throw new ControlError({
        code: "STOPPING",
        message: `${instance} is stopping and answers its status only: ask again when it has started.`
      })
    }
  const state = unlessStopping(asked(StateRequest, ({ actor }) => stateReply(registry, instance, actor, nowMs())))
  const limits = {
    questions: new TokenBucket({ ...allowed.questions, nowMs: nowMs() }),
    commands: new TokenBucket({ ...allowed.commands, nowMs: nowMs() })
  }
  const limited =
    (kind: keyof typeof limits, handle: ServiceEndpoint["handle"]): ServiceEndpoint["handle"] =>
    (request) => {
      if (limits[kind].take(nowMs())) return handle(request)
      options.onRateLimited?.()
      throw new ControlError({
        code: "RATE_LIMITED",
        message: `Rate limit exceeded: ${instance} takes ${allowed[kind].perSecond} ${kind} a second, ask again later.`
      })
    }
  const question = limited.bind(undefined, "questions")
  const command = (verb: CommandVerb) =>
    limited("commands", ({ payload, requestInfo }) => options.commands[verb](payload, requestInfo))
  const endpoint = (verb: string, what: string, handle: ServiceEndpoint["handle"]): ServiceEndpoint => ({
    name: verb,
    subject: controlSubject(instance, verb),
    queueGroup: "",
    metadata: { description: what },
    handle
  })
  /** One of several daemons answers; the subjects with an instance reach a certain one. */
  const shared = (
    name: string,
    subject: string,
    what: string,
    handle: ServiceEndpoint["handle"],
    onRefusal: Readonly<Record<string, unknown>> = {}
  ): ServiceEndpoint => ({
    name,
    subject,
    queueGroup: "q",
    metadata: { description: what, instance },
    handle,
    onRefusal
  })
  const active = question(unlessStopping(asked(ActiveRequest, options.subscriptions.active)))
  const contracts = question(unlessStopping(asked(ContractsRequest, options.subscriptions.contracts)))
  let healthAskedMs: number | undefined
  const health = () => {
    const reply = healthReply(options.status(), nowMs(), healthAskedMs)
    healthAskedMs = nowMs()
    return reply
  }
  const noSymbols = { accepted: [], rejected: [] }
  const endpoints: ReadonlyArray<ServiceEndpoint> = [
    shared("state-get", stateSubject, "snapshots of the machines, {actor?}", question(state)),
    shared(
      "subscriptions-active",
      legacySubjects.active,
      "the wanted instruments, {limit?, cursor?, feed?, state?, symbols_only?}",
      active,
      {
        subscriptions: [],
        total: 0,
        source: "error"
      }
    ),
    shared("contracts-list", legacySubjects.contracts, "the catalogue, {exchange?, limit?, cursor?}", contracts, {
      symbols: [],
      source: "error"
    }),
    shared("subscribe-bulk", legacySubjects.subscribe, commandVerbs.subscribe, command("subscribe"), noSymbols),
    shared("unsubscribe-bulk", legacySubjects.unsubscribe, commandVerbs.unsubscribe, command("unsubscribe"), noSymbols),
    shared(
      "health-check",
      legacySubjects.health,
      "whether ticks are received and stored",
      question(asked(EmptyRequest, health))
    ),
    endpoint("state", "snapshots of the machines, {actor?}", question(state)),
    endpoint("subscriptions", "the wanted instruments of this daemon", active),
    endpoint("contracts", "the catalogue of this daemon", contracts),
    endpoint(
      "tree",
      "the supervision tree",
      question(unlessStopping(asked(EmptyRequest, () => treeReply(registry, instance, options.startedMs, nowMs()))))
    ),
    endpoint("status", "ledger, queue, sessions, tree", question(asked(EmptyRequest, options.status))),
    // Commands tell a stop by themselves, so that the refusal is audited.
    ...(Object.keys(commandVerbs) as ReadonlyArray<CommandVerb>).map((verb) =>
      endpoint(verb, commandVerbs[verb], command(verb))
    )
  ]
  let isTakenReported = false
  const noteTaken = (pid: string) => {
    if (!isTakenReported) options.onInstanceTaken?.(pid)
    isTakenReported = true
  }
  const identity = {
    name: serviceName,
    id: randomBytes(11).toString("hex"),
    version: projectVersion,
    metadata: { instance, pid: String(process.pid) }
  }

  let endServing = (): void => undefined
  const whenAlone = (connection: NatsConnection) =>
    untilAlone(connection, { service: serviceName, instance, id: identity.id, onTaken: noteTaken })
  return {
    isStopping: () => stopping,
    /** Succeeds when no other process answers to this daemon's name. */
    whenAlone,
    /** The child of the tree: serves on the journal's connection, and on its next one when that closes. */
    body: (ready: Effect.Effect<void>) =>
      Effect.gen(function* () {
        stopping = false
        const serve = Effect.gen(function* () {
          const connection = yield* options.journal.connection
          const closed = Effect.promise(() => connection.closed())
          yield* Effect.raceFirst(whenAlone(connection), closed)
          if (connection.isClosed()) return
          // When the tree stops, this child goes down first and its subscriptions live on while the daemon drains: what an
          // earlier run of it left must end here, else every command would be carried out twice.
          endServing()
          const lost = Deferred.makeUnsafe<void>()
          endServing = serveMicroService(connection, {
            identity,
            description: "CTP market data daemon: subscriptions, state machines, supervision tree, commands",
            endpoints,
            guarded: controlSubject(instance, "*"),
            startedMs: options.startedMs,
            nowNs: () => performance.now() * 1e6,
            onBug: options.onBug,
            onLost: (message) => {
              options.onLost(message)
              Deferred.doneUnsafe(lost, Effect.void)
            }
          })
          // A refused subscription is answered within a round trip.
          const flushed = Effect.promise(() => connection.flush().catch(() => undefined))
          const refused = Effect.as(Deferred.await(lost), true)
          const ended = Effect.as(closed, false)
          if ((yield* Effect.raceAllFirst([refused, ended, flushed])) === undefined) options.onServed()
          if (yield* Effect.raceFirst(refused, ended)) yield* Effect.sleep(serveAgainMs)
        })
        yield* ready
        return yield* Effect.forever(serve)
      }).pipe(Effect.onInterrupt(() => Effect.sync(() => void (stopping = true))))
  }
}

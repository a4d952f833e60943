import type { NatsConnection } from "@nats-io/transport-node"
import { Deferred, Effect } from "effect"
import { type CommandSpec, type SharedSubject } from "../../protocol/control/command-spec.ts"
import { type CommandsReply, commandMessage } from "../../protocol/control/commands.ts"
import { type ControlError, readRequest, refuse } from "../../protocol/control/control.ts"
import type { ServiceIdentity } from "../../protocol/control/micro-service.ts"
import {
  type ServiceEndpoint,
  type ServiceReply,
  type ServiceRequest,
  serveMicroService
} from "../nats/micro-service.ts"
import type { CommandHandler, CommandSpecs, HandlersOf, QueryHandler } from "./command-table.ts"
import { makeRequestLimits } from "./request-limits.ts"
import type { RequestRunner } from "./request-runner.ts"

export interface ControlServiceOptions<Specs extends CommandSpecs> {
  readonly identity: ServiceIdentity
  readonly description: string
  /** The program: `market`, `trading`. */
  readonly role: string
  readonly instance: string
  /** Subject on which this instance answers a verb. */
  readonly subjectOf: (verb: string) => string
  readonly specs: Specs
  readonly handlers: Omit<HandlersOf<Specs>, "commands">
  /** Makes of a command's handler the audited one. */
  readonly take: (
    spec: CommandSpec,
    handler: CommandHandler
  ) => (request: ServiceRequest) => Effect.Effect<ServiceReply, ControlError>
  /** `stopping` is set while the daemon drains. */
  readonly phase: { stopping: boolean }
  readonly runner: RequestRunner
  /** The connection to serve on, once there is one. */
  readonly connection: Effect.Effect<NatsConnection>
  /** Succeeds when no other process answers to this instance. */
  readonly whenAlone: (connection: NatsConnection) => Effect.Effect<void>
  readonly startedMs: number
  /** Clock of the rate limits, milliseconds. A wall clock that is set back would refuse everything for as long. */
  readonly nowMs: () => number
  /** The service answers; `onLost`: the server does not let it, and it is tried again. */
  readonly onServed: () => void
  readonly onLost: (message: string) => void
  readonly onBug: (endpoint: string, cause: unknown) => void
  /** A request was refused because too many came. */
  readonly onRateLimited?: (() => void) | undefined
}

/** Pause before the subjects are asked for again after the server refused one of them. */
const serveAgainMs = 10_000

type Answer = (request: ServiceRequest) => Effect.Effect<ServiceReply, ControlError>

/** What answers each entry of a table, whatever the wire: commands audited, and queries refused while it stops. */
const answersOf = <Specs extends CommandSpecs>(
  options: Pick<
    ControlServiceOptions<Specs>,
    "handlers" | "instance" | "phase" | "role" | "specs" | "subjectOf" | "take"
  >
): ReadonlyMap<string, Answer> => {
  const { instance, phase, subjectOf } = options
  const specs: ReadonlyArray<CommandSpec> = Object.values(options.specs)
  const list: CommandsReply = {
    version: 1,
    instance,
    role: options.role,
    commands: specs.map((spec) => commandMessage(spec, subjectOf(spec.name)))
  }
  const handlers = { ...options.handlers, commands: () => Effect.succeed(list) } as unknown as Readonly<
    Record<string, unknown>
  >
  const ask = (spec: CommandSpec, handler: QueryHandler) =>
    Effect.fnUntraced(function* ({ payload }: ServiceRequest) {
      if (phase.stopping && !spec.whileStopping) {
        return yield* refuse(
          "STOPPING",
          `${instance} is stopping and answers its status only: ask again when it has started.`
        )
      }
      return { reply: yield* handler(yield* Effect.fromResult(readRequest(spec.request, payload, spec.bytesMax))) }
    })
  return new Map(
    specs.map((spec): readonly [string, Answer] => {
      const handler = handlers[spec.name]
      // A command checks by itself whether the daemon stops, so that the refusal is audited.
      return [
        spec.name,
        spec.mutating ? options.take(spec, handler as CommandHandler) : ask(spec, handler as QueryHandler)
      ]
    })
  )
}

/** The endpoints of a command table: the shared subjects first, then those of the instance. */
const endpointsOf = <Specs extends CommandSpecs>(
  options: ControlServiceOptions<Specs>,
  answers: ReadonlyMap<string, Answer>
): ReadonlyArray<ServiceEndpoint> => {
  const { instance, subjectOf } = options
  const limits = makeRequestLimits(options)
  const entries = Object.values(options.specs).map((spec) => ({
    spec,
    handle: answers.get(spec.name) as Answer,
    begin: limits(spec)
  }))
  const shared = ({ begin, handle, spec }: (typeof entries)[number], subject: SharedSubject): ServiceEndpoint => ({
    name: subject.endpoint,
    subject: subject.subject,
    queueGroup: "q",
    metadata: { description: spec.description, instance },
    handle,
    begin,
    onRefusal: subject.onRefusal
  })
  return [
    ...entries.flatMap((entry) => (entry.spec.shared === undefined ? [] : [shared(entry, entry.spec.shared)])),
    ...entries
      .filter(({ spec }) => spec.sharedOnly !== true)
      .map(
        ({ begin, handle, spec }): ServiceEndpoint => ({
          name: spec.name,
          subject: subjectOf(spec.name),
          queueGroup: "",
          metadata: { description: spec.description },
          handle,
          begin
        })
      )
  ]
}

/**
 * Serves a command table as a NATS micro service. Once the daemon stops, entries with `whileStopping` go on answering
 * and everything else is answered with `STOPPING`.
 */
export const makeControlService = <Specs extends CommandSpecs>(options: ControlServiceOptions<Specs>) => {
  const answers = answersOf(options)
  const endpoints = endpointsOf(options, answers)
  let endServing: Effect.Effect<void> = Effect.void
  const serve = Effect.gen(function* () {
    const connection = yield* options.connection
    const closed = Effect.promise(() => connection.closed())
    yield* Effect.raceFirst(options.whenAlone(connection), closed)
    if (connection.isClosed()) return
    // When the tree stops, this child stops first and its subscriptions stay while the daemon drains. The
    // subscriptions of an earlier run must end here, or every command would be carried out twice.
    yield* endServing
    const lost = Deferred.makeUnsafe<void>()
    endServing = yield* serveMicroService(connection, {
      identity: options.identity,
      description: options.description,
      endpoints,
      guarded: options.subjectOf("*"),
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
  return {
    /** Answers a request that did not come over NATS. Rates are its caller's to bound. */
    answer: (name: keyof Specs & string, request: ServiceRequest): Effect.Effect<ServiceReply, ControlError> =>
      (answers.get(name) as Answer)(request),
    /** The child of the tree: serves on the connection, and on the next one when that closes. */
    body: (ready: Effect.Effect<void>) =>
      Effect.gen(function* () {
        options.phase.stopping = false
        yield* ready
        return yield* Effect.forever(serve)
      }).pipe(
        Effect.onInterrupt(() =>
          Effect.sync(() => {
            options.phase.stopping = true
          })
        )
      )
  }
}

import { randomBytes } from "node:crypto"
import { Effect, Result, type Schema } from "effect"
import type { Registry } from "../../actors/registry.ts"
import { type ServiceEndpoint, type ServiceRequest, serveMicroService } from "../adapters/nats/micro-service.ts"
import { ControlError, readRequest } from "../protocol/control.ts"
import { EmptyRequest, StateRequest, stateSubject } from "../protocol/state.ts"
import { controlSubject, type StatusMessage } from "../protocol/status.ts"
import { projectVersion } from "./project-version.ts"
import type { StateJournal } from "./state-journal.ts"
import { stateReply, treeReply } from "./state-replies.ts"

export interface ControlOptions {
  readonly instance: string
  readonly registry: Registry
  readonly status: () => StatusMessage
  readonly journal: StateJournal
  /** Carries out an order for a drill, or throws `ControlError`. */
  readonly inject: (payload: Uint8Array, requestInfo: string | undefined) => unknown
  readonly startedMs: number
  readonly nowMs: () => number
  readonly onBug: (endpoint: string, cause: unknown) => void
}

const serviceName = "tickd"

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
  const endpoint = (verb: string, what: string, handle: ServiceEndpoint["handle"]): ServiceEndpoint => ({
    name: verb,
    subject: controlSubject(instance, verb),
    queueGroup: "",
    metadata: { description: what },
    handle
  })
  const endpoints: ReadonlyArray<ServiceEndpoint> = [
    {
      name: "state-get",
      subject: stateSubject,
      // One of several daemons answers; the subjects with an instance reach a certain one.
      queueGroup: "q",
      metadata: { description: "snapshots of the machines, {actor?}", instance },
      handle: state
    },
    endpoint("state", "snapshots of the machines, {actor?}", state),
    endpoint(
      "tree",
      "the supervision tree",
      unlessStopping(asked(EmptyRequest, () => treeReply(registry, instance, options.startedMs, nowMs())))
    ),
    endpoint("status", "ledger, queue, sessions, tree", asked(EmptyRequest, options.status)),
    // It tells a stop by itself, so that the refusal is audited.
    endpoint("inject", "a drill, {fault, feed, reason?, for_ms?, by?}", ({ payload, requestInfo }) =>
      options.inject(payload, requestInfo)
    )
  ]
  const identity = {
    name: serviceName,
    id: randomBytes(11).toString("hex"),
    version: projectVersion,
    metadata: { instance, pid: String(process.pid) }
  }

  return {
    isStopping: () => stopping,
    /** The child of the tree: serves on the journal's connection, and on its next one when that closes. */
    body: (ready: Effect.Effect<void>) =>
      Effect.gen(function* () {
        stopping = false
        // Interrupted only when the tree stops: this child goes down first, and its subscriptions live on while it drains.
        const serve = Effect.gen(function* () {
          const connection = yield* options.journal.connection
          serveMicroService(connection, {
            identity,
            description: "CTP market data daemon: state machines, supervision tree, drills",
            endpoints,
            guarded: controlSubject(instance, "*"),
            startedMs: options.startedMs,
            nowNs: () => performance.now() * 1e6,
            onBug: options.onBug
          })
          yield* Effect.promise(() => connection.closed())
        })
        yield* ready
        return yield* Effect.forever(serve)
      }).pipe(Effect.onInterrupt(() => Effect.sync(() => void (stopping = true))))
  }
}

import { randomBytes, randomUUID } from "node:crypto"
import type { NatsConnection } from "@nats-io/transport-node"
import { Context, Effect, Layer } from "effect"
import type { Body } from "../../../../actors/runtime/tree.ts"
import type { AuditError } from "../../../platform/audit/audit-log.ts"
import { makeCommandHandler } from "../../../platform/control/command-handler.ts"
import { makeControlService } from "../../../platform/control/control-service.ts"
import { untilAlone } from "../../../platform/control/one-responder.ts"
import { makeRequestRunner } from "../../../platform/control/request-runner.ts"
import { monotonicMs } from "../../../platform/process/clock.ts"
import { tradingCommands } from "../../../protocol/trading/commands.ts"
import { tradeControlSubject, tradeServiceName } from "../../../protocol/trading/subjects.ts"
import { CommandEntrance } from "../../ports/command-entrance.ts"
import { TradeLog, TradeRegistry, TradeSettings } from "../lowest.ts"
import { makeAuditTrail } from "./audit-trail.ts"
import { makeTradingHandlers, type ProcessParts } from "./trading-handlers.ts"

/** Pause between two looks for a connection. */
const lookMs = 200

/** What operators command of a trading daemon, over NATS and for the API. */
export class TradeControl extends Context.Service<
  TradeControl,
  {
    /** The child `control` of the tree: serves over NATS, and publishes the audit. */
    readonly body: Body
    /** Runs requests for as long as `main` runs, its drain included: the daemon answers while it stops. */
    readonly during: <A, E, R>(main: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
    readonly stopping: () => boolean
  }
>()("tickd/trading/TradeControl") {}

export interface TradeControlOptions
  extends Pick<ProcessParts, "version" | "venue" | "setLogLevel" | "restartChild" | "drain"> {
  /** Folder of the audit. */
  readonly stateDir: string
  /** Undefined while there is none. */
  readonly connection: () => NatsConnection | undefined
  readonly startedMs: number
}

const make = Effect.fnUntraced(function* (options: TradeControlOptions) {
  const { instance } = yield* TradeSettings
  const [log, registry] = [yield* TradeLog, yield* TradeRegistry]
  const phase = { stopping: false }
  const onBug = (where: string, cause: unknown): void =>
    log.write("ERROR", `${where}: ${String(cause)}`, { event: "control_bug" })
  const runner = makeRequestRunner({ onBug: (cause) => onBug("a request", cause) })
  const trail = yield* makeAuditTrail({ instance, folder: options.stateDir, post: runner.post })
  const commands = makeCommandHandler<AuditError>({
    instance,
    append: trail.append,
    onEntry: trail.onEntry,
    onUnwritten: trail.onUnwritten,
    stopping: () => phase.stopping,
    nextId: () => randomUUID(),
    monotonicMs,
    later: trail.later,
    post: runner.post
  })
  const handlers = yield* makeTradingHandlers({
    ...options,
    instance,
    registry,
    onLateFailure: (child, why) =>
      log.write("ERROR", `${child} was not restarted: ${why}`, { event: "restart_failed", child })
  })
  const identity = {
    name: tradeServiceName,
    id: randomBytes(11).toString("hex"),
    version: options.version,
    metadata: { instance, role: "trading", pid: String(process.pid) }
  }
  const onTaken = (pid: string): void =>
    log.write(
      "ERROR",
      `another trading daemon (process ${pid} on its host) answers as ${instance}: this one takes no request over NATS until it is gone; set TICKD_INSTANCE`,
      { event: "instance_taken", pid }
    )
  const connection: Effect.Effect<NatsConnection> = Effect.suspend(() => {
    const open = options.connection()
    return open === undefined || open.isClosed()
      ? Effect.andThen(Effect.sleep(lookMs), connection)
      : Effect.succeed(open)
  })
  const service = makeControlService({
    identity,
    description: "Trading daemon: orders, kill switch, breakers, limits, reconciliation, commands",
    role: "trading",
    instance,
    subjectOf: (verb) => tradeControlSubject(instance, verb),
    specs: tradingCommands,
    handlers,
    take: commands.take,
    phase,
    runner,
    connection,
    whenAlone: (open) => untilAlone(open, { service: tradeServiceName, instance, id: identity.id, onTaken }),
    startedMs: options.startedMs,
    nowMs: monotonicMs,
    onServed: () =>
      log.write("INFO", `requests are answered on ${tradeControlSubject(instance, "*")}`, { event: "control_served" }),
    onLost: (message) => log.write("ERROR", message, { event: "control_denied" }),
    onBug
  })
  const body: Body = (ready) =>
    Effect.raceFirst(service.body(ready), trail.run).pipe(Effect.ensuring(Effect.andThen(commands.flush, trail.flush)))
  const entrance = CommandEntrance.of({
    perform: (name, payload, caller) =>
      Effect.map(service.answer(name, { payload, requestInfo: undefined, caller }), ({ afterwards, reply }) => {
        if (afterwards !== undefined) runner.post(afterwards)
        return reply
      })
  })
  return Context.make(TradeControl, { body, during: runner.during, stopping: () => phase.stopping }).pipe(
    Context.add(CommandEntrance, entrance)
  )
})

/** The control plane of a trading daemon. Its child `control` serves; `during` must be around the tree. */
export const tradeControlLayer = (options: TradeControlOptions) => Layer.effectContext(make(options))

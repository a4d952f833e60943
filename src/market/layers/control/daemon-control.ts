import { randomBytes, randomUUID } from "node:crypto"
import { hostname } from "node:os"
import { join } from "node:path"
import { Clock, Effect } from "effect"
import type { Registry } from "../../../../actors/runtime/registry.ts"
import { shanghaiIso } from "../../../kernel/time/shanghai-time.ts"
import { makeAuditFile } from "../../../platform/audit/audit-file.ts"
import type { AuditError } from "../../../platform/audit/audit-log.ts"
import { makeAuditEvents } from "../../../platform/control/audit-events.ts"
import { makeCommandHandler } from "../../../platform/control/command-handler.ts"
import { makeControlService } from "../../../platform/control/control-service.ts"
import { untilAlone } from "../../../platform/control/one-responder.ts"
import { makeRequestRunner } from "../../../platform/control/request-runner.ts"
import { emergenciesOf, makeUnwrittenCommands } from "../../../platform/control/unwritten-commands.ts"
import { later, monotonicMs } from "../../../platform/process/clock.ts"
import { projectVersion } from "../../../platform/process/project-version.ts"
import type { AuditEntry } from "../../../protocol/control/command.ts"
import { eventStreamName } from "../../../protocol/control/stream-names.ts"
import { marketCommands } from "../../../protocol/market/commands.ts"
import { controlSubject, type StatusMessage } from "../../../protocol/market/status.ts"
import type { Config } from "../../config/config.ts"
import type { Drills } from "../../ports/drills.ts"
import type { FeedSwitch } from "../../ports/feed-switch.ts"
import type { Operations } from "../../ports/operations.ts"
import type { SubscriptionHandler } from "../../ports/subscription-handler.ts"
import type { Waiting } from "../causes/waiting.ts"
import { makeStateJournal } from "../journal/state-journal.ts"
import type { DaemonLog } from "../log/daemon-log.ts"
import type { Broker } from "../publish/broker.ts"
import { makeFailoverCommands } from "./failover-commands.ts"
import { makeInject } from "./inject-handler.ts"
import { makeOperationCommands } from "./operation-commands.ts"
import { makeQueries } from "./queries.ts"
import { makeSubscriptionCommands } from "./subscription-commands.ts"
import { makeSubscriptionQueries } from "./subscription-queries.ts"

/** Name of the NATS micro service, whatever the role of the daemon. */
const service = "tickd"

/**
 * What an operator can see and do over NATS: the journal of states and events, the control service, and commands with
 * their audit. `answerDuring` runs the requests for as long as an effect runs: the tree of the daemon.
 */
export const makeControlPlane = (options: {
  readonly config: Config
  readonly broker: Broker
  readonly registry: Registry
  readonly log: DaemonLog
  readonly waiting: Pick<Waiting, "failed" | "worked">
  readonly status: () => StatusMessage
  readonly feeds: ReadonlyArray<string>
  readonly drills: Drills
  readonly subscriptions: SubscriptionHandler
  readonly operations: Operations
  /** Where there are two feeds. */
  readonly feedSwitch?: FeedSwitch | undefined
  /** Called with each entry of the audit. */
  readonly onCommand?: ((entry: AuditEntry) => void) | undefined
}) => {
  const { config, broker, registry, log, waiting, status, subscriptions: handler } = options
  const { instance } = config
  const nowMs = () => Date.now()
  const phase = { stopping: false }
  const onBug = (where: string, cause: unknown) =>
    log.write("ERROR", `${where}: ${String(cause)}`, { event: "control_bug" })
  const runner = makeRequestRunner({ onBug: (cause) => onBug("a request", cause) })
  const identity = {
    name: service,
    id: randomBytes(11).toString("hex"),
    version: projectVersion,
    metadata: { instance, pid: String(process.pid) }
  }
  let isTakenReported = false
  const onTaken = (pid: string) => {
    if (isTakenReported) return
    isTakenReported = true
    log.write(
      "ERROR",
      `another daemon (process ${pid} on its host) answers as ${instance}: this one takes no query and no command until it is gone; set TICKD_INSTANCE`,
      { event: "instance_taken", pid }
    )
  }
  const whenAlone = (connection: Parameters<typeof untilAlone>[0]) =>
    untilAlone(connection, { service, instance, id: identity.id, onTaken })
  const journal = makeStateJournal({
    config,
    broker,
    registry,
    nowMs,
    reports: {
      failed: (what, trouble) => waiting.failed("control plane", what, trouble),
      worked: (what) => waiting.worked("control plane", what),
      note: ({ code, message }) => log.write("WARNING", message, { event: "journal_trouble", code })
    },
    whenAlone
  })
  const auditEvents = makeAuditEvents({ report: journal.audit, monotonicMs, later })
  const audit = makeAuditFile(join(config.stateDir, "audit.jsonl"))
  const unwritten = makeUnwrittenCommands({
    audit,
    journal,
    log,
    waiting,
    stream: eventStreamName,
    emergencies: emergenciesOf(marketCommands),
    post: runner.post
  })
  const commands = makeCommandHandler<AuditError>({
    instance,
    append: audit.append,
    onEntry: (entry, hash) => {
      auditEvents.note(entry, hash)
      log.audit(entry)
      options.onCommand?.(entry)
      waiting.worked("control plane", "audit file")
    },
    onUnwritten: unwritten.note,
    stopping: () => phase.stopping,
    nextId: () => randomUUID(),
    monotonicMs,
    later,
    post: runner.post
  })
  journal.flushWith(commands.flush)
  journal.flushWith(Effect.sync(() => auditEvents.flush()))
  const startedMs = nowMs()
  const control = makeControlService({
    identity,
    description: "CTP market data daemon: subscriptions, state machines, supervision tree, commands",
    role: "market",
    instance,
    subjectOf: (verb) => controlSubject(instance, verb),
    specs: marketCommands,
    handlers: {
      ...makeQueries({ instance, registry, status, startedMs, nowMs }),
      ...makeSubscriptionQueries({ instance, handler, marketHours: config.marketHours }),
      ...makeSubscriptionCommands({ instance, handler }),
      ...makeFailoverCommands({ instance, feedSwitch: options.feedSwitch }),
      ...makeOperationCommands({
        instance,
        operations: options.operations,
        children: () => registry.children().map(({ path }) => path),
        onLateFailure: (child, why) =>
          log.write("ERROR", `${child} was not restarted: ${why}`, { event: "restart_failed", child })
      }),
      inject: makeInject({
        instance,
        enabled: config.drillsEnabled,
        feeds: options.feeds,
        drills: options.drills
      })
    },
    take: commands.take,
    phase,
    runner,
    connection: journal.connection,
    whenAlone,
    startedMs,
    nowMs: monotonicMs,
    onServed: () => waiting.worked("control plane", "control service"),
    onLost: (message) => waiting.failed("control plane", "control service", { code: "NATS_DENIED", message }),
    onBug,
    onRateLimited: () => log.requestRefused()
  })
  /** The daemon itself took the stream back: in the audit and in the events, as a command of an operator is. */
  const takeBack = Effect.fnUntraced(function* (epoch: number, message: string) {
    const entry: AuditEntry = {
      version: 2,
      id: randomUUID(),
      at: shanghaiIso(yield* Clock.currentTimeMillis),
      instance,
      verb: "take-back",
      result: "done",
      request: { stream: config.tick.stream, epoch },
      request_id: null,
      reason: "the writer that had the stream has left",
      by: { user: "tickd", host: hostname(), client: "lease" },
      code: null,
      message
    }
    journal.audit(entry, yield* audit.append(entry))
  })
  const noteTakeBack = ({ epoch, message }: { readonly epoch: number; readonly message: string }) =>
    runner.post(
      // The stream is written all the same: the log has the sentence, and here why the audit does not have it.
      takeBack(epoch, message).pipe(
        Effect.catch((error) =>
          Effect.sync(() =>
            log.write("ERROR", `the audit does not hold that the stream was taken back: ${error.message}`, {
              event: "audit_failed"
            })
          )
        )
      )
    )
  return { journal, control, noteTakeBack, answerDuring: runner.during }
}

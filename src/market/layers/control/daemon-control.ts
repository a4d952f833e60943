import { randomUUID } from "node:crypto"
import { hostname } from "node:os"
import { join } from "node:path"
import type { Registry } from "../../../../actors/runtime/registry.ts"
import { shanghaiIso } from "../../../kernel/time/shanghai-time.ts"
import { makeAuditFile } from "../../../platform/audit/audit-file.ts"
import { AuditError } from "../../../platform/audit/audit-log.ts"
import type { AuditEntry } from "../../../protocol/control/command.ts"
import type { StatusMessage } from "../../../protocol/market/status.ts"
import type { Config } from "../../config/config.ts"
import type { Drills } from "../../ports/drills.ts"
import type { FeedSwitch } from "../../ports/feed-switch.ts"
import type { Operations } from "../../ports/operations.ts"
import type { SubscriptionHandler } from "../../ports/subscription-handler.ts"
import type { Waiting } from "../causes/waiting.ts"
import { makeStateJournal } from "../journal/state-journal.ts"
import { makeAuditEvents } from "../log/audit-events.ts"
import type { DaemonLog } from "../log/daemon-log.ts"
import type { Broker } from "../publish/broker.ts"
import { makeCommandHandler } from "./command-handler.ts"
import { makeControl } from "./control.ts"
import { makeFailoverCommands } from "./failover-commands.ts"
import { switchMessage } from "./failover-words.ts"
import { drillCommand } from "./inject-handler.ts"
import { makeOperationCommands } from "./operation-commands.ts"
import { makeSubscriptionCommands } from "./subscription-commands.ts"
import { makeSubscriptionQuestions } from "./subscription-questions.ts"
import { makeUnwrittenCommands } from "./unwritten-commands.ts"

/** An answer is with the server long before; nobody waits for this. */
const answerAheadMs = 200

/** What an operator can see and do over NATS: the journal of states and events, the control service, and commands with their audit. */
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
}) => {
  const { config, broker, registry, log, waiting, status } = options
  const { instance } = config
  const nowMs = () => Date.now()
  const sleep = (ms: number) => new Promise<void>((resume) => setTimeout(resume, ms))
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
    beforeFlush: () => {
      command.flush()
      auditEvents.flush()
    },
    whenAlone: (connection) => control.whenAlone(connection)
  })
  const { subscriptions: handler } = options
  const subscriptions = makeSubscriptionCommands({
    instance,
    handler,
    nowMs,
    sleep
  })
  const switches = makeFailoverCommands({ instance, feedSwitch: options.feedSwitch, nowMs, sleep })
  options.feedSwitch?.onRecord((record) => journal.switched(switchMessage(record)))
  const operations = makeOperationCommands({
    instance,
    operations: options.operations,
    children: () => registry.children().map(({ path }) => path),
    nowMs,
    later: (run) => void setTimeout(run, answerAheadMs),
    onLateFailure: (child, why) =>
      log.write("ERROR", `${child} was not restarted: ${why}`, { event: "restart_failed", child })
  })
  const auditEvents = makeAuditEvents(journal.audit)
  const audit = makeAuditFile(join(config.stateDir, "audit.jsonl"))
  const unwritten = makeUnwrittenCommands({
    audit,
    journal,
    log,
    waiting,
    later: (run, ms) => void setTimeout(run, ms).unref()
  })
  const command = makeCommandHandler({
    instance,
    audit,
    onEntry: (entry, hash) => {
      auditEvents.note(entry, hash)
      log.audit(entry)
      waiting.worked("control plane", "audit file")
    },
    onUnwritten: unwritten.note,
    stopping: () => control.isStopping(),
    nowMs,
    nextId: () => randomUUID()
  })
  const control = makeControl({
    instance,
    registry,
    status,
    journal,
    commands: {
      inject: command(
        drillCommand({ instance, enabled: config.drillsEnabled, feeds: options.feeds, drills: options.drills, nowMs })
      ),
      subscribe: command(subscriptions.subscribe),
      unsubscribe: command(subscriptions.unsubscribe),
      resubscribe: command(subscriptions.resubscribe),
      restart: command(operations.restart),
      "log-level": command(operations.logLevel),
      retry: command(operations.retry),
      "contracts-refresh": command(operations.contractsRefresh),
      failover: command(switches.failover),
      failback: command(switches.failback),
      "failover-hold": command(switches.hold),
      "failover-release": command(switches.release),
      drain: command(operations.drain)
    },
    subscriptions: makeSubscriptionQuestions({ instance, handler, marketHours: config.marketHours, nowMs }),
    startedMs: nowMs(),
    nowMs,
    onServed: () => waiting.worked("control plane", "control service"),
    onLost: (message) => waiting.failed("control plane", "control service", { code: "NATS_DENIED", message }),
    onBug: (endpoint, cause) => log.write("ERROR", `${endpoint}: ${String(cause)}`, { event: "control_bug" }),
    onInstanceTaken: (pid) =>
      log.write(
        "ERROR",
        `another daemon (process ${pid} on its host) answers as ${instance}: this one takes no question and no command until it is gone; set TICKD_INSTANCE`,
        { event: "instance_taken", pid }
      ),
    onRateLimited: () => log.requestRefused()
  })
  /** The daemon itself took the stream back: in the audit and in the events, as an operator's command is. */
  const noteTakeBack = ({ epoch, message }: { readonly epoch: number; readonly message: string }) => {
    const entry: AuditEntry = {
      version: 2,
      id: randomUUID(),
      at: shanghaiIso(nowMs()),
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
    try {
      journal.audit(entry, audit.append(entry))
    } catch (cause) {
      // The stream is written all the same: the log has the sentence, and here why the audit has not.
      if (!(cause instanceof AuditError)) throw cause
      log.write("ERROR", `the audit does not hold that the stream was taken back: ${cause.message}`, {
        event: "audit_failed"
      })
    }
  }
  return { journal, control, noteTakeBack }
}

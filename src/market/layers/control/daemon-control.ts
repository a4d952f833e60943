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
import type { SubscriptionDesk } from "../../ports/subscription-handler.ts"
import type { Waiting } from "../causes/waiting.ts"
import { makeStateJournal } from "../journal/state-journal.ts"
import { makeAuditEvents } from "../log/audit-events.ts"
import type { DaemonLog } from "../log/daemon-log.ts"
import type { Broker } from "../publish/broker.ts"
import { makeOrderDesk } from "./command-handler.ts"
import { makeControl } from "./control.ts"
import { makeFailoverOrders } from "./failover-commands.ts"
import { switchMessage } from "./failover-words.ts"
import { drillOrder } from "./inject-handler.ts"
import { makeOperationOrders } from "./operation-commands.ts"
import { makeSubscriptionOrders } from "./subscription-commands.ts"
import { makeSubscriptionQuestions } from "./subscription-questions.ts"
import { makeUnwrittenOrders } from "./unwritten-commands.ts"

/** An answer is with the server long before; nobody waits for this. */
const answerAheadMs = 200

/** What an operator can see and do over NATS: the journal of states and events, the control service, and orders with their audit. */
export const makeControlPlane = (options: {
  readonly config: Config
  readonly broker: Broker
  readonly registry: Registry
  readonly log: DaemonLog
  readonly waiting: Pick<Waiting, "failed" | "worked">
  readonly status: () => StatusMessage
  readonly feeds: ReadonlyArray<string>
  readonly drills: Drills
  readonly subscriptions: SubscriptionDesk
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
      order.flush()
      auditEvents.flush()
    },
    whenAlone: (connection) => control.whenAlone(connection)
  })
  const { subscriptions: desk } = options
  const subscriptions = makeSubscriptionOrders({
    instance,
    desk,
    nowMs,
    sleep
  })
  const switches = makeFailoverOrders({ instance, feedSwitch: options.feedSwitch, nowMs, sleep })
  options.feedSwitch?.onRecord((record) => journal.switched(switchMessage(record)))
  const operations = makeOperationOrders({
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
  const unwritten = makeUnwrittenOrders({
    audit,
    journal,
    log,
    waiting,
    later: (run, ms) => void setTimeout(run, ms).unref()
  })
  const order = makeOrderDesk({
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
    orders: {
      inject: order(
        drillOrder({ instance, enabled: config.drillsEnabled, feeds: options.feeds, drills: options.drills, nowMs })
      ),
      subscribe: order(subscriptions.subscribe),
      unsubscribe: order(subscriptions.unsubscribe),
      resubscribe: order(subscriptions.resubscribe),
      restart: order(operations.restart),
      "log-level": order(operations.logLevel),
      retry: order(operations.retry),
      "contracts-refresh": order(operations.contractsRefresh),
      failover: order(switches.failover),
      failback: order(switches.failback),
      "failover-hold": order(switches.hold),
      "failover-release": order(switches.release),
      drain: order(operations.drain)
    },
    subscriptions: makeSubscriptionQuestions({ instance, desk, marketHours: config.marketHours, nowMs }),
    startedMs: nowMs(),
    nowMs,
    onServed: () => waiting.worked("control plane", "control service"),
    onLost: (message) => waiting.failed("control plane", "control service", { code: "NATS_DENIED", message }),
    onBug: (endpoint, cause) => log.write("ERROR", `${endpoint}: ${String(cause)}`, { event: "control_bug" }),
    onInstanceTaken: (pid) =>
      log.write(
        "ERROR",
        `another daemon (process ${pid} on its host) answers as ${instance}: this one takes no question and no order until it is gone; set TICKD_INSTANCE`,
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

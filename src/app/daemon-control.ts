import { randomUUID } from "node:crypto"
import { join } from "node:path"
import type { Registry } from "../../actors/registry.ts"
import { makeAuditFile } from "../adapters/audit/audit-file.ts"
import type { Drills } from "../ports/inbound/drills.ts"
import type { StatusMessage } from "../protocol/status.ts"
import type { Broker } from "./broker.ts"
import type { Config } from "./config.ts"
import { makeControl } from "./control.ts"
import type { DaemonLog } from "./daemon-log.ts"
import { makeInjectDesk } from "./inject-desk.ts"
import { makeStateJournal } from "./state-journal.ts"

/** What an operator can see and do over NATS: the journal of states and events, the control service, and drills with their audit. */
export const makeControlPlane = (options: {
  readonly config: Config
  readonly broker: Broker
  readonly registry: Registry
  readonly log: DaemonLog
  readonly status: () => StatusMessage
  readonly feeds: ReadonlyArray<string>
  readonly drills: Drills
}) => {
  const { config, broker, registry, log, status } = options
  const nowMs = () => Date.now()
  const journal = makeStateJournal({
    config,
    broker,
    registry,
    nowMs,
    onTrouble: ({ code, message }) => log.write("WARNING", message, { event: "journal_trouble", code })
  })
  const control = makeControl({
    instance: config.instance,
    registry,
    status,
    journal,
    startedMs: nowMs(),
    nowMs,
    onBug: (endpoint, cause) => log.write("ERROR", `${endpoint}: ${String(cause)}`, { event: "control_bug" }),
    inject: (payload, requestInfo) => inject(payload, requestInfo)
  })
  const inject = makeInjectDesk({
    instance: config.instance,
    enabled: config.drillsEnabled,
    feeds: options.feeds,
    drills: options.drills,
    audit: makeAuditFile(join(config.stateDir, "audit.jsonl")),
    onEntry: (entry) => {
      journal.audit(entry)
      log.audit(entry)
    },
    stopping: control.isStopping,
    nowMs,
    nextId: () => randomUUID()
  })
  return { journal, control }
}

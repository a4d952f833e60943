import { Effect } from "effect"
import type { AuditFile } from "../../../platform/audit/audit-file.ts"
import type { AuditError } from "../../../platform/audit/audit-log.ts"
import type { AuditEntry } from "../../../protocol/control/command.ts"
import type { Waiting } from "../causes/waiting.ts"
import type { StateJournal } from "../journal/state-journal.ts"
import type { DaemonLog } from "../log/daemon-log.ts"

const retryMs = 10_000

/**
 * Commands that the audit file cannot take, of which the emergencies are carried out. Each goes to the stream of
 * events, to the log and into the reserve, and from there into the file as soon as it can be written. `/readyz` and
 * `md_waiting` show it.
 */
export const makeUnwrittenCommands = (options: {
  readonly audit: Pick<AuditFile, "keepAside" | "missing" | "writeMissing">
  readonly journal: Pick<StateJournal, "audit">
  readonly log: Pick<DaemonLog, "audit" | "write">
  readonly waiting: Pick<Waiting, "failed" | "worked">
  /** Runs work that no request waits for. */
  readonly post: (work: Effect.Effect<void>) => void
}) => {
  const { audit, journal, log, waiting } = options
  let retrying = false
  const failed = ({ message }: { readonly message: string }) =>
    waiting.failed("control plane", "audit file", {
      code: "AUDIT_FAILED",
      message: `${message} It misses ${audit.missing()} entries, which are in audit.jsonl.reserve, the log and MD_EVENTS; failover, failback, drain, log-level and retry are carried out, other requests are refused.`
    })
  const retry = Effect.gen(function* () {
    while (true) {
      yield* Effect.sleep(retryMs)
      const count = audit.missing()
      const written = yield* Effect.result(audit.writeMissing)
      if (written._tag === "Failure") {
        failed(written.failure)
        continue
      }
      retrying = false
      waiting.worked("control plane", "audit file")
      log.write("INFO", `the audit file has the ${count} entries that it missed`, { event: "audit_settled", count })
      return
    }
  })
  const retryLater = () => {
    if (!retrying) options.post(retry)
    retrying = true
  }
  // Left by a previous run that ended while the disk was full.
  if (audit.missing() > 0) retryLater()
  return {
    note: (entry: AuditEntry, error: AuditError): void => {
      const kept = audit.keepAside(entry)
      // No hash: no line of the file stands for it yet.
      journal.audit(entry, "")
      log.audit(entry)
      if (!kept) {
        log.write("ERROR", `the command ${entry.id} is in no file of the audit, only in the log and in MD_EVENTS`, {
          event: "audit_missing",
          audit_id: entry.id,
          verb: entry.verb
        })
      }
      failed(error)
      retryLater()
    }
  }
}

import { Effect } from "effect"
import type { AuditEntry } from "../../protocol/control/command.ts"
import type { CommandSpecs } from "./command-table.ts"

const retryMs = 10_000

/** Names of the commands of a table that are carried out without the audit. */
export const emergenciesOf = (specs: CommandSpecs): ReadonlyArray<string> =>
  Object.values(specs)
    .filter(({ emergency }) => emergency)
    .map(({ name }) => name)

type Fields = Readonly<Record<string, unknown>> & { readonly event: string }

/**
 * Commands that the audit file cannot take, of which the emergencies are carried out. Each goes to the stream of
 * events, to the log and into the reserve, and from there into the file as soon as it can be written. The
 * page of readiness shows it.
 */
export const makeUnwrittenCommands = (options: {
  readonly audit: {
    /** True: it is on disk in the reserve. */
    readonly keepAside: (entry: AuditEntry) => boolean
    readonly missing: () => number
    readonly writeMissing: Effect.Effect<void, { readonly message: string }>
  }
  readonly journal: { readonly audit: (entry: AuditEntry, hash: string) => void }
  readonly log: {
    readonly audit: (entry: AuditEntry) => void
    readonly write: (level: "INFO" | "ERROR", message: string, fields: Fields) => void
  }
  readonly waiting: {
    readonly failed: (part: "control plane", what: string, error: { code: string; message: string }) => void
    readonly worked: (part: "control plane", what: string) => void
  }
  /** The stream that the journal writes, and the commands that are carried out all the same. */
  readonly stream: string
  readonly emergencies: ReadonlyArray<string>
  /** Runs work that no request waits for. */
  readonly post: (work: Effect.Effect<void>) => void
}) => {
  const { audit, journal, log, stream, waiting } = options
  let retrying = false
  const failed = ({ message }: { readonly message: string }) =>
    waiting.failed("control plane", "audit file", {
      code: "AUDIT_FAILED",
      message: `${message} It misses ${audit.missing()} entries, which are in audit.jsonl.reserve, the log and ${stream}; ${options.emergencies.join(", ")} are carried out, other requests are refused.`
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
    note: (entry: AuditEntry, error: { readonly message: string }): void => {
      const kept = audit.keepAside(entry)
      // No hash: no line of the file stands for it yet.
      journal.audit(entry, "")
      log.audit(entry)
      if (!kept) {
        log.write("ERROR", `the command ${entry.id} is in no file of the audit, only in the log and in ${stream}`, {
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

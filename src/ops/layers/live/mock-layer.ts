import { Effect, Layer } from "effect"
import { auditLineFile } from "../../adapters/files/audit-line-file.ts"
import { makeMemoryHost } from "../../adapters/memory/memory-host.ts"
import type { LiveRequest } from "../../domain/live-flags.ts"
import type { LiveSettings } from "../../domain/live-settings.ts"
import { type AuditEntry, AuditLine } from "../../ports/audit-line.ts"
import type { RunLog } from "../../ports/run-log.ts"
import type { RunningState } from "../../ports/runtime.ts"

/** Time of one change or proof of a twin: long enough to read, short enough for a script. */
const stepMs = 50

/** What runs before a mock run: nothing before a start, and before everything else what it needs. */
const stateBefore = ({ command }: LiveRequest): RunningState => {
  if (command === "start") {
    return { nats: undefined, tickd: undefined, monitoring: undefined, console: undefined, activeFeed: undefined }
  }
  const activeFeed = command === "failback" ? "backup" : "primary"
  return { nats: "mock", tickd: "mock", monitoring: "mock", console: "mock", activeFeed }
}

/** A mock run must not count as evidence: its profile in the audit is `mock`. */
const markedAsMock = Effect.map(AuditLine, ({ append, complete }) => ({
  append: (entry: AuditEntry) => append({ ...entry, profile: "mock" }),
  complete: (entry: AuditEntry) => complete({ ...entry, profile: "mock" })
}))

/**
 * The ports of a mock run: twins in memory that end with the process, and the audit in the folder of logs. Nothing
 * outside that folder is read or changed, when the run folder of `settings` is in it too.
 */
export const mockLayer = <E>(settings: LiveSettings, request: LiveRequest, log: Layer.Layer<RunLog, E>) =>
  // The last one of a port counts: log and audit are real.
  Layer.mergeAll(
    makeMemoryHost({
      state: stateBefore(request),
      faults: {},
      restore: "works",
      audit: "works",
      lockHolder: undefined,
      hasSession: true,
      stepMs
    }).layer,
    Layer.effect(AuditLine, markedAsMock).pipe(Layer.provide(auditLineFile(settings))),
    log
  )

import { Layer } from "effect"
import { alertSilences } from "../../adapters/alertmanager/alert-silences.ts"
import { auditLineFile } from "../../adapters/files/audit-line-file.ts"
import { runJournalFile } from "../../adapters/files/run-journal.ts"
import { runLockFile } from "../../adapters/files/run-lock-file.ts"
import { daemonControl } from "../../adapters/nats/daemon-control.ts"
import { runEvents } from "../../adapters/nats/run-events.ts"
import { keptSnapshots } from "../../adapters/process/kept-snapshots.ts"
import { pushMetrics } from "../../adapters/pushgateway/push-metrics.ts"
import { stackRuntime } from "../../application/live/stack-runtime.ts"
import type { DrillJournal } from "../../domain/drill/drill-journal.ts"
import type { LiveRequest } from "../../domain/live-flags.ts"
import type { LiveSettings } from "../../domain/live-settings.ts"
import type { RuntimeName } from "../../domain/runtime-words.ts"
import type { Configuration } from "../../ports/configuration.ts"
import type { RunLog } from "../../ports/run-log.ts"
import { drillProofs } from "../drill/drill-proofs.ts"
import { liveHealth } from "./health-layer.ts"
import { operatorsLayer } from "./operators-layer.ts"
import { programHosts } from "./program-hosts.ts"

interface LiveLayerOptions<E> {
  readonly settings: LiveSettings
  readonly request: LiveRequest
  readonly runtime: RuntimeName
  /** What the proofs of a drill find, for its report. */
  readonly journal: DrillJournal
  readonly configuration: Layer.Layer<Configuration>
  readonly log: Layer.Layer<RunLog, E>
}

/** Every port of one run on this machine. The daemon and the host are the same ones for all of them. */
export const liveLayer = <E>({ configuration, journal, log, request, runtime, settings }: LiveLayerOptions<E>) => {
  const programs = Layer.mergeAll(programHosts[runtime](settings), daemonControl(settings), configuration)
  return Layer.mergeAll(
    Layer.merge(stackRuntime, liveHealth(settings).pipe(Layer.provide(drillProofs({ settings, journal })))).pipe(
      Layer.provide(programs)
    ),
    runLockFile(settings, request),
    runEvents(settings),
    pushMetrics(settings),
    operatorsLayer(settings),
    alertSilences(settings),
    runJournalFile(settings),
    keptSnapshots(settings),
    auditLineFile(settings)
  ).pipe(Layer.provideMerge(log))
}

import type { Layer } from "effect"
import { processHost } from "../../adapters/process/process-host.ts"
import type { LiveSettings } from "../../domain/live-settings.ts"
import type { ProgramHost } from "../../ports/program-host.ts"
import type { RunLog } from "../../ports/run-log.ts"

/** How the programs of a machine are run, each with its host. */
export const programHosts = {
  process: processHost
} as const satisfies Readonly<Record<string, (settings: LiveSettings) => Layer.Layer<ProgramHost, never, RunLog>>>

export type RuntimeName = keyof typeof programHosts
/** Needs nothing that a machine may not have. */
export const defaultRuntime: RuntimeName = "process"
export const runtimeNames = Object.keys(programHosts) as ReadonlyArray<RuntimeName>

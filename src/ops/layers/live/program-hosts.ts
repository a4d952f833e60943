import { Layer } from "effect"
import { childCommands } from "../../adapters/commands/child-commands.ts"
import { composeHost } from "../../adapters/compose/compose-host.ts"
import { processHost } from "../../adapters/process/process-host.ts"
import { systemdHost } from "../../adapters/systemd/systemd-host.ts"
import type { LiveSettings } from "../../domain/live-settings.ts"
import type { RuntimeName } from "../../domain/runtime-words.ts"
import type { ProgramHost } from "../../ports/program-host.ts"
import type { RunLog } from "../../ports/run-log.ts"

/** Programs of this machine that hosts and their choice run. */
export const commands = childCommands

/** How the programs of a machine are run, each with its host. */
export const programHosts: Readonly<
  Record<RuntimeName, (settings: LiveSettings) => Layer.Layer<ProgramHost, never, RunLog>>
> = {
  process: processHost,
  systemd: (settings) => Layer.provide(systemdHost(settings), commands),
  compose: (settings) => Layer.provide(composeHost(settings), commands)
}

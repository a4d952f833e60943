import { join } from "node:path"
import { Effect } from "effect"
import { splitVariables } from "../program-environment.ts"
import type { MakeProgram } from "../program-spec.ts"

/** Beyond the daemon's own deadline of a drain, so that its own exit code says how the drain went. */
const beyondDrainMs = 5_000

/** The daemon of this checkout or package, on the NATS of the settings. */
export const tickdProgram: MakeProgram = (settings) =>
  Effect.sync(() => {
    const { natsUrl, projectDir, stateDir, telemetryUrl, variables } = settings
    const drainMs = Number(variables["TICKD_SHUTDOWN_DEADLINE_MS"] ?? "")
    const { hostname, port } = new URL(telemetryUrl)
    return {
      name: "tickd",
      command: process.execPath,
      // As the first line of the launcher has them.
      args: ["--max-semi-space-size=16", "--", join(projectDir, "src", "app", "tickd.mjs"), "run"],
      debugArgs: ["--log-level", "debug"],
      environment: { ...splitVariables(settings).environment, NATS_URL: natsUrl, TICKD_STATE_DIR: stateDir },
      folders: [],
      files: [],
      listens: [{ host: hostname, port: Number(port) }],
      stopSignal: "SIGTERM",
      graceMs: (drainMs > 0 ? drainMs : 30_000) + beyondDrainMs,
      cleanExits: [0],
      takesSecrets: true
    }
  })

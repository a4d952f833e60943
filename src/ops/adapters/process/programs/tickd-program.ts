import { join } from "node:path"
import { Effect } from "effect"
import type { LiveSettings } from "../../../domain/live-settings.ts"
import { splitVariables } from "../program-environment.ts"
import type { MakeProgram } from "../program-spec.ts"

/** Beyond the daemon's own deadline of a drain, so that its own exit code says how the drain went. */
const beyondDrainMs = 5_000

/** Its environment without the names of the system; it holds no secret. */
export const tickdEnvironment = (settings: LiveSettings): Readonly<Record<string, string>> => ({
  ...splitVariables(settings).environment,
  NATS_URL: settings.natsUrl,
  TICKD_STATE_DIR: settings.stateDir
})

/** The daemon of this checkout or package, on the NATS of the settings. */
export const tickdProgram: MakeProgram = (settings) =>
  Effect.sync(() => {
    const { projectDir, telemetryUrl, tickdDir = projectDir, variables } = settings
    const drainMs = Number(variables["TICKD_SHUTDOWN_DEADLINE_MS"] ?? "")
    const { hostname, port } = new URL(telemetryUrl)
    return {
      name: "tickd",
      command: process.execPath,
      // As the first line of the launcher has them.
      args: ["--max-semi-space-size=16", "--", join(tickdDir, "src", "app", "tickd.mjs"), "run"],
      debugArgs: ["--log-level", "debug"],
      environment: tickdEnvironment(settings),
      folders: [],
      files: [],
      listens: [{ host: hostname, port: Number(port) }],
      stopSignal: "SIGTERM",
      graceMs: (drainMs > 0 ? drainMs : 30_000) + beyondDrainMs,
      cleanExits: [0],
      takesSecrets: true
    }
  })

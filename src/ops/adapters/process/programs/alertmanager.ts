import { readFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { systemCodeOf } from "../../../../kernel/system-fault.ts"
import { RunLog } from "../../../ports/run-log.ts"
import { RuntimeError } from "../../../ports/runtime.ts"
import type { MakeProgram } from "../program-spec.ts"
import { alertmanagerConfig, receiverFaults } from "./alertmanager-config.ts"
import { listenAddress } from "./listen-address.ts"
import { monitoringTool } from "./monitoring-tool.ts"

/** The stage has waited for Pushgateway and Prometheus by then, and a start goes on without this one. Milliseconds. */
const fetchWaitMs = 3_000

/** Sends what Prometheus finds to people. Each start writes its configuration with the folder of its receivers. */
export const alertmanager: MakeProgram = Effect.fnUntraced(function* (settings) {
  const log = yield* RunLog
  const { alertmanagerUrl = "", projectDir, receiversDir, runDir, stateDir } = settings
  const address = yield* listenAddress("ALERTMANAGER_URL", alertmanagerUrl)
  const source = join(projectDir, "deploy", "alertmanager")
  const { fault, text } = yield* Effect.try({
    try: () => {
      const template = readFileSync(join(source, "alertmanager.yml"), "utf8")
      return {
        text: alertmanagerConfig(template, source, receiversDir),
        fault: receiverFaults(template, receiversDir)
      }
    },
    catch: (cause) =>
      cause instanceof RuntimeError
        ? cause
        : new RuntimeError({
            message: `deploy/alertmanager/alertmanager.yml cannot be read (${systemCodeOf(cause)}): restore the file of this version.`
          })
  })
  const program = yield* monitoringTool("alertmanager", settings, fetchWaitMs)
  if (fault !== undefined) yield* log.write("WARN", fault)
  const folder = join(stateDir, "monitoring", "alertmanager")
  const config = join(runDir, "alertmanager.yml")
  return {
    name: "alertmanager",
    // Debian's build needs its templates under /usr/share: the script puts them there, for this process alone.
    command: "/bin/sh",
    args: [
      join(source, "run.sh"),
      program,
      `--config.file=${config}`,
      `--storage.path=${folder}`,
      `--web.listen-address=${address.text}`,
      // Its path is also the prefix of every route.
      `--web.external-url=${alertmanagerUrl}`,
      // One Alertmanager: without a cluster it opens no second port.
      "--cluster.listen-address="
    ],
    debugArgs: ["--log.level=debug"],
    environment: {},
    folders: [folder],
    files: [{ path: config, text, mode: 0o600 }],
    listens: [address],
    stopSignal: "SIGTERM",
    // It writes its silences and what it has sent.
    graceMs: 10_000,
    cleanExits: [0],
    takesSecrets: false
  }
})

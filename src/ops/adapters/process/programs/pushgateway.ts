import { join } from "node:path"
import { Effect } from "effect"
import type { MakeProgram } from "../program-spec.ts"
import { listenAddress } from "./listen-address.ts"
import { monitoringTool } from "./monitoring-tool.ts"

/** Keeps what runbooks and checks push. Its samples survive a restart. */
export const pushgateway: MakeProgram = Effect.fnUntraced(function* (settings) {
  const address = yield* listenAddress("PUSHGATEWAY_URL", settings.pushgatewayUrl)
  const folder = join(settings.stateDir, "monitoring", "pushgateway")
  return {
    name: "pushgateway",
    command: yield* monitoringTool("pushgateway", settings),
    args: [
      `--web.listen-address=${address.text}`,
      ...(address.prefix === "" ? [] : [`--web.route-prefix=${address.prefix}`]),
      `--persistence.file=${join(folder, "metrics")}`,
      "--persistence.interval=1m"
    ],
    debugArgs: ["--log.level=debug"],
    environment: {},
    folders: [folder],
    files: [],
    listens: [address],
    stopSignal: "SIGTERM",
    graceMs: 10_000,
    cleanExits: [0],
    takesSecrets: false
  }
})

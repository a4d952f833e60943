import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { projectRoot } from "./nats-server.ts"

type MonitoringTool =
  | "prometheus"
  | "promtool"
  | "pushgateway"
  | "alertmanager"
  | "amtool"
  | "docker-compose"
  | "tini-static"

export const howToFetch = "bash deploy/dev/monitoring-tools.sh prometheus promtool pushgateway"

/** The paths of the programs that are on this machine. Nothing is fetched: `npm run verify` does that before. */
export const findMonitoringTools = <Name extends MonitoringTool>(names: ReadonlyArray<Name>) => {
  const script = join(projectRoot, "deploy", "dev", "monitoring-tools.sh")
  const found: Partial<Record<Name, string>> = {}
  for (const name of names) {
    const { status, stdout } = spawnSync("bash", [script, "--find", name], { encoding: "utf8" })
    if (status === 0) found[name] = stdout.trim()
  }
  return found
}

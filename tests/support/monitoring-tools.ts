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

/** How a run starts an Alertmanager: Debian's build needs its templates in place. */
export const alertmanagerScript = join(projectRoot, "deploy", "alertmanager", "run.sh")

/** Why no Alertmanager can be started on this machine; undefined: it can. */
export const alertmanagerFault = (): string | undefined => {
  const { alertmanager } = findMonitoringTools(["alertmanager"])
  if (alertmanager === undefined) return `skipped: alertmanager is not here; '${howToFetch}' brings it`
  const { status, stderr } = spawnSync("sh", [alertmanagerScript, "--check", alertmanager], { encoding: "utf8" })
  return status === 0 ? undefined : `skipped: ${stderr.trim()}`
}

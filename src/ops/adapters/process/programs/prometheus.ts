import { readFileSync } from "node:fs"
import { isIPv6 } from "node:net"
import { join } from "node:path"
import { Effect } from "effect"
import { systemCodeOf } from "../../../../kernel/system-fault.ts"
import type { LiveSettings } from "../../../domain/live-settings.ts"
import { RuntimeError } from "../../../ports/runtime.ts"
import type { MakeProgram } from "../program-spec.ts"
import { type ListenAddress, listenAddress } from "./listen-address.ts"
import { monitoringTool } from "./monitoring-tool.ts"
import { prometheusConfig } from "./prometheus-config.ts"

/** As the reference service kept them; the size keeps the disk from filling up before. */
const retention = ["--storage.tsdb.retention.time=30d", "--storage.tsdb.retention.size=10GB"]

/** Where a daemon serves metrics besides those of `telemetryUrl`; undefined with port 0. */
const servedAt = (
  { variables }: LiveSettings,
  prefix: "SUBSCRIPTION" | "TRADE",
  preset: { readonly host: string; readonly port: string }
): string | undefined => {
  const port = variables[`${prefix}_METRICS_PORT`]?.trim() || preset.port
  const set = variables[`${prefix}_METRICS_HOST`]?.trim() || preset.host
  const host = set === "0.0.0.0" || set === "::" ? preset.host : set
  return port === "0" ? undefined : `${isIPv6(host) ? `[${host}]` : host}:${port}`
}
/** By the defaults of the daemons. */
const subscriptionAddress = (settings: LiveSettings) => {
  const { hostname: host, port } = new URL(settings.telemetryUrl)
  return servedAt(settings, "SUBSCRIPTION", { host, port: port === "9100" ? "9101" : "0" })
}
/** Most hosts of a market have no trading daemon, and a target that never answers hides one that has stopped. */
const tradeAddress = (settings: LiveSettings) => {
  const isNamed = (settings.variables["TRADE_METRICS_HOST"]?.trim() ?? "") !== ""
  return servedAt(settings, "TRADE", { host: "127.0.0.1", port: isNamed ? "9110" : "0" })
}

/** Its last lines, where it refused a rule file: one sentence with file, line and fix. */
export const explainPrometheus = (message: string): string | undefined => {
  const refused = /msg="loading groups failed" err="((?:[^"\\]|\\.)*)/.exec(message)
  if (refused === null) return undefined
  const plain = refused[1]?.replaceAll(/\\n\s*/g, " ").replaceAll('\\"', '"')
  return `Prometheus refuses a rule file (${plain}): correct it, and check it with 'promtool check rules'.`
}

const configOf = (settings: LiveSettings, own: ListenAddress, pushgateway: ListenAddress) =>
  Effect.try({
    try: () => {
      const folder = join(settings.projectDir, "deploy", "prometheus")
      return prometheusConfig(readFileSync(join(folder, "prometheus.yml"), "utf8"), {
        telemetry: new URL(settings.telemetryUrl).host,
        subscriptions: subscriptionAddress(settings),
        trade: tradeAddress(settings),
        pushgateway: pushgateway.text,
        pushgatewayPrefix: pushgateway.prefix,
        prometheus: own.text,
        prometheusPrefix: own.prefix,
        alertmanagerUrl: settings.alertmanagerUrl,
        folder
      })
    },
    catch: (cause) =>
      cause instanceof RuntimeError
        ? cause
        : new RuntimeError({
            message: `deploy/prometheus/prometheus.yml cannot be read (${systemCodeOf(cause)}): restore the file of this version.`
          })
  })

/** Scrapes the daemon and the Pushgateway. Each start writes its configuration with the ports of the run. */
export const prometheus: MakeProgram = Effect.fnUntraced(function* (settings) {
  const address = yield* listenAddress("PROMETHEUS_URL", settings.prometheusUrl)
  const gateway = yield* listenAddress("PUSHGATEWAY_URL", settings.pushgatewayUrl)
  const folder = join(settings.stateDir, "monitoring", "prometheus")
  const config = join(settings.runDir, "prometheus.yml")
  return {
    name: "prometheus",
    command: yield* monitoringTool("prometheus", settings),
    args: [
      `--config.file=${config}`,
      `--storage.tsdb.path=${folder}`,
      ...retention,
      `--web.listen-address=${address.text}`,
      ...(address.prefix === "" ? [] : [`--web.route-prefix=${address.prefix}`])
    ],
    debugArgs: ["--log.level=debug"],
    environment: {},
    folders: [folder],
    files: [{ path: config, text: yield* configOf(settings, address, gateway), mode: 0o600 }],
    listens: [address],
    stopSignal: "SIGTERM",
    // It writes what it holds in memory to its log on the disk.
    graceMs: 30_000,
    cleanExits: [0],
    takesSecrets: false
  }
})

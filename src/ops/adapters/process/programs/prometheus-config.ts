import { RuntimeError } from "../../../ports/runtime.ts"

/** Addresses of a run; undefined: nothing is served there. */
export interface ScrapeAddresses {
  readonly telemetry: string
  readonly subscriptions: string | undefined
  /** Of `tickd trade`, which no runbook starts. */
  readonly trade: string | undefined
  readonly pushgateway: string
  readonly prometheus: string
  /** Paths before `/metrics` of the last two; empty without one. */
  readonly pushgatewayPrefix: string
  readonly prometheusPrefix: string
  /** Where alerts are sent, without a slash at its end; undefined: nowhere. */
  readonly alertmanagerUrl: string | undefined
  /** Folder that the template's own paths are relative to. */
  readonly folder: string
}

/** What stands in `deploy/prometheus/prometheus.yml` for each address: the defaults. */
const written = {
  telemetry: "127.0.0.1:9100",
  subscriptions: "127.0.0.1:9101",
  trade: "127.0.0.1:9110",
  pushgateway: "127.0.0.1:9091",
  prometheus: "127.0.0.1:9090",
  alertmanager: "127.0.0.1:9093"
} as const

/** Host and port as a target has them. */
const targetOf = (url: URL): string =>
  url.port === "" ? `${url.host}:${url.protocol === "https:" ? 443 : 80}` : url.host

const alerting = /^ {4}- static_configs:\n {8}- targets: \["127\.0\.0\.1:9093"\]$/m

const targets = (address: string | undefined): string =>
  `- targets: [${address === undefined ? "" : JSON.stringify(address)}]`

/**
 * The effective configuration: the template with the addresses of this run. A template without one of the places would
 * leave a program out of the monitoring, so it is refused. Throws `RuntimeError`.
 */
export const prometheusConfig = (template: string, addresses: ScrapeAddresses): string => {
  const alertmanager = addresses.alertmanagerUrl === undefined ? undefined : new URL(addresses.alertmanagerUrl)
  const target = alertmanager === undefined ? undefined : targetOf(alertmanager)
  const path = alertmanager?.pathname.replace(/\/+$/, "") ?? ""
  const scheme = alertmanager?.protocol === "https:" ? "https" : "http"
  const prefixes: Partial<Record<keyof typeof written, string>> = {
    pushgateway: addresses.pushgatewayPrefix,
    prometheus: addresses.prometheusPrefix,
    alertmanager: path
  }
  // One pass over the template: an address that was put in must not be taken for the place of another one.
  let found = 0
  const scraped = (block: string, indent: string, address: string) => {
    const name = (Object.keys(written) as Array<keyof typeof written>).find((one) => written[one] === address)
    if (name === undefined) return block
    found++
    const prefix = prefixes[name] ?? ""
    const at = prefix === "" ? "" : `${indent}metrics_path: ${JSON.stringify(`${prefix}/metrics`)}\n`
    const by = name === "alertmanager" && scheme === "https" ? `${indent}scheme: https\n` : ""
    const own = name === "alertmanager" ? target : addresses[name]
    return `${at}${by}${indent}static_configs:\n${indent}  ${targets(own)}`
  }
  const text = template.replace(/^( *)static_configs:\n +- targets: \["([\d.:]+)"\]$/gm, scraped)
  if (found !== Object.keys(written).length || !alerting.test(template)) {
    throw new RuntimeError({
      message: `deploy/prometheus/prometheus.yml has ${found} of the ${Object.keys(written).length} targets ${Object.values(written).join(", ")}${alerting.test(template) ? "" : ", and none under alerting"}: restore the file of this version.`
    })
  }
  const sent = `    - static_configs:\n        ${targets(target)}${path === "" ? "" : `\n      path_prefix: ${JSON.stringify(path)}`}${scheme === "https" ? "\n      scheme: https" : ""}`
  return text.replace(alerting, () => sent).replace(/^ {2}- rules\//gm, `  - ${addresses.folder}/rules/`)
}

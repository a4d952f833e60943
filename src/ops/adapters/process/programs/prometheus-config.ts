import { RuntimeError } from "../../../ports/runtime.ts"

/** Addresses of a run; undefined: nothing is served there. */
export interface ScrapeAddresses {
  readonly telemetry: string
  readonly subscriptions: string | undefined
  readonly pushgateway: string
  readonly prometheus: string
  /** Paths before `/metrics` of the last two; empty without one. */
  readonly pushgatewayPrefix: string
  readonly prometheusPrefix: string
  /** Folder that the template's own paths are relative to. */
  readonly folder: string
}

/** What stands in `deploy/prometheus/prometheus.yml` for each address: the defaults. */
const written = {
  telemetry: "127.0.0.1:9100",
  subscriptions: "127.0.0.1:9101",
  pushgateway: "127.0.0.1:9091",
  prometheus: "127.0.0.1:9090"
} as const

const targets = (address: string | undefined): string =>
  `- targets: [${address === undefined ? "" : JSON.stringify(address)}]`

/**
 * The effective configuration: the template with the addresses of this run. A template without one of the places would
 * leave a program out of the monitoring, so it is refused. Throws `RuntimeError`.
 */
export const prometheusConfig = (template: string, addresses: ScrapeAddresses): string => {
  const prefixes: Partial<Record<keyof typeof written, string>> = {
    pushgateway: addresses.pushgatewayPrefix,
    prometheus: addresses.prometheusPrefix
  }
  // One pass over the template: an address that was put in must not be taken for the place of another one.
  let found = 0
  const text = template.replace(/^( *)static_configs:\n +- targets: \["([\d.:]+)"\]$/gm, (block, indent, address) => {
    const name = (Object.keys(written) as Array<keyof typeof written>).find((one) => written[one] === address)
    if (name === undefined) return block
    found++
    const prefix = prefixes[name] ?? ""
    const path = prefix === "" ? "" : `${indent}metrics_path: ${JSON.stringify(`${prefix}/metrics`)}\n`
    return `${path}${indent}static_configs:\n${indent}  ${targets(addresses[name])}`
  })
  if (found !== Object.keys(written).length) {
    throw new RuntimeError({
      message: `deploy/prometheus/prometheus.yml has ${found} of the 4 targets ${Object.values(written).join(", ")}: restore the file of this version.`
    })
  }
  return text.replace(/^ {2}- rules\//gm, `  - ${addresses.folder}/rules/`)
}

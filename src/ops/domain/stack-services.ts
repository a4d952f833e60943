import type { LiveSettings } from "./live-settings.ts"
import type { RuntimeName, StackService } from "./runtime-words.ts"

const local: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "[::1]"])

/** Prometheus may send alerts to an Alertmanager elsewhere: only one on the loopback is a program of this stack. */
const hasOwnAlertmanager = ({ alertmanagerUrl }: LiveSettings): boolean => {
  if (alertmanagerUrl === undefined || !URL.canParse(alertmanagerUrl)) return false
  const { hostname, protocol } = new URL(alertmanagerUrl)
  return protocol === "http:" && local.has(hostname)
}

/** The services of a part that the runbooks start and stop, in the sequence of a start. */
export const servicesOf = (
  part: "nats" | "tickd" | "monitoring" | "console",
  settings: LiveSettings
): ReadonlyArray<StackService> => {
  const { managed } = settings
  if (part === "tickd") return ["tickd"]
  if (part === "nats") return managed.nats ? ["nats"] : []
  if (part !== "monitoring" || !managed.monitoring) return []
  // Prometheus asks the Pushgateway. Alertmanager is last, because a start goes on without it.
  return ["pushgateway", "prometheus", ...(hasOwnAlertmanager(settings) ? (["alertmanager"] as const) : [])]
}

/** A start goes on without it: ticks flow and are measured, and only the delivery of alerts is missing. */
export const isOptional = (name: string): boolean => name === "alertmanager"

/** What a start without Alertmanager says. */
export const noAlertsText = (why: string): string =>
  `Alertmanager is left out of this start: ${why} 'deploy/operations/start_monitoring_stack' tries it again.`

/** The port of this machine by which a service is reached; undefined: its address is elsewhere, or has no port. */
export const portOf = (service: StackService, settings: LiveSettings): number | undefined => {
  const { alertmanagerUrl = "", natsUrl, prometheusUrl, pushgatewayUrl, telemetryUrl } = settings
  const urls = {
    nats: natsUrl,
    tickd: telemetryUrl,
    pushgateway: pushgatewayUrl,
    prometheus: prometheusUrl,
    alertmanager: alertmanagerUrl
  }
  const url = urls[service]
  if (!URL.canParse(url)) return undefined
  const { hostname, port } = new URL(url)
  return local.has(hostname) && port !== "" ? Number(port) : undefined
}

/** A second copy beside one of another runtime would fight it for the port, and for the stream. */
export const heldPortText = (name: string, port: number, holder: string, runtime: RuntimeName): string =>
  `${name} cannot be started: port ${port} is held by ${holder}, which the runtime ${runtime} did not start. Stop it with the runtime that started it (--runtime), or choose another port.`

export const consoleText = "The operations console is not part of this version: set MANAGE_OPS_API=0."

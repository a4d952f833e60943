import type { LiveSettings } from "./live-settings.ts"
import type { ManagedParts } from "./plan.ts"
import type { RuntimeName, StackService } from "./runtime-words.ts"

/** The services of a part that the runbooks start and stop, in the sequence of a start. */
export const servicesOf = (
  part: "nats" | "tickd" | "monitoring" | "console",
  managed: ManagedParts
): ReadonlyArray<StackService> => {
  if (part === "tickd") return ["tickd"]
  if (part === "nats") return managed.nats ? ["nats"] : []
  // Prometheus last: it asks the others.
  return part === "monitoring" && managed.monitoring ? ["pushgateway", "prometheus"] : []
}

const local: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "[::1]"])

/** The port of this machine by which a service is reached; undefined: its address is elsewhere, or has no port. */
export const portOf = (service: StackService, settings: LiveSettings): number | undefined => {
  const { natsUrl, prometheusUrl, pushgatewayUrl, telemetryUrl } = settings
  const urls = { nats: natsUrl, tickd: telemetryUrl, pushgateway: pushgatewayUrl, prometheus: prometheusUrl }
  const url = urls[service]
  if (!URL.canParse(url)) return undefined
  const { hostname, port } = new URL(url)
  return local.has(hostname) && port !== "" ? Number(port) : undefined
}

/** A second copy beside one of another runtime would fight it for the port, and for the stream. */
export const heldPortText = (name: string, port: number, holder: string, runtime: RuntimeName): string =>
  `${name} cannot be started: port ${port} is held by ${holder}, which the runtime ${runtime} did not start. Stop it with the runtime that started it (--runtime), or choose another port.`

export const consoleText = "The operations console is not part of this version: set MANAGE_OPS_API=0."

import { Effect } from "effect"
import { askHttp } from "./http-look.ts"
import { held, type Look, type ProofTools, unmet } from "./proof-wait.ts"

interface Target {
  readonly health: string
  readonly lastError: string
  readonly scrapeUrl: string
}

const targetsIn = (text: string): ReadonlyArray<Target> => {
  try {
    const { data } = JSON.parse(text) as { readonly data?: { readonly activeTargets?: ReadonlyArray<Target> } }
    return data?.activeTargets ?? []
  } catch {
    return []
  }
}

const hostPort = (url: string): string => {
  try {
    const { hostname, port, protocol } = new URL(url)
    return `${hostname === "localhost" ? "127.0.0.1" : hostname}:${port === "" ? (protocol === "https:" ? "443" : "80") : port}`
  } catch {
    return ""
  }
}

/** The targets that scrape the daemon: by its address, whatever the name of the job. */
export const targetLook = (telemetryUrl: string, answer: string): Look => {
  const wanted = hostPort(telemetryUrl)
  const own = targetsIn(answer).filter(({ scrapeUrl }) => hostPort(scrapeUrl) === wanted)
  if (own.some(({ health }) => health === "up")) return held()
  const [first] = own
  if (first === undefined) {
    return unmet("monitoring", `Prometheus has no target at ${wanted}: add it to scrape_configs and reload it`)
  }
  const why = first.lastError === "" ? "" : ` (${first.lastError})`
  return unmet("monitoring", `The target ${first.scrapeUrl} is ${first.health} in Prometheus${why}`)
}

/** Pushgateway and Prometheus are ready, and the daemon is a target that is up. */
export const lookMonitored = ({ settings }: ProofTools): Effect.Effect<Look> =>
  Effect.gen(function* () {
    const programs = [
      ["Pushgateway", "PUSHGATEWAY_URL", settings.pushgatewayUrl],
      ["Prometheus", "PROMETHEUS_URL", settings.prometheusUrl]
    ] as const
    for (const [name, variable, url] of programs) {
      const { status, text } = yield* askHttp(`${url}/-/ready`)
      if (status === 200) continue
      const why = status === 0 ? text : `answer ${status}`
      return unmet("monitoring", `${name} is not ready at ${url} (${why}): see its log, or correct ${variable}`)
    }
    const { text } = yield* askHttp(`${settings.prometheusUrl}/api/v1/targets?state=active`)
    return targetLook(settings.telemetryUrl, text)
  })

/** Said once after the stage holds: a start goes on without Alertmanager, and the operator must know. */
export const warnOfSilentAlerts = ({ log, settings }: ProofTools): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { alertmanagerUrl } = settings
    if (alertmanagerUrl === undefined) {
      return yield* log.write("INFO", "Prometheus sends no alert: ALERTMANAGER_URL is empty")
    }
    const { status, text } = yield* askHttp(`${alertmanagerUrl}/api/v2/status`)
    // A page of something else answers 200 too.
    if (status === 200 && text.includes('"versionInfo"')) return
    const why = status === 0 ? text : status === 200 ? "something else answers there" : `answer ${status}`
    yield* log.write(
      "WARN",
      `NO ALERT REACHES AN OPERATOR: Alertmanager is not ready at ${alertmanagerUrl} (${why}). See its log, run 'deploy/operations/start_monitoring_stack', or correct ALERTMANAGER_URL.`
    )
  })

import { Clock, Effect } from "effect"
import { epochDayOf } from "../../../../kernel/calendar/calendar-day.ts"
import type { TradingCalendar } from "../../../../kernel/calendar/trading-calendar.ts"
import { shanghaiDay } from "../../../../kernel/time/shanghai-time.ts"
import type { LiveRequest } from "../../../domain/live-flags.ts"
import type { LiveSettings } from "../../../domain/live-settings.ts"
import { missedSession } from "../../../domain/session-today.ts"
import type { RunConfiguration } from "../../../ports/configuration.ts"
import { NoSessionError, ProofError } from "../../../ports/health.ts"
import type { Part, ProgramHost } from "../../../ports/program-host.ts"
import { checkClock } from "./clock-check.ts"
import { folderFault, portFault, shmFault, type WantedPort } from "./machine-checks.ts"
import type { ProofTools } from "./proof-wait.ts"

const mebibyte = 1_048_576
/** Free space of a day: the state holds the store of an embedded server and the spool. */
const freeMin = { state: 512 * mebibyte, other: 64 * mebibyte }
const calendarDaysMin = 7
const shmFolder = "/dev/shm"

const local: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "[::1]"])

const ownMonitoring = "; MANAGE_MONITORING=0 leaves monitoring alone"

const portOf = (program: string, variable: string, url: string, otherwise = ""): ReadonlyArray<WantedPort> => {
  try {
    const { hostname, port } = new URL(url.split(",")[0] ?? "")
    if (!local.has(hostname) || port === "") return []
    return [{ program, variable, otherwise, host: hostname.replace(/^\[|\]$/g, ""), port: Number(port) }]
  } catch {
    return []
  }
}

/** The ports of the parts that this run starts and that do not run yet. */
export const wantedPorts = (
  { managed, natsUrl, prometheusUrl, pushgatewayUrl, telemetryUrl }: LiveSettings,
  running: Readonly<Record<Part, string | undefined>>
): ReadonlyArray<WantedPort> => [
  ...(managed.nats && running.nats === undefined
    ? portOf("NATS", "NATS_URL", natsUrl, "; MANAGE_NATS=0 uses the server that runs there")
    : []),
  ...(running.tickd === undefined ? portOf("tickd", "INGEST_METRICS_PORT", telemetryUrl) : []),
  ...(managed.monitoring && running.monitoring === undefined
    ? [
        ...portOf("Pushgateway", "PUSHGATEWAY_URL", pushgatewayUrl, ownMonitoring),
        ...portOf("Prometheus", "PROMETHEUS_URL", prometheusUrl, ownMonitoring)
      ]
    : [])
]

/** A calendar that ends soon takes the next holidays for trading days. */
export const calendarFault = ({ through }: TradingCalendar, nowMs: number): string | undefined => {
  const left = epochDayOf(through) - shanghaiDay(nowMs)
  return left >= calendarDaysMin
    ? undefined
    : `The trading calendar ends on ${through}, ${left} days from today: set TICKD_CALENDAR to a file with the coming year`
}

/** Without NATS each attempt of a restart would end a daemon that cannot come back. */
export const natsFault = (
  { managed }: LiveSettings,
  running: Readonly<Record<Part, string | undefined>>,
  { command }: Pick<LiveRequest, "command">
): string | undefined =>
  command === "restart" && managed.nats && running.nats === undefined
    ? "NATS does not run here, and a restart does not start it: run a start, in the folder of the last one"
    : undefined

/** Commands in an emergency: what the machine lacks is logged, and does not hold up the switch. */
export const isUrgent = ({ command }: LiveRequest): boolean => command === "failover" || command === "failback"

/** What this machine lacks, all faults at once. */
const machineFaults = Effect.fnUntraced(function* (
  tools: ProofTools,
  host: (typeof ProgramHost)["Service"],
  { alwaysOpen, calendar, libraryFault, shmBytes, streams }: RunConfiguration,
  request: LiveRequest
) {
  const { settings } = tools
  const running = yield* host.observe
  const ports = yield* Effect.forEach(wantedPorts(settings, running), portFault)
  const clock = yield* checkClock(tools, streams[0]?.name ?? "MD_TICKS")
  return [
    natsFault(settings, running, request),
    ...ports,
    clock,
    folderFault("state", settings.stateDir, freeMin.state),
    folderFault("log", settings.logDir, freeMin.other),
    folderFault("run", settings.runDir, freeMin.other),
    // A running daemon has its rings already.
    ...(running.tickd === undefined ? [shmFault(shmFolder, shmBytes)] : []),
    libraryFault,
    ...(alwaysOpen ? [] : [calendarFault(calendar, yield* Clock.currentTimeMillis)])
  ].filter((fault) => fault !== undefined)
})

/**
 * What a start needs of this machine; and a trading session today. An urgent command waits for the session only:
 * `beside` carries the rest out while the feeds are switched, and its faults are logged.
 */
export const provePreflight = Effect.fnUntraced(function* (
  tools: ProofTools,
  host: (typeof ProgramHost)["Service"],
  configuration: RunConfiguration,
  request: LiveRequest,
  beside: (work: Effect.Effect<void>) => Effect.Effect<void>
) {
  const { alwaysOpen, calendar } = configuration
  const missed = alwaysOpen ? undefined : missedSession(calendar, request.window, yield* Clock.currentTimeMillis)
  if (missed !== undefined) return yield* new NoSessionError({ message: missed })
  const faults = machineFaults(tools, host, configuration, request)
  if (isUrgent(request)) {
    const warned = (message: string) => tools.log.write("WARN", `A switch does not wait for this: ${message}`)
    yield* beside(
      faults.pipe(
        Effect.flatMap((found) => (found.length === 0 ? Effect.void : warned(found.join("; ")))),
        Effect.catch(({ message }) => warned(message))
      )
    )
    return {}
  }
  const found = yield* Effect.mapError(faults, ({ message }) => new ProofError({ exit: "preflight", message }))
  if (found.length === 0) return {}
  return yield* new ProofError({ exit: "preflight", message: found.join("; ") })
})
